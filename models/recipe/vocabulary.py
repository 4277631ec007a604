"""The words a model has met, for :mod:`filters.text.words`: those of several sources, not one text's misspellings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from filters.text import dense
from filters.text.language import Scripts
from filters.text.words import Words, pack, words
from models.recipe.prepare import Material

#: Groups of texts (a template, or texts that are near-duplicates) a word must stand in.
LEAST_GROUPS = 3

Array = npt.NDArray[Any]


def meet(material: Material, among: Iterable[int]) -> bytes:
    """The words of some texts, packed. Ciphered texts and those of languages that are not to be known do not count."""
    met: dict[str, set[int]] = {}
    for group, word in _words_of(material, among):
        groups = met.setdefault(word, set())
        if len(groups) < LEAST_GROUPS:
            groups.add(group)
    return pack(word for word, groups in met.items() if len(groups) == LEAST_GROUPS)


def known(material: Material, among: Array, met: bytes, scripts: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """Of which texts the letters and words are of a language known, as the filter asks it."""
    readable, told = Scripts(scripts).readable, Words(met).tell
    keys = (material.keys[index] for index in among)
    return np.array([told(key) and readable(dense.decode(key)) for key in keys], dtype=bool)


def known_apart(material: Material, among: Array, fold: Array, scripts: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """The same, by the words of those texts alone that are not in the same fold."""
    out = np.zeros(len(among), dtype=bool)
    for number in np.unique(fold[among]):
        mine = np.flatnonzero(fold[among] == number)
        out[mine] = known(material, among[mine], meet(material, np.flatnonzero(fold != number)), scripts)
    return out


def _words_of(material: Material, among: Iterable[int]) -> Iterator[tuple[int, str]]:
    for index in among:
        if material.goals[index, -1] == 1 and not material.disguised[index]:
            group = int(material.groups[index])
            for word in set(words(dense.decode(material.keys[index]))):
                yield group, word
