"""Training of the bag: logistic regression on hashed n-grams, AdaGrad, one pass over the octets per text and epoch.

Deterministic for a seed: one thread, one order of the rows, one source of random numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from filters.text.judge import MULTIPLIER_2, MULTIPLIER_4
from filters.text.rows import GAP
from models.recipe.progress import Progress

try:
    from numba import njit
except ImportError as error:  # pragma: no cover - exercised by hand
    raise ImportError(
        'Training needs the "train" extra (numba and onnx): install smppproxy[train], or numba and onnx beside it.'
    ) from error


@dataclass(frozen=True, slots=True)
class Settings:
    """What training depends on besides the data."""

    rows_log2: int = 18  # rows of the table; 2**18 x 8 columns is 2 MB
    smoothing: int = 60  # added to the number of windows: short texts stay unsure
    epochs: int = 8
    rate: float = 0.4  # AdaGrad's, falling linearly to a tenth
    dropout: float = 0.2  # share of windows left out of each pass
    decay: float = 1e-6  # pull to zero of the rows touched
    seed: int = 1


@dataclass(slots=True)
class Packed:
    """Keys in one buffer, as the graph gets them."""

    octets: npt.NDArray[np.uint8]
    splits: npt.NDArray[np.int64]  # first window of every text, and the end

    @property
    def count(self) -> int:
        return len(self.splits) - 1


def pack(keys: Sequence[bytes]) -> Packed:
    """The keys with their gaps, and where each one's windows start."""
    octets = np.frombuffer(b"".join([GAP, GAP.join(keys), GAP, GAP]), dtype=np.uint8)
    splits = np.ones(len(keys) + 1, dtype=np.int64)
    np.cumsum(np.fromiter((len(key) + 4 for key in keys), np.int64, len(keys)), out=splits[1:])
    splits[1:] += 1
    return Packed(octets, splits)


@njit(cache=True, nogil=True)
def _rows(octets: Any, window: int, mask: int) -> Any:  # pragma: no cover - compiled
    c0, c1, c2, c3 = octets[window], octets[window + 1], octets[window + 2], octets[window + 3]
    front = (np.int64(c0) * MULTIPLIER_2 + np.int64(c1)) & 0xFFFFFFFF
    back = (np.int64(c2) * MULTIPLIER_2 + np.int64(c3)) & 0xFFFFFFFF
    four = (front * MULTIPLIER_4 + back) & 0xFFFFFFFF
    return front & mask, four & mask


@njit(cache=True, nogil=True)
def _epoch(  # pragma: no cover - compiled
    octets: Any,
    splits: Any,
    order: Any,
    goals: Any,
    weights: Any,
    table: Any,
    squares: Any,
    bias: Any,
    bias_squares: Any,
    rate: float,
    dropout: float,
    decay: float,
    smoothing: int,
    seed: int,
) -> float:
    np.random.seed(seed)
    mask = table.shape[0] - 1
    columns = table.shape[1]
    loss = 0.0
    touched = np.empty(40_000, dtype=np.int64)
    logit = np.empty(columns, dtype=np.float64)
    slope = np.empty(columns, dtype=np.float32)
    for text in order:
        first, last = splits[text], splits[text + 1]
        if 2 * (last - first) > touched.shape[0]:
            last = first + touched.shape[0] // 2
        used = 0
        logit[:] = 0.0
        for window in range(first, last):
            if dropout > 0.0 and np.random.random() < dropout:
                continue
            two, four = _rows(octets, window, mask)
            touched[used] = two
            touched[used + 1] = four
            used += 2
            for column in range(columns):
                logit[column] += table[two, column] + table[four, column]
        # what was left out is made up for, as serving leaves nothing out
        share = (last - first) / max(used // 2, 1)
        each = share / (last - first + smoothing)
        learns = False
        for column in range(columns):
            goal = goals[text, column]
            if goal < 0:  # labels.UNKNOWN
                slope[column] = 0.0
                continue
            p = 1.0 / (1.0 + np.exp(-(logit[column] * each + bias[column])))
            gradient = (p - goal) * weights[text, column]
            loss -= weights[text, column] * np.log(max(p if goal == 1 else 1.0 - p, 1e-9))
            bias_squares[column] += gradient * gradient
            bias[column] -= 0.1 * rate * gradient / np.sqrt(bias_squares[column] + 1e-8)
            slope[column] = gradient * each
            if abs(gradient) > 1e-4:
                learns = True
        if not learns:
            continue
        for index in range(used):
            row = touched[index]
            for column in range(columns):
                gradient = slope[column]
                if gradient == 0.0:
                    continue
                gradient += decay * table[row, column]
                squares[row, column] += gradient * gradient
                table[row, column] -= rate * gradient / np.sqrt(squares[row, column] + 1e-10)
    return loss / len(order)


@njit(cache=True, nogil=True)
def _sums(octets: Any, splits: Any, table: Any, out: Any) -> None:  # pragma: no cover - compiled
    mask = table.shape[0] - 1
    for text in range(len(splits) - 1):
        for window in range(splits[text], splits[text + 1]):
            two, four = _rows(octets, window, mask)
            for column in range(table.shape[1]):
                out[text, column] += table[two, column] + table[four, column]


@njit(cache=True, nogil=True)
def _count(octets: Any, splits: Any, counts: Any) -> None:  # pragma: no cover - compiled
    mask = counts.shape[0] - 1
    for window in range(splits[0], splits[-1]):
        two, four = _rows(octets, window, mask)
        counts[two] += 1
        counts[four] += 1


@dataclass(slots=True)
class Bag:
    """A trained table, still in floats."""

    table: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float64]
    smoothing: int

    def means(self, packed: Packed) -> npt.NDArray[np.float64]:
        """Sum of rows over windows plus smoothing, for every text and column: the logit without bias."""
        out = np.zeros((packed.count, self.table.shape[1]), dtype=np.float64)
        _sums(packed.octets, packed.splits, self.table, out)
        lengths = np.diff(packed.splits).astype(np.float64)
        return out / (lengths + self.smoothing)[:, None]

    def logits(self, packed: Packed) -> npt.NDArray[np.float64]:
        """Logits of every text and column."""
        return self.means(packed) + self.bias


def fit(
    packed: Packed,
    goals: npt.NDArray[np.int8],
    weights: npt.NDArray[np.float32],
    settings: Settings,
    progress: Progress | None = None,
) -> Bag:
    """Train one column per class. ``goals`` holds 1, 0 or -1 (unknown); ``weights`` says how much each row teaches."""
    columns = goals.shape[1]
    table = np.zeros((1 << settings.rows_log2, columns), dtype=np.float32)
    squares = np.zeros_like(table)
    bias = np.zeros(columns)
    bias_squares = np.zeros(columns)
    random = np.random.default_rng(settings.seed)
    for epoch in range(settings.epochs):
        rate = settings.rate * (1.0 - 0.9 * epoch / max(settings.epochs - 1, 1))
        order = random.permutation(packed.count)
        _epoch(
            packed.octets,
            packed.splits,
            order,
            goals,
            weights,
            table,
            squares,
            bias,
            bias_squares,
            rate,
            settings.dropout,
            settings.decay,
            settings.smoothing,
            settings.seed + epoch,
        )
        if progress:
            progress(epoch + 1, settings.epochs)
    return Bag(table, bias, settings.smoothing)


def count_rows(packed: Packed, rows_log2: int) -> npt.NDArray[np.int64]:
    """How often every row of the table is used by the texts."""
    counts = np.zeros(1 << rows_log2, dtype=np.int64)
    _count(packed.octets, packed.splits, counts)
    return counts
