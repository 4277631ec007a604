"""Leaving a set out: nothing of it, nor what is nearly the same, is learned from; figures for all and for fraud."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba", reason="training needs the train extra")

from models.recipe import fit, holdout, train
from models.recipe.datasets import DataError, Row
from models.recipe.labels import targets
from models.recipe.prepare import build

THINGS = ("chairs", "lamps", "bread", "pencils", "apples", "kettles")
OPTIONS = train.Options(fit=fit.Settings(rows_log2=12, epochs=1), processes=1)
HONEST = "the reading circle meets at the library on the first floor every second week, bring {}"
FRAUD = "your parcel is held at the customs office of the harbour, pay for {} today at once"


def rows(source: str, lang: str, mark: str) -> list[Row]:
    honest = [Row(HONEST.format(thing) + mark, targets("ham", ""), lang, source) for thing in THINGS]
    return honest + [Row(FRAUD.format(thing) + mark, targets("smishing", ""), lang, source) for thing in THINGS]


def test_near_duplicates_in_other_sets_are_left_out_too(monkeypatch: pytest.MonkeyPatch) -> None:
    other = [Row(f"something else of {'abcdefghi'[n] * 20} here", targets("ham", ""), "en", "other") for n in range(9)]
    material = build([*rows("mine", "en", "."), *rows("copied", "en", " please"), *other], 1, 0.0, 0, 1, None, 0.0)
    learned: list[bytes] = []
    real = fit.fit

    def watched(packed: fit.Packed, *rest: object) -> fit.Bag:
        learned.append(packed.octets.tobytes())
        return real(packed, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(fit, "fit", watched)
    told = holdout.leave_out(material, frozenset({"mine"}), OPTIONS)["en"]
    assert b"something else" in learned[0]
    assert b"library" not in learned[0]
    assert b"customs" not in learned[0]
    assert told["spam"] == told["smishing"]["spam"] == 6
    assert told["ham"] == 6
    assert told["real_ham"] == told["reference_ham"] > 0  # nothing is generated here


def test_recalls_are_told_at_the_set_s_own_honest_texts_and_at_others() -> None:
    spam, ham, normal = np.arange(10.0), np.full(10, 4.0), np.full(10, 7.0)
    told = holdout._recalls(spam, ham, normal, np.full(10, 6.0))
    assert told["recall_at_1%"] == 0.2  # above 7
    assert told["real_recall_at_1%"] == 0.3  # above 6
    assert told["own_recall_at_1%"] == 0.5  # above 4
    assert told["false_positives_at_1%"] == 0.0
    assert told["own_recall_at_1%_interval"][0] < 0.5 < told["own_recall_at_1%_interval"][1]
    assert "recall_at_1%" not in holdout._recalls(spam, ham, normal[:0], normal)


def test_every_part_is_the_reference_of_the_model_that_did_not_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [
        Row(f"nothing of the kind {'abcdefghijkl'[n] * 20} here", targets("ham", ""), "en", "o") for n in range(12)
    ]
    material = build([*rows("mine", "en", "."), *others], 1, 0.0, 0, 1, None, 0.0)
    learned: list[int] = []
    real = fit.fit

    def watched(packed: fit.Packed, *rest: object) -> fit.Bag:
        learned.append(packed.count)
        return real(packed, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(fit, "fit", watched)
    told = holdout.leave_out(material, frozenset({"mine"}), OPTIONS)["en"]
    assert len(learned) == holdout.PARTS
    assert sum(learned) == (holdout.PARTS - 1) * 12
    assert told["reference_ham"] == 12
    assert 0.0 <= told["flagged"] <= 1.0


def test_where_nothing_is_left_to_learn_from_it_says_so() -> None:
    material = build(rows("mine", "en", "."), 1, 0.0, 0, 1, None, 0.0)
    with pytest.raises(DataError, match="without mine"):
        holdout.leave_out(material, frozenset({"mine"}), OPTIONS)
