"""The gate before a new model: it must not be worse than the one in use on any protected set.

Both models judge the same texts at their own thresholds (the configuration's, where it sets some), so what differs are
pairs: texts one flags and the other does not. Two models as good as each other differ as often in one way as in the
other; McNemar's exact test says how unlikely it is that a difference as large is chance. A candidate is worse where
that is less than :data:`CHANCE` over all figures together, so that noise refuses one candidate in twenty at most.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import blake2b
from math import comb
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from filters.text.filter import TextFilter
    from models.recipe.datasets import Dataset, Row

CHANCE: Final = 0.05  # of refusing a candidate that is as good, all figures together
SAMPLE: Final = 6_000  # texts of a set that are judged; both models together take half a second for them
BATCH: Final = 64  # texts between two signs of progress
SHOWN: Final = 5  # fingerprints of texts told for each figure
GENERATED_SEED: Final = 4711  # another than any training has by default: texts the candidate has not seen
GENERATED_DRAWS: Final = 1  # texts of each template, and more of hard normals; some thousands in a second

Progress = Callable[[str, int, int], None]


class Figure(msgspec.Struct, frozen=True):
    """One comparison: what share of the texts of a set and class is flagged, by the model in use and by the candidate.

    Of honest texts that is the false-positive rate, of the others the recall.
    """

    set: str
    kind: str  # "ham", or a class
    texts: int
    old: float
    new: float
    worse_texts: int  # right with the model in use, wrong with the candidate
    better_texts: int
    chance: float  # of so large a difference for the worse between two models that are as good
    limit: float  # below it the candidate is worse
    examples: tuple[str, ...] = ()  # fingerprints of texts that became wrong, as the trace has them

    @property
    def worse(self) -> bool:
        """Whether the candidate is worse here."""
        return self.chance < self.limit

    @property
    def tolerance(self) -> float:
        """The share of these texts that could become wrong, and none right, without being refused."""
        allowed = 0
        while chance_of(allowed + 1, 0) >= self.limit:
            allowed += 1
        return min(allowed, self.texts) / self.texts


class Report(msgspec.Struct, frozen=True):
    """What the gate found."""

    figures: tuple[Figure, ...]

    @property
    def worse(self) -> tuple[Figure, ...]:
        """Where the candidate is worse."""
        return tuple(figure for figure in self.figures if figure.worse)

    def evidence(self, *, forced: bool = False) -> dict[str, Any]:
        """What the ledger keeps of it."""
        texts: dict[str, int] = {}
        for figure in self.figures:
            texts[figure.set] = texts.get(figure.set, 0) + figure.texts
        return {"texts": texts, "worse": [told(figure) for figure in self.worse]} | ({"forced": True} if forced else {})


def generated() -> Dataset:
    """Return a held-out sample of the generator: hard normals and every class."""
    from models.recipe.datasets import Dataset
    from models.recipe.generate import corpus

    return Dataset("generated", "", corpus.generate(GENERATED_SEED, GENERATED_DRAWS))


def compare(current: TextFilter, candidate: TextFilter, sets: Iterable[Dataset], progress: Progress) -> Report:
    """Judge the sets by both models."""
    found: list[tuple[str, str, list[tuple[bool, bool, str]]]] = []
    for each in sets:
        rows = sample(each.rows)
        flags = [
            _flagged(judge, rows, partial(progress, f"{each.name}, {name}"))
            for name, judge in (("model in use", current), ("candidate", candidate))
        ]
        for kind, members in kinds(rows):
            pairs = [(flags[0][i], flags[1][i], rows[i].text) for i in members]
            found.append((each.name, kind, pairs))
    limit = CHANCE / max(len(found), 1)
    return Report(tuple(_figure(name, kind, pairs, limit) for name, kind, pairs in found))


def sample(rows: Sequence[Row]) -> list[Row]:
    """Return at most :data:`SAMPLE` rows, always the same of the same."""
    if len(rows) <= SAMPLE:
        return list(rows)
    return random.Random(SAMPLE).sample(list(rows), SAMPLE)


def kinds(rows: Sequence[Row]) -> list[tuple[str, list[int]]]:
    """Which rows are honest, and which are of each class; ``spam`` are those of no other class."""
    from models.recipe.labels import CLASSES

    members: dict[str, list[int]] = {name: [] for name in ("ham", *CLASSES)}
    for index, row in enumerate(rows):
        if row.targets[-1] == 0:
            members["ham"].append(index)
            continue
        named = [name for name, target in zip(CLASSES, row.targets, strict=True) if target == 1]
        members[named[0] if named else CLASSES[-1]].append(index)
    return [(kind, indices) for kind, indices in members.items() if indices]


def chance_of(worse: int, better: int) -> float:
    """Return the probability that, of so many differences, as many or more are for the worse by chance."""
    total = worse + better
    tail: int = sum(comb(total, k) for k in range(worse, total + 1))
    return float(tail / 2**total)


def told(figure: Figure) -> dict[str, Any]:
    """Return a figure for JSON, with what follows from it."""
    plain: dict[str, Any] = msgspec.to_builtins(figure)
    return plain | {"worse": figure.worse, "tolerance": round(figure.tolerance, 6)}


def _figure(name: str, kind: str, pairs: Sequence[tuple[bool, bool, str]], limit: float) -> Figure:
    bad = kind == "ham"  # to flag an honest text is wrong, not to flag another
    became_wrong = [text for old, new, text in pairs if (old is not bad) and (new is bad)]
    became_right = sum((old is bad) and (new is not bad) for old, new, _ in pairs)
    count = len(pairs)
    return Figure(
        name,
        kind,
        count,
        round(sum(old for old, _, _ in pairs) / count, 6),
        round(sum(new for _, new, _ in pairs) / count, 6),
        len(became_wrong),
        became_right,
        chance_of(len(became_wrong), became_right),
        limit,
        tuple(_fingerprint(text) for text in became_wrong[:SHOWN]),
    )


def _flagged(judge: TextFilter, rows: Sequence[Row], progress: Callable[[int, int], None]) -> list[bool]:
    """Whether a model flags each text: a threshold is reached, in a language it knows."""
    flags: list[bool] = []
    for start in range(0, len(rows), BATCH):
        prepared = judge.prepare_many([row.text for row in rows[start : start + BATCH]])
        flags += [bool(each.over) and each.known_language for each in judge.judge(prepared)]
        progress(len(flags), len(rows))
    return flags


def _fingerprint(text: str) -> str:
    from filters.text.normalise import prepare
    from smppproxy.app.recorder import FINGERPRINT

    return blake2b(prepare(text).key, digest_size=FINGERPRINT).hexdigest()
