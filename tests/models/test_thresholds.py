"""The thresholds of a model: within their budget of honest texts, and flagging as the filter that serves does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filters.text.rows import LIKELY, over
from models.recipe import thresholds
from models.recipe.labels import CLASSES


def logits(seed: int, count: int = 20_000) -> npt.NDArray[np.float64]:
    """Of texts, of which some resemble a class and some of those spam: column by column, then familiar."""
    random = np.random.default_rng(seed)
    return random.normal(-4, 2.5, (count, len(CLASSES) + 1)) + random.normal(0, 1.5, (count, 1))


def test_all_classes_together_keep_the_budget_and_use_it() -> None:
    honest = logits(1)
    chosen = thresholds.choose(honest)
    share = thresholds.flags(thresholds.probabilities(honest), chosen).mean()
    assert 0.5 * thresholds.FALSE_POSITIVES < share <= thresholds.FALSE_POSITIVES


def test_no_threshold_lies_where_a_name_would_often_be_wrong() -> None:
    chosen = thresholds.choose(np.full((1000, len(CLASSES) + 1), -9.0))
    assert list(chosen) == list(CLASSES)
    assert all(value >= thresholds.SURE for value in chosen.values())
    assert chosen["spam"] >= thresholds.CERTAIN


def test_without_honest_texts_they_are_strict() -> None:
    assert set(thresholds.choose(np.zeros((0, len(CLASSES) + 1))).values()) == {0.99}


def test_they_flag_as_the_filter_does() -> None:
    p = thresholds.probabilities(logits(2, 3000) + 3).astype(np.float32)
    chosen = thresholds.choose(logits(3)) | {"loan": 0.6}
    limits = np.array([chosen[name] for name in CLASSES], np.float32).tolist()
    served = [bool(over(CLASSES, row[: len(CLASSES)].tolist(), limits)) for row in p]
    assert 0.05 < np.mean(served) < 0.95
    assert thresholds.flags(p, chosen).tolist() == served


def test_a_class_needs_a_text_that_is_likely_spam() -> None:
    def said(loan: float, spam: float) -> str:
        return over(("loan", "spam"), (loan, spam), (0.7, 0.95))

    assert said(0.9, LIKELY + 0.05) == "loan"
    assert said(0.9, LIKELY - 0.15) == ""
    assert said(0.6, 0.96) == "spam"
    assert over(("loan", "spam"), (0.45, 0.45), (0.4, 0.95)) == "loan", "who asks for less gets it"
