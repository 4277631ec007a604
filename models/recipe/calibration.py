"""From raw scores to probabilities, and from floats to the octets of the graph."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def probabilities(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The logistic function, of numbers of any size."""
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -40, 40)))


def calibrate(
    scores: npt.NDArray[np.float64], goals: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Slope and offset of every column by Platt's method: logistic regression on the score."""
    columns = scores.shape[1]
    slope, offset = np.ones(columns), np.zeros(columns)
    for column in range(columns):
        known = goals[:, column] >= 0
        x, y = scores[known, column], goals[known, column].astype(float)
        if 0 < y.sum() < len(y):
            slope[column], offset[column] = _platt(x, y)
    return slope, offset


def _platt(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Newton's steps, each halved until the loss falls: where most scores are far from zero a whole one overshoots."""
    spread = max(float(x.std()), 1e-9)
    z = np.stack([x / spread, np.ones(len(x))], axis=1)
    at = np.array([spread, 0.0])
    loss = _loss(z @ at, y)
    for _ in range(60):
        p = probabilities(z @ at)
        gradient = z.T @ (p - y) / len(y)
        curve = (z * np.maximum(p * (1 - p), 1e-9)[:, None]).T @ z / len(y)
        step = np.linalg.solve(curve + 1e-9 * np.eye(2), gradient)
        share = 1.0
        while (next_loss := _loss(z @ (at - share * step), y)) > loss and share > 1e-6:
            share /= 2
        if next_loss > loss:
            break
        at = at - share * step
        if loss - next_loss < 1e-10:
            break
        loss = next_loss
    if at[0] <= 0.05 * spread:  # the score says nothing of this column
        return 1.0, 0.0
    return float(at[0] / spread), float(at[1])


def _loss(logits: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    return float((np.logaddexp(0.0, logits) - y * logits).mean())


def quantise(table: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """int8 rows and the worth of one step per column; the top ten-thousandth of the weights is clipped."""
    used = np.abs(table)
    top = np.maximum(np.quantile(used, 0.9999, axis=0), 1e-6)
    return np.clip(np.rint(table / top * 127), -127, 127).astype(np.int8), (top / 127).astype(np.float32)
