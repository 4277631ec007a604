"""The gate before a new model: what is worse is named, what may be chance is not."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.recipe.datasets import Dataset, Row
from models.recipe.labels import CLASSES, UNKNOWN, targets
from smppproxy.app import model_gate as gate
from smppproxy.state.feedback import fingerprint


class Model:
    """Flags the texts whose number is in ``numbers``."""

    classes = CLASSES

    def __init__(self, numbers: Sequence[int], foreign: Sequence[int] = ()) -> None:
        self.numbers = set(numbers)
        self.foreign = set(foreign)

    def prepare_many(self, texts: Sequence[str]) -> Sequence[str]:
        return texts

    def judge(self, batch: Sequence[str]) -> list[Any]:
        numbers = [int(text.split()[-1]) for text in batch]
        return [
            SimpleNamespace(over="loan" if n in self.numbers else "", known_language=n not in self.foreign)
            for n in numbers
        ]


def rows(label: str, first: int, many: int, category: str = "") -> list[Row]:
    return [Row(f"text {n}", targets(label, category), "en", "set") for n in range(first, first + many)]


def compared(old: Model, new: Model, *sets: list[Row]) -> gate.Report:
    named = [Dataset(f"set{n}", "", each) for n, each in enumerate(sets)]
    return gate.compare(old, new, named, lambda what, done, total: None)  # type: ignore[arg-type]


def test_more_false_positives_are_named_with_where() -> None:
    report = compared(Model([0]), Model(range(12)), rows("ham", 0, 1000), rows("loan", 2000, 10))
    [worse] = report.worse
    assert (worse.set, worse.kind, worse.texts, worse.old, worse.new) == ("set0", "ham", 1000, 0.001, 0.012)
    assert (worse.worse_texts, worse.better_texts) == (11, 0)
    assert worse.examples == tuple(fingerprint(f"text {n}").hex() for n in range(1, 6))
    assert worse.chance == 0.5**11
    assert worse.limit == gate.CHANCE / 2
    evidence = report.evidence(forced=True)
    assert evidence["texts"] == {"set0": 1000, "set1": 10}
    assert evidence["forced"]
    assert [(each["set"], each["kind"]) for each in evidence["worse"]] == [("set0", "ham")]


def test_less_recall_of_one_class_is_named() -> None:
    texts = rows("gambling", 0, 100) + rows("loan", 100, 100)
    report = compared(Model(range(200)), Model(range(50, 200)), texts)
    assert [(figure.kind, figure.worse) for figure in report.figures] == [("gambling", True), ("loan", False)]
    assert (report.figures[0].old, report.figures[0].new) == (1.0, 0.5)


def test_noise_refuses_nobody() -> None:
    # as many become right as wrong, or nearly; and a handful of texts proves nothing
    report = compared(Model(range(40)), Model(range(20, 62)), rows("ham", 0, 1000))
    assert (report.figures[0].worse_texts, report.figures[0].better_texts) == (22, 20)
    assert not report.worse
    assert not compared(Model([]), Model([1, 2]), rows("ham", 0, 50)).worse
    assert not compared(Model([1, 2]), Model([1, 2]), rows("ham", 0, 50)).worse


def test_better_is_not_worse() -> None:
    assert not compared(Model(range(100)), Model([]), rows("ham", 0, 100)).worse


def test_a_language_nobody_reads_is_not_flagged() -> None:
    report = compared(Model([]), Model(range(100), foreign=range(100)), rows("ham", 0, 100))
    assert report.figures[0].new == 0.0


def test_each_text_is_of_one_kind() -> None:
    some = [*rows("spam", 0, 1), *rows("spam", 1, 1, "promo"), *rows("smishing", 2, 1, "parcel"), *rows("ham", 3, 1)]
    assert some[0].targets == (UNKNOWN,) * 6 + (1,)
    assert dict(gate.kinds(some)) == {"ham": [3], "smishing": [2], "spam": [0, 1]}


def test_sets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "SAMPLE", 10)
    many = rows("ham", 0, 100)
    assert len(gate.sample(many)) == 10
    assert gate.sample(many) == gate.sample(many)
    told: list[tuple[str, int, int]] = []
    gate.compare(Model([]), Model([]), [Dataset("s", "", many)], lambda *step: told.append(step))  # type: ignore[arg-type]
    assert told == [("s, model in use", 10, 10), ("s, candidate", 10, 10)]


@given(st.integers(0, 300), st.integers(0, 300))
def test_chance_is_a_probability_and_falls_with_the_worse(worse: int, better: int) -> None:
    chance = gate.chance_of(worse, better)
    assert 0.0 < chance <= 1.0
    assert gate.chance_of(worse + 1, better) <= chance + 1e-12
    assert gate.chance_of(0, better) == 1.0


@given(st.integers(1, 5000), st.integers(1, 40))
def test_the_tolerance_is_what_the_test_allows(texts: int, figures: int) -> None:
    figure = gate.Figure("s", "ham", texts, 0.0, 0.0, 0, 0, 1.0, gate.CHANCE / figures)
    allowed = round(figure.tolerance * texts)
    assert gate.chance_of(allowed, 0) >= figure.limit
    assert allowed == texts or gate.chance_of(allowed + 1, 0) < figure.limit


def test_the_generated_set_has_hard_normals_and_every_class() -> None:
    sample = gate.sample(gate.generated().rows)
    found = {kind: len(members) for kind, members in gate.kinds(sample)}
    assert found.keys() == {"ham", *CLASSES}
    assert found["ham"] > 1000
    assert min(found.values()) >= 50
