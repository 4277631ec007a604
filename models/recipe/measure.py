"""Figures: recall at a false-positive rate, area under the curve, calibration error, confidence intervals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]


def share(hits: npt.NDArray[np.bool_], digits: int = 4) -> float | None:
    """The share of hits, rounded; None where there is nothing to take a share of."""
    return round(float(hits.mean()), digits) if len(hits) else None


def finite(value: Any) -> Any:
    """The same figures with None for those that do not exist: JSON knows no NaN."""
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def recall_at(positive: Scores, negative: Scores, rate: float) -> float:
    """Share of positives above the threshold that lets ``rate`` of the negatives through as false positives."""
    if not len(positive) or not len(negative):
        return math.nan
    return float((positive > threshold_at(negative, rate)).mean())


def threshold_at(negative: Scores, rate: float) -> float:
    """The score that at most ``rate`` of the negatives exceed."""
    ordered = np.sort(negative)
    return float(ordered[min(len(ordered) - 1, math.ceil(len(ordered) * (1.0 - rate)) - 1)])


def auc(positive: Scores, negative: Scores) -> float:
    """Area under the ROC curve: how often a positive scores above a negative, ties half."""
    if not len(positive) or not len(negative):
        return math.nan
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, "left")
    upto = np.searchsorted(ordered, positive, "right")
    return float((below + upto).sum() / 2.0 / len(positive) / len(negative))


def calibration_error(probabilities: Scores, truth: npt.NDArray[np.int8], bins: int = 15) -> float:
    """Expected calibration error: mean distance of confidence and frequency over equal bins of probability."""
    if not len(truth):
        return math.nan
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    error = 0.0
    for number in range(bins):
        inside = which == number
        if inside.any():
            error += float(inside.mean()) * abs(float(probabilities[inside].mean()) - float(truth[inside].mean()))
    return error


def wilson(share: float, count: int) -> tuple[float, float]:
    """95 % interval of a share measured on ``count`` texts."""
    if not count or math.isnan(share):
        return math.nan, math.nan
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def precision_recall(positive: Scores, negative: Scores, threshold: float) -> tuple[float, float, float]:
    """Precision, recall and F1 at a threshold."""
    hits, wrong = float((positive >= threshold).sum()), float((negative >= threshold).sum())
    precision = hits / (hits + wrong) if hits + wrong else math.nan
    recall = hits / len(positive) if len(positive) else math.nan
    if math.isnan(precision) or math.isnan(recall) or precision + recall == 0:
        return precision, recall, math.nan
    return precision, recall, 2 * precision * recall / (precision + recall)


def roc(positive: Scores, negative: Scores) -> tuple[Scores, Scores]:
    """The ROC curve: false-positive rates, ascending from 0 to 1, and the recall at each."""
    wrong, hits = _passed(positive, negative)
    return wrong / max(len(negative), 1), hits / max(len(positive), 1)


def precision_curve(positive: Scores, negative: Scores) -> tuple[Scores, Scores]:
    """The precision-recall curve: recalls, ascending, and the precision at each."""
    wrong, hits = _passed(positive, negative)
    some = hits + wrong > 0
    return hits[some] / max(len(positive), 1), hits[some] / (hits + wrong)[some]


def _passed(positive: Scores, negative: Scores) -> tuple[Scores, Scores]:
    """How many negatives and positives reach each threshold, from none to all; equal scores pass together."""
    limits = np.unique(np.concatenate([positive, negative]))
    found = [len(each) - np.searchsorted(np.sort(each), limits, "left") for each in (negative, positive)]
    wrong, hits = (np.concatenate([counts, [0]])[::-1].astype(np.float64) for counts in found)
    # the curve begins at none and keeps the order of falling limits
    return np.sort(wrong), np.sort(hits)


def reliability(probabilities: Scores, truth: npt.NDArray[np.int8], bins: int = 10) -> list[tuple[float, float, int]]:
    """Equal bins of probability that hold texts: mean probability, share that is true, number of texts."""
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    inside = [which == number for number in range(bins)]
    return [(float(probabilities[i].mean()), float(truth[i].mean()), int(i.sum())) for i in inside if i.any()]
