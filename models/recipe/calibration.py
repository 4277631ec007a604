"""From raw scores to probabilities, and from floats to the octets of the graph."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def calibrate(
    scores: npt.NDArray[np.float64], goals: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Slope and offset of every column by Platt's method (logistic regression on the logit, Newton's steps)."""
    columns = scores.shape[1]
    slope, offset = np.ones(columns), np.zeros(columns)
    for column in range(columns):
        known = goals[:, column] >= 0
        x, y = scores[known, column], goals[known, column].astype(float)
        if not 0 < y.sum() < len(y):
            continue
        a, b = 1.0, 0.0
        for _ in range(30):
            p = 1.0 / (1.0 + np.exp(-np.clip(a * x + b, -40, 40)))
            error, curve = p - y, np.maximum(p * (1 - p), 1e-9)
            gradient = np.array([(error * x).mean() + 1e-4 * (a - 1.0), error.mean()])
            hessian = np.array(
                [[(curve * x * x).mean() + 1e-4, (curve * x).mean()], [(curve * x).mean(), curve.mean() + 1e-9]]
            )
            step = np.linalg.solve(hessian, gradient)
            a, b = a - float(step[0]), b - float(step[1])
            if abs(step).max() < 1e-6:
                break
        if a > 0.05:
            slope[column], offset[column] = a, b
    return slope, offset


def quantise(table: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """int8 rows and the worth of one step per column; the top ten-thousandth of the weights is clipped."""
    used = np.abs(table)
    top = np.maximum(np.quantile(used, 0.9999, axis=0), 1e-6)
    return np.clip(np.rint(table / top * 127), -127, 127).astype(np.int8), (top / 127).astype(np.float32)
