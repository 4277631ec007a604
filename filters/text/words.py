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
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final
from zlib import crc32

from filters.text import dense
from filters.text.language import BLOCKS, FOREIGN_SHARE, LATIN, Scripts

#: How strange a word is that was never met; one of the commonest is 0.
NEVER_MET: Final = 255

#: Share of a text's words, each as far as it is strange, from which the text is of a language not known. Of English
#: texts of a year and a country the model never saw 4 in 100 have more; so have all but few of those that are half
#: Filipino, Spanish or Hindi.
STRANGE_SHARE: Final = 0.32

#: One strange word is a name: so many never met, or more of rarer ones.
LEAST_STRANGE: Final = 1.3

#: Letters of another script that count as a word: so many has one of Korean or Chinese.
WORD_LETTERS: Final = 2

_LATIN: Final = BLOCKS[LATIN]
_WORD: Final = re.compile(f"[{_LATIN}]{{2,}}")
_OTHER: Final = re.compile(rf"[^\W\d_{_LATIN}]")
#: What stands around words, and what makes an address or a number of a piece.
_EDGES: Final = ".,:;!?/()[]{}<>\"'*-=+~&#%$|`"
_OF_NO_WORD: Final = "0123456789./@_:"
_NO_WORD: Final = re.compile(f"[{re.escape(_OF_NO_WORD)}]")


def words(text: str) -> list[str]:
    """The words of a normalised text in Latin letters, of two letters and more; not those in addresses and codes."""
    if _WORD.search(text) is None:  # most texts of Korean and Chinese
        return []
    found: list[str] = []
    for piece in text.split():
        mine = _WORD.findall(piece)
        if mine and _NO_WORD.search(piece.strip(_EDGES)) is None:
            found += mine
    return found


class Words:
    """A model's words and how strange each is: 24 bits of its checksum, and eight."""

    def __init__(self, octets: bytes) -> None:
        """Take what :func:`pack` made. Raises ValueError where it is something else."""
        self._marks = array("I")
        self._marks.frombytes(octets)
        if any(after >> 8 <= before >> 8 for before, after in zip(self._marks, self._marks[1:], strict=False)):
            raise ValueError("the words are out of order")
        if any(mark & 0xFF == NEVER_MET for mark in self._marks):
            raise ValueError("a word is among them that was never met")

    @cached_property
    def tell(self) -> Callable[[bytes], bool]:
        """Whether a key is, by its words in Latin letters, of a language the model knows."""
        return self.tell_pure if _compiled is None else _reader(self, ()).tell

    @property
    def marks(self) -> list[int]:
        """24 bits of each word, and how strange it is, in order."""
        return self._marks.tolist()

    def __len__(self) -> int:
        return len(self._marks)

    def __contains__(self, word: str) -> bool:
        return self.strangeness(word) < NEVER_MET

    def strangeness(self, word: str) -> int:
        """How seldom a word was met: 0 for the commonest to 255 for one that never was."""
        mark = crc32(word.encode()) >> 8
        place = bisect_left(self._marks, mark << 8)
        if place == len(self._marks) or self._marks[place] >> 8 != mark:
            return NEVER_MET
        return self._marks[place] & 0xFF

    def strange(self, text: str) -> list[str]:
        """The words of a normalised text that are none of these, or seldom met."""
        return [word for word in words(text) if self.strangeness(word) > NEVER_MET // 2]

    def tell_pure(self, key: bytes) -> bool:
        """The definition of ``tell``; the compiled kernel is held to it."""
        text = dense.decode(key)
        found = words(text)
        strange = sum(map(self.strangeness, found))
        if strange < LEAST_STRANGE * NEVER_MET:
            return True
        # of all words: an address has none that count, a Korean text with two names of firms has many that do
        return strange <= STRANGE_SHARE * NEVER_MET * (len(found) + len(_OTHER.findall(text)) / WORD_LETTERS)


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


def pack(met: Mapping[str, int]) -> bytes:
    """Words and how strange each is, 0 to 254, as :class:`Words` takes them."""
    least: dict[int, int] = {}
    for word, strangeness in met.items():
        mark = crc32(word.encode()) >> 8
        least[mark] = min(strangeness, least.get(mark, NEVER_MET))
    return array("I", (mark << 8 | least[mark] for mark in sorted(least))).tobytes()


def _reader(met: Words | None, ranges: Sequence[tuple[int, int]]) -> Any:
    marks = None if met is None else met.marks
    limits = LEAST_STRANGE * NEVER_MET, STRANGE_SHARE * NEVER_MET, WORD_LETTERS, FOREIGN_SHARE
    return _compiled.Reader(marks, list(ranges), _EDGES, _OF_NO_WORD, dense.TRAILS, *limits)


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
