"""From rows to what training takes: normalised, disguised copies added, repeated texts dropped, groups found."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from filters.text.normalise import prepare
from models.recipe import dedupe, hands
from models.recipe.datasets import Row, group_of
from models.recipe.fit import Packed, pack
from models.recipe.generate.cipher import cipher
from models.recipe.generate.evasion import disguise
from models.recipe.generate.foreign import sentences
from models.recipe.labels import CLASSES, UNKNOWN
from models.recipe.progress import Progress

T = TypeVar("T")


@dataclass(slots=True)
class Material:
    """Keys, goals and groups of every text; disguised copies stand behind the originals and share their group."""

    rows: list[Row]  # of the originals
    keys: list[bytes]
    origin: npt.NDArray[np.int64]  # index into rows, -1 for a sentence in an unfamiliar language
    disguised: npt.NDArray[np.bool_]  # by the evasion engine, or ciphered
    goals: npt.NDArray[np.int8]  # the classes, then familiar
    groups: npt.NDArray[np.int64]

    def take(self, indices: npt.NDArray[np.int64]) -> Packed:
        """The keys at some indices, packed."""
        return pack([self.keys[index] for index in indices])


def _key(text: str) -> bytes:
    return prepare(text).key


def _disguised_key(job: tuple[str, str]) -> bytes:
    text, seed = job
    return prepare(disguise(text, random.Random(seed))).key


def _ciphered_key(job: tuple[str, str]) -> bytes:
    text, seed = job
    return prepare(cipher(text, random.Random(seed))).key


def _goals_without_words(targets: Sequence[int]) -> tuple[int, ...]:
    """What a ciphered text teaches: spam or not; not which kind, which only words tell; and unfamiliar."""
    spam = targets[-1]
    return (*(0 if spam == 0 else UNKNOWN for _ in targets[:-1]), spam, 0)


def build(
    rows: Iterable[Row],
    seed: int,
    share_disguised: float = 0.5,
    foreign: int = 8000,
    processes: int = 1,
    progress: Progress | None = None,
    share_ciphered: float = 0.12,
) -> Material:
    """Prepare rows. The same rows and seed give the same material, whatever ``processes`` is."""
    originals = list(rows)
    keys = _mapped(_key, [row.text for row in originals], processes, progress)
    kept: dict[bytes, int] = {}
    for index, key in enumerate(keys):  # of equal texts the first stays
        other = kept.setdefault(key, index)
        if _tells(originals[index]) > _tells(originals[other]):
            kept[key] = index
    order = sorted(kept.values())
    originals = [originals[index] for index in order]
    keys = [keys[index] for index in order]
    rng = random.Random(seed)
    chosen = [index for index in range(len(originals)) if rng.random() < share_disguised]
    jobs = [(originals[index].text, f"{seed}/{index}") for index in chosen]
    copies = _mapped(_disguised_key, jobs, processes, progress)
    strange = [index for index in range(len(originals)) if rng.random() < share_ciphered]
    jobs = [(originals[index].text, f"{seed}/cipher/{index}") for index in strange]
    copies += _mapped(_ciphered_key, jobs, processes, progress)
    strangers = [_key(text) for text in sentences(seed, foreign)]
    own, made = len(keys), len(keys) + len(copies)
    goals = np.full((made + len(strangers), len(CLASSES) + 1), UNKNOWN, dtype=np.int8)
    origin = np.concatenate([np.arange(own), chosen, strange, np.full(len(strangers), -1)]).astype(np.int64)
    for index, row in enumerate(originals):
        goals[index] = (*row.targets, 1)
    goals[own : own + len(chosen)] = goals[chosen]
    for place, index in enumerate(strange, own + len(chosen)):
        goals[place] = _goals_without_words(originals[index].targets)
    goals[made:, -1] = 0
    found = _groups(originals, keys)
    apart = np.array([group_of(key) for key in strangers], dtype=np.int64)
    groups = np.concatenate([found[origin[:made]], apart])
    disguised = np.zeros(len(goals), dtype=bool)
    disguised[own:made] = True
    return Material(originals, keys + copies + strangers, origin, disguised, goals, groups)


def _tells(row: Row) -> tuple[float, int]:
    """Of equal texts the weightier row stays, of equal ones that with the specific label."""
    return row.weight, -row.targets.count(UNKNOWN)


def _groups(rows: list[Row], keys: list[bytes]) -> npt.NDArray[np.int64]:
    """Texts of a template are a group; real texts are grouped by likeness, and the group called by one of its texts.

    Likeness would chain the templates of a class through the slots they share into one group that no fold could split.
    """
    out = np.array([row.group for row in rows], dtype=np.int64)
    real = np.flatnonzero(out < 0)
    if len(real):
        names, which = np.unique(dedupe.groups(pack([keys[index] for index in real])), return_inverse=True)
        least = np.full(len(names), np.iinfo(np.int64).max)
        np.minimum.at(least, which, np.array([group_of(keys[index]) for index in real], dtype=np.int64))
        out[real] = least[which]
    return out


def _mapped(
    function: Callable[[T], bytes], items: Sequence[T], processes: int, progress: Progress | None
) -> list[bytes]:
    """``function`` over all items, in order, by so many processes."""
    if processes == 1:
        return list(_counted(map(function, items), len(items), progress))
    with hands.processes(processes) as pool:
        return list(_counted(pool.imap(function, items, chunksize=500), len(items), progress))


def _counted(keys: Iterable[bytes], total: int, progress: Progress | None) -> Iterator[bytes]:
    for number, key in enumerate(keys, 1):
        if progress and number % 5000 == 0:
            progress(number, total)
        yield key


def folds(groups: npt.NDArray[np.int64], count: int, seed: int) -> npt.NDArray[np.int64]:
    """A fold for every text; a group lies in one fold, and in the same one whatever other groups there are."""
    mixed = groups.astype(np.uint64) + np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # splitmix64
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed >> np.uint64(31)) % np.uint64(count)).astype(np.int64)
