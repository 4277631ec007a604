"""What a model has met of languages: words for :mod:`filters.text.words`, scripts for :mod:`filters.text.language`.

Words are those of several sources, not one text's misspellings, and short ones the more familiar the more sources of a
language they stand in: such are another language's too. Scripts are those of so many texts that they were learnt.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable
from functools import cache
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from filters.text import dense
from filters.text.language import BLOCKS, Scripts
from filters.text.normalise import prepare
from filters.text.words import NEVER_MET, Words, pack, words
from models.recipe.generate.foreign import WORDS
from models.recipe.prepare import Material

#: Groups of texts (a template, or texts that are near-duplicates) a word must stand in.
LEAST_GROUPS = 3
#: A word that stands in so many groups of a language is as familiar as can be, or in that share of them where they are
#: few. Between that and none a word is familiar as far as the logarithm of their number says.
COMMON, COMMON_SHARE = 400, 1 / 80
#: How much of that counts, by letters of the word: longer ones that several sources hold stand there by no chance.
BY_CHANCE = {2: 1.0, 3: 1.0, 4: 0.5}
#: A word of those that other languages use most must be met so often that it is but so strange.
BORROWED = 0.25

#: Texts a script must have to be learnt, or that share of all where they are few.
ENOUGH, SHARE = 10_000, 0.05
#: Texts of a language that are looked at for their script.
SAMPLE = 400

_LETTERS = {name: re.compile(f"[{block}]") for name, block in BLOCKS.items()}

Array = npt.NDArray[Any]


def meet(material: Material, among: Iterable[int]) -> bytes:
    """The words of some texts, packed. Ciphered texts and those of languages that are not to be known do not count."""
    chosen = np.zeros(len(material.keys), dtype=bool)
    chosen[list(among)] = True
    return _Met(material, chosen).packed(chosen)


def scripts(material: Material, among: Array) -> tuple[str, ...]:
    """The scripts in which enough of some texts are written: ciphered and foreign ones do not count."""
    langs = np.array([row.lang for row in material.rows])
    own = among[(material.goals[among, -1] == 1) & ~material.disguised[among]]
    texts = dict.fromkeys(BLOCKS, 0.0)
    for lang in np.unique(langs[material.origin[own]]):
        mine = own[langs[material.origin[own]] == lang]
        sample = mine[:: max(1, len(mine) // SAMPLE)]
        written = [_script(dense.decode(material.keys[index])) for index in sample]
        for name in BLOCKS:
            texts[name] += len(mine) * written.count(name) / len(sample)
    least = min(ENOUGH, SHARE * len(own))
    return tuple(name for name, count in texts.items() if count >= least > 0)


def _script(text: str) -> str:
    """The script of most letters of a text, "" where it has none."""
    counts = {name: len(letters.findall(text)) for name, letters in _LETTERS.items()}
    name = max(counts, key=counts.__getitem__)
    return name if counts[name] else ""


def known(material: Material, among: Array, met: bytes, scripts: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """Of which texts the letters and words are of a language known, as the filter asks it."""
    readable, told = Scripts(scripts).readable, Words(met).tell
    keys = (material.keys[index] for index in among)
    return np.array([told(key) and readable(dense.decode(key)) for key in keys], dtype=bool)


def known_apart(material: Material, among: Array, fold: Array, scripts: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """The same, by the words of those texts alone that are not in the same fold. A group lies in one fold."""
    out = np.zeros(len(among), dtype=bool)
    every = _Met(material, np.ones(len(material.keys), dtype=bool))
    for number in np.unique(fold[among]):
        mine = np.flatnonzero(fold[among] == number)
        out[mine] = known(material, among[mine], every.packed(fold != number), scripts)
    return out


class _Met:
    """Which words stand in which of some texts. Ciphered texts and those of languages not to be known hold none."""

    def __init__(self, material: Material, chosen: Array) -> None:
        own = (material.goals[:, -1] == 1) & ~material.disguised
        numbers: dict[str, int] = {}
        texts, found = array("q"), array("q")
        for index in np.flatnonzero(chosen & own).tolist():
            mine = {numbers.setdefault(word, len(numbers)) for word in words(dense.decode(material.keys[index]))}
            found.extend(mine)
            texts.extend(repeat(index, len(mine)))
        self._words = list(numbers)
        self._found, self._texts = np.frombuffer(found, np.int64), np.frombuffer(texts, np.int64)
        _, self._groups = np.unique(material.groups, return_inverse=True)
        _, lang = np.unique([row.lang for row in material.rows], return_inverse=True)
        self._lang = np.where(own, lang[material.origin], -1)

    def packed(self, among: Array) -> bytes:
        """The words of some of the texts, packed."""
        strangeness: dict[str, int] = {}
        for lang in range(self._lang.max(initial=-1) + 1):
            mine = among & (self._lang == lang)
            sources = len(np.unique(self._groups[mine]))
            common = min(COMMON, max(LEAST_GROUPS + 1, sources * COMMON_SHARE))
            at = mine[self._texts]
            pairs = np.unique(self._found[at] * len(self._groups) + self._groups[self._texts[at]])
            for number, count in zip(*np.unique(pairs // len(self._groups), return_counts=True), strict=True):
                word = self._words[number]
                if count >= LEAST_GROUPS:
                    strangeness[word] = min(_strangeness(word, int(count), common), strangeness.get(word, NEVER_MET))
        return pack({word: strange for word, strange in strangeness.items() if strange < NEVER_MET})


def _strangeness(word: str, count: int, common: float) -> int:
    """How strange a word is that stands in so many groups of a language, where one that stands in ``common`` is not."""
    rarity = max(0.0, 1.0 - math.log1p(count) / math.log1p(common))
    if word in _elsewhere():
        return int(rarity * NEVER_MET) if rarity < BORROWED else NEVER_MET
    return int(rarity * BY_CHANCE.get(len(word), 0.0) * NEVER_MET)


@cache
def _elsewhere() -> frozenset[str]:
    """The words that other languages use most, as a text shows them."""
    return frozenset(word for listed in WORDS.values() for each in listed.split() for word in words(prepare(each).text))
