"""What goes into the model and what comes out: a batch of keys in three buffers, and rows of probabilities as verdicts.

This is the definition; ``_rows.pyx`` does the same several times as fast.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from filters.text import dense

NAME: Final = "pure"

#: Classes a model may have: far more than there are, and a bound for the compiled twin's room.
MOST_CLASSES: Final = 32

#: A specific class counts only in a text that is spam as surely as this, or as its own threshold where that asks less:
#: honest texts that resemble one kind of spam are seldom likely spam as well.
LIKELY: Final = 0.8

#: Octets between messages: an n-gram of order 6 never sees two of them.
GAP: Final = b"\0\0\0\0\0"

#: Lengths of the n-grams, in octets: in Hangul and Han one letter and three.
ORDERS: Final = (2, 6)

#: What an n-gram of each order is multiplied by; the upper bits of the product are its row.
MULTIPLIERS: Final = (0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93)

#: Rows the model adds up at a time. Longer blocks are fewer; shorter ones leave less unused.
BLOCK: Final = 64

#: Windows in the gap before a key: the first letters of a text are told from others.
IN_GAP: Final = (-4, -2)

_WORD: Final = (1 << 64) - 1

V = TypeVar("V")

#: What makes a verdict of key, class to name, its probability, class whose threshold is reached or "", whether the
#: language is known, and the row's octets.
Make = Callable[[bytes, str, float, str, bool, bytes], V]


def hash_shift(rows: int) -> int:
    """By how many bits a product is moved to be the number of one of so many rows, a power of two."""
    return 64 - (rows.bit_length() - 1)


def places(key: bytes) -> list[int]:
    """Where a key's windows begin: at each letter, and in the gap before the first one.

    Windows that begin within a letter would double the look-ups of Hangul and Han, and tell nothing more.
    """
    found = list(IN_GAP)
    at = 0
    while at < len(key):
        found.append(at)
        at += dense.width(key, at)
    return found


def pack(keys: list[bytes], rows: int, ahead: int = 0) -> tuple[bytes, bytes, bytes]:
    """What the model reads of keys: rows of its table (int32), blocks (int64) and numbers of windows (float32).

    A window's n-grams are the octets from its place on (:func:`places`), up to the key's last one and then NUL; each
    names a row, one after the other. A message's rows fill whole blocks of :data:`BLOCK`; what is left over names the
    row behind the last one, which is empty, and so does a block before all messages. That one counted as number 0, a
    message's blocks are those after its number up to the next one's.

    ``ahead`` is where the model's table lies, 0 where that is not known: the compiled twin asks for the rows it names,
    so that they are near when the model looks them up.
    """
    shift = hash_shift(rows)
    found = [rows] * BLOCK
    blocks, counts = [0], []
    for key in keys:
        octets = b"".join((GAP, key, GAP))
        begins = places(key)
        for place in begins:
            for order, multiplier in zip(ORDERS, MULTIPLIERS, strict=True):
                gram = int.from_bytes(octets[place + len(GAP) :][:order], "little")
                found.append((gram * multiplier & _WORD) >> shift)
        found += [rows] * (-len(found) % BLOCK)
        blocks.append(len(found) // BLOCK - 1)
        counts.append(len(begins))
    return array("i", found).tobytes(), array("q", blocks).tobytes(), array("f", counts).tobytes()


def most_blocks(key: bytes) -> int:
    """As many blocks as a key can need."""
    return -(-len(ORDERS) * (len(key) + len(IN_GAP)) // BLOCK)


class Packer:
    """The same for many batches, where memory for it is held."""

    def __init__(
        self,
        rows: int,
        ahead: int,
        found: npt.NDArray[np.int32],
        splits: npt.NDArray[np.int64],
        lengths: npt.NDArray[np.float32],
    ) -> None:
        self._rows, self._ahead = rows, ahead
        self._found, self._splits, self._lengths = found, splits, lengths

    def pack(self, keys: list[bytes]) -> int:
        """Write what :func:`pack` makes of keys. Returns the number of blocks; 0 where there may be no room for all."""
        room = min(len(self._lengths), len(self._splits) - 1)
        if not 0 < len(keys) <= room or BLOCK * (1 + sum(map(most_blocks, keys))) > len(self._found):
            return 0
        found, splits, lengths = pack(keys, self._rows, self._ahead)
        for held, octets in ((self._found, found), (self._splits, splits), (self._lengths, lengths)):
            told = np.frombuffer(octets, held.dtype)
            held[: len(told)] = told
        return len(found) // (BLOCK * self._found.itemsize)


class Rows(Generic[V]):
    """Makes verdicts of the model's rows."""

    def __init__(
        self,
        make: Make[V],
        quiet: str,
        classes: tuple[str, ...],
        limits: Sequence[float],
        bar: float,
        readable: Callable[[bytes], bool],
    ) -> None:
        """Take the classes, of which the last means any of the others, and the threshold of each.

        ``quiet`` is named where every class is below ``bar``. ``readable`` says of a key whether its letters and words
        are of scripts and languages the model knows; it is asked where a threshold is reached. Raises ValueError where
        there is no class, or no limit for one.
        """
        count = len(classes)
        if not 0 < count <= MOST_CLASSES or len(limits) != count:
            raise ValueError(f"{count} classes, {len(limits)} limits; expected 1 to {MOST_CLASSES}, a limit for each")
        self._make, self._quiet, self._classes = make, quiet, classes
        self._limits, self._bar, self._readable = limits, bar, readable

    def verdicts(self, keys: list[bytes], columns: npt.NDArray[np.float32]) -> list[V]:
        """A verdict for each key, in order, of the model's ``[column][message]``.

        Raises ValueError where the two do not fit.
        """
        count = len(self._classes)
        if columns.shape[1] != len(keys) or columns.shape[0] < count + 1:
            raise ValueError(f"{len(keys)} keys, and {columns.shape[0]} columns for {columns.shape[1]}")
        rows = columns[: count + 1].T
        return [self._verdict(key, row, bool(row[count] >= 0.5)) for key, row in zip(keys, rows, strict=True)]

    def _verdict(self, key: bytes, row: npt.NDArray[np.float32], familiar: bool) -> V:
        classes = self._classes
        octets = row[: len(classes)].tobytes()
        *specific, spam = row[: len(classes)].tolist()
        over = self._over([*specific, spam])
        if over and familiar:
            familiar = self._readable(key)
        surest = max(specific, default=0.0)
        if surest >= 0.5 and spam >= 0.5:  # what is no spam is of no kind of it
            return self._make(key, classes[specific.index(surest)], surest, over, familiar, octets)
        if spam >= 0.5:
            return self._make(key, classes[-1], spam, over, familiar, octets)
        return self._make(key, self._quiet, 1.0 - spam, over, familiar, octets)

    def _over(self, row: Sequence[float]) -> str:
        """The class whose threshold is reached, "" for none: a specific one says more than the last, be that surer."""
        if max(row) < self._bar:
            return ""
        return over(self._classes, row, self._limits)


def over(classes: Sequence[str], row: Sequence[float], limits: Sequence[float]) -> str:
    """The class whose limit is reached, "" for none: a specific one says more than the last, be that surer."""
    last = len(classes) - 1
    passed = [place for place, limit in enumerate(limits) if row[place] >= limit]
    # what is no likely spam is of no kind of it, unless somebody asked for less
    specific = [place for place in passed if place < last and row[last] >= min(LIKELY, limits[place])]
    found = specific or [place for place in passed if place == last]
    return classes[max(found, key=row.__getitem__)] if found else ""
