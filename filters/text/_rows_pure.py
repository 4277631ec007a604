"""What goes into the model and what comes out: a batch of keys in two buffers, and rows of probabilities as verdicts.

This is the definition; ``_rows.pyx`` does the same several times as fast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final, Generic, TypeVar

import numpy as np
import numpy.typing as npt

NAME: Final = "pure"

#: Classes a model may have: far more than there are, and a bound for the compiled twin's room.
MOST_CLASSES: Final = 32

#: A specific class counts only in a text that is spam as surely as this, or as its own threshold where that asks less:
#: honest texts that resemble one kind of spam are seldom likely spam as well.
LIKELY: Final = 0.8

#: Octets between messages: an n-gram of order 6 never sees two of them.
GAP: Final = b"\0\0\0\0\0"

V = TypeVar("V")

#: What makes a verdict of key, class to name, its probability, class whose threshold is reached or "", whether the
#: language is known, and the row's octets.
Make = Callable[[bytes, str, float, str, bool, bytes], V]


def pack(keys: list[bytes]) -> tuple[bytes, bytes]:
    """What the model reads of keys: windows (uint64), and where each message's begin (int32, one more than keys).

    A window is the eight octets from a place on, the first one lowest. A message's windows start from the first octet
    of the gap before it to its own last one, so that n-grams of up to six octets are its own; one spare stands at the
    end.
    """
    octets = b"".join([GAP, GAP.join(keys), GAP, bytes(8)] if keys else [bytes(8)])
    splits = np.fromiter(accumulate((len(key) + len(GAP) for key in keys), initial=0), np.int32, len(keys) + 1)
    windows: npt.NDArray[np.uint64] = np.ndarray((int(splits[-1]) + 1,), "<u8", octets, 0, (1,))  # a step is one octet
    return windows.astype(np.uint64).tobytes(), splits.tobytes()


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
        scripts: Sequence[str],
        trails: bytes,
    ) -> None:
        """Take the classes, of which the last means any of the others, and the threshold of each.

        ``quiet`` is named where every class is below ``bar``. ``readable`` says of a key whether its letters are of
        scripts the model knows; those scripts and the second octets of a letter (``dense.TRAILS``) serve the compiled
        twin, which need not ask it of every text. Raises ValueError where there is no class, or no limit for one.
        """
        count = len(classes)
        if not 0 < count <= MOST_CLASSES or len(limits) != count:
            raise ValueError(f"{count} classes, {len(limits)} limits; expected 1 to {MOST_CLASSES}, a limit for each")
        self._make, self._quiet, self._classes = make, quiet, classes
        self._limits, self._bar, self._readable = limits, bar, readable

    def verdicts(self, keys: list[bytes], lanes: npt.NDArray[np.float32]) -> list[V]:
        """A verdict for each key, in order, of the model's ``[lane][word][message]``.

        Raises ValueError where the two do not fit.
        """
        count = len(self._classes)
        if lanes.shape[2] != len(keys) or lanes.shape[0] * lanes.shape[1] < count + 1:
            raise ValueError(f"{len(keys)} keys, and rows for {lanes.shape[2]}")
        rows = lanes.reshape(lanes.shape[0] * lanes.shape[1], len(keys))[: count + 1].T
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
