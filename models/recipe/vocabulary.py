"""What a model has met of languages: words for :mod:`filters.text.words`, scripts for :mod:`filters.text.language`.

Words are those of several sources, not one text's misspellings; scripts those of so many texts that they were learnt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from filters.text import dense
from filters.text.language import BLOCKS, Scripts
from filters.text.words import Words, pack, words
from models.recipe.prepare import Material

#: Groups of texts (a template, or texts that are near-duplicates) a word must stand in.
LEAST_GROUPS = 3
#: Groups remembered of a word: of so many, a fold of four holds all but two in one of a hundred thousand cases.
KEPT = 16

#: Texts a script must have to be learnt, or that share of all where they are few.
ENOUGH, SHARE = 10_000, 0.05
#: Texts of a language that are looked at for their script.
SAMPLE = 400

_LETTERS = {name: re.compile(f"[{block}]") for name, block in BLOCKS.items()}

Array = npt.NDArray[Any]


def meet(material: Material, among: Iterable[int]) -> bytes:
    """The words of some texts, packed. Ciphered texts and those of languages that are not to be known do not count."""
    return _packed(_groups_of_words(material, among))


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
    groups = _groups_of_words(material, range(len(material.keys)))
    home = dict(zip(material.groups.tolist(), fold.tolist(), strict=True))
    for number in np.unique(fold[among]):
        elsewhere = {word: {group for group in found if home[group] != number} for word, found in groups.items()}
        mine = np.flatnonzero(fold[among] == number)
        out[mine] = known(material, among[mine], _packed(elsewhere), scripts)
    return out


def _packed(groups: dict[str, set[int]]) -> bytes:
    return pack(word for word, found in groups.items() if len(found) >= LEAST_GROUPS)


def _groups_of_words(material: Material, among: Iterable[int]) -> dict[str, set[int]]:
    """In which groups each word stands: some of them, so many that without those of a fold enough are left to count."""
    found: dict[str, set[int]] = {}
    for index in among:
        if material.goals[index, -1] != 1 or material.disguised[index]:
            continue
        group = int(material.groups[index])
        for word in set(words(dense.decode(material.keys[index]))):
            groups = found.setdefault(word, set())
            if len(groups) < KEPT:
                groups.add(group)
    return found
