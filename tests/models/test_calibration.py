"""Calibration: what a score of a column is worth, however far from zero the scores are."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba", reason="training needs the train extra")

from models.recipe.calibration import calibrate
from models.recipe.measure import calibration_error


@pytest.mark.parametrize("spread", [0.1, 1.0, 10.0])
def test_the_slope_and_offset_of_rare_and_far_scores_are_found(spread: float) -> None:
    random = np.random.default_rng(1)
    x = np.concatenate([random.normal(-18, 6, 40_000), random.normal(2, 5, 2_000)])
    truth = (random.random(len(x)) < 1 / (1 + np.exp(1.5 - 0.8 * x))).astype(np.int8)
    slope, offset = calibrate(x[:, None] * spread, truth[:, None])
    assert slope[0] * spread == pytest.approx(0.8, rel=0.1)
    assert offset[0] == pytest.approx(-1.5, abs=0.2)
    shares = 1 / (1 + np.exp(-(slope[0] * spread * x + offset[0])))
    assert calibration_error(shares, truth) < 0.005


def test_unknown_goals_do_not_count_and_a_column_without_both_kinds_is_left_as_it_is() -> None:
    scores = np.array([[1.0, 1.0], [-1.0, 2.0], [5.0, 3.0], [2.0, -1.0], [-2.0, 0.5]])
    goals = np.array([[1, 0], [0, 0], [-1, 0], [1, 0], [1, 0]], np.int8)
    slope, offset = calibrate(scores, goals)
    assert (slope[1], offset[1]) == (1.0, 0.0)
    assert slope[0] > 0


def test_a_score_that_says_the_contrary_is_left_as_it_is() -> None:
    scores = np.array([[1.0], [2.0], [-1.0], [-2.0], [0.5]])
    slope, offset = calibrate(scores, np.array([[0], [0], [1], [1], [1]], np.int8))
    assert (slope[0], offset[0]) == (1.0, 0.0)
