"""The words a model has met, for :mod:`filters.text.words`: those of several sources, not one text's misspellings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from filters.text import dense
from filters.text.language import Scripts
from filters.text.words import Words, pack, words
from models.recipe.prepare import Material

#: Groups of texts (a template, or texts that are near-duplicates) a word must stand in.
LEAST_GROUPS = 3
#: Groups remembered of a word: of so many, a fold of four holds all but two in one of a hundred thousand cases.
KEPT = 16

Array = npt.NDArray[Any]


def meet(material: Material, among: Iterable[int]) -> bytes:
    """The words of some texts, packed. Ciphered texts and those of languages that are not to be known do not count."""
    return _packed(_groups_of_words(material, among))


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
