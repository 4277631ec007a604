"""Figures on scores whose figures are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.recipe import measure

GOOD = np.arange(1000) / 1000.0


def test_recall_at_a_false_positive_rate() -> None:
    assert measure.recall_at(np.array([0.5, 0.995, 1.5]), GOOD, 0.01) == pytest.approx(2 / 3)
    assert (measure.threshold_at(GOOD, 0.01) < GOOD).mean() <= 0.01
    assert math.isnan(measure.recall_at(np.array([]), GOOD, 0.01))


def test_area_under_the_curve() -> None:
    assert measure.auc(GOOD + 2, GOOD) == 1.0
    assert measure.auc(GOOD, GOOD) == pytest.approx(0.5)


def test_calibration_error() -> None:
    truth = np.array([0, 1] * 50, dtype=np.int8)
    assert measure.calibration_error(np.full(100, 0.5), truth) == pytest.approx(0.0)
    assert measure.calibration_error(np.full(100, 0.9), truth) == pytest.approx(0.4)


def test_interval_and_f1() -> None:
    low, high = measure.wilson(0.9, 100)
    assert low < 0.9 < high
    assert measure.precision_recall(np.array([0.9, 0.1]), np.array([0.8, 0.2]), 0.5) == (0.5, 0.5, 0.5)
    assert math.isnan(measure.wilson(math.nan, 0)[0])


def test_a_share_of_nothing_is_none() -> None:
    assert measure.share(np.array([True, False, False])) == 0.3333
    assert measure.share(np.array([], dtype=bool)) is None


def test_figures_that_do_not_exist_are_none() -> None:
    told = measure.finite({"auc": math.nan, "interval": [0.5, math.inf], "texts": 3, "name": "x"})
    assert told == {"auc": None, "interval": [0.5, None], "texts": 3, "name": "x"}
