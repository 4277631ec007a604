"""Which words a model has met: what tells a language it knows from one that borrows from it.

The n-grams of a text in Latin letters say little of its language where half of its words are English ones, as people
write in Manila, Lagos or Delhi: their mean is familiar enough. Words are not averaged: those of another language were
never met. They are looked at only where a threshold is reached.
"""

from __future__ import annotations

import importlib
import os
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Final
from zlib import crc32

from filters.text import dense
from filters.text.language import BLOCKS, FOREIGN_SHARE, LATIN, Scripts

#: Share of a text's letters that may be in words never met. Of English texts of a year and a country the model never
#: saw 2 in 100 have more; so have all but few of those that are half Filipino, Spanish or Hindi.
STRANGE_SHARE: Final = 0.34

#: One strange word is a name.
LEAST_STRANGE: Final = 2

#: Latin letters that a letter of another script says as much as: a syllable of Hangul has two or three.
SYLLABLE: Final = 2

_LATIN: Final = BLOCKS[LATIN]
_WORD: Final = re.compile(f"[{_LATIN}]{{2,}}")
_OTHER: Final = re.compile(rf"[^\W\d_{_LATIN}]")
#: What stands around words, and what makes an address or a number of a piece.
_EDGES: Final = ".,:;!?/()[]{}<>\"'*-=+~&#%$|`"
_NO_WORD: Final = "0123456789./@_:"


def words(text: str) -> list[str]:
    """The words of a normalised text in Latin letters, of two letters and more; not those in addresses and codes."""
    pieces = [piece.strip(_EDGES) for piece in text.split()]
    return [word for piece in pieces if not any(map(piece.__contains__, _NO_WORD)) for word in _WORD.findall(piece)]


class Words:
    """A model's words: 32 bits of each."""

    def __init__(self, octets: bytes) -> None:
        """Take what :func:`pack` made. Raises ValueError where it is something else."""
        self._marks = array("I")
        self._marks.frombytes(octets)
        if any(after <= before for before, after in zip(self._marks, self._marks[1:], strict=False)):
            raise ValueError("the words are out of order")

    @cached_property
    def tell(self) -> Callable[[bytes], bool]:
        """Whether a key is, by its words in Latin letters, of a language the model knows."""
        return self.tell_pure if _compiled is None else _reader(self, ()).tell

    @property
    def marks(self) -> list[int]:
        """The 32 bits of each word, in order."""
        return self._marks.tolist()

    def __len__(self) -> int:
        return len(self._marks)

    def __contains__(self, word: str) -> bool:
        mark = crc32(word.encode())
        place = bisect_left(self._marks, mark)
        return place < len(self._marks) and self._marks[place] == mark

    def strange(self, text: str) -> list[str]:
        """The words of a normalised text that are none of these."""
        return [word for word in words(text) if word not in self]

    def tell_pure(self, key: bytes) -> bool:
        """The definition of ``tell``; the compiled kernel is held to it."""
        text = dense.decode(key)
        strange = self.strange(text)
        if len(strange) < LEAST_STRANGE:
            return True
        # of all letters: an address has none that count, a Korean text with two names of firms has many that do
        letters = sum(map(len, words(text))) + SYLLABLE * len(_OTHER.findall(text))
        return sum(map(len, strange)) <= STRANGE_SHARE * letters


def reader(scripts: Scripts, met: Words | None) -> Callable[[bytes], bool]:
    """Whether a key's letters are of scripts known, and its words in Latin letters of words met, where a model has any.

    What is returned is compiled where that was built, and then takes one look at each letter.
    """
    if _compiled is not None:
        compiled: Callable[[bytes], bool] = _reader(met, scripts.ranges).readable
        return compiled
    return lambda key: readable_pure(scripts, met, key)


def readable_pure(scripts: Scripts, met: Words | None, key: bytes) -> bool:
    """The definition of :func:`reader`; the compiled kernel is held to it."""
    return scripts.readable(dense.decode(key)) and (met is None or met.tell_pure(key))


def pack(met: Iterable[str]) -> bytes:
    """The words as :class:`Words` takes them."""
    return array("I", sorted({crc32(word.encode()) for word in met})).tobytes()


def _reader(met: Words | None, ranges: Sequence[tuple[int, int]]) -> Any:
    marks = None if met is None else met.marks
    limits = LEAST_STRANGE, STRANGE_SHARE, SYLLABLE, FOREIGN_SHARE
    return _compiled.Reader(marks, list(ranges), _EDGES, _NO_WORD, dense.TRAILS, *limits)


def _load() -> Any:
    if os.environ.get("SMPPPROXY_PURE"):
        return None
    try:
        return importlib.import_module("filters.text._words")
    except ImportError:
        return None


_compiled: Final = _load()
#: Which twin is in use.
NAME: Final = "pure" if _compiled is None else "cython"
