"""Training of the bag: logistic regression on hashed n-grams, AdaGrad, one pass over the octets per text and epoch.

Deterministic for a seed: one thread, one order of the rows, one source of random numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from filters.text.dense import ESCAPE
from filters.text.rows import GAP, IN_GAP, MULTIPLIERS, ORDERS, hash_shift
from models.recipe.progress import Progress

try:
    from numba import njit
except ImportError as error:  # pragma: no cover - exercised by hand
    raise ImportError(
        'Training needs the "train" extra (numba and onnx): install smppproxy[train], or numba and onnx beside it.'
    ) from error


_GAP = len(GAP)


@dataclass(frozen=True, slots=True)
class Settings:
    """What training depends on besides the data."""

    rows_log2: int = 19  # rows of the table; 2**19 x 8 columns is 4 MB
    smoothing: int = 30  # added to the number of windows: short texts stay unsure
    power: float = 0.65  # of that number, by which the sum is divided: at 1 what is long needs more than what is short
    epochs: int = 3
    rate: float = 0.4  # AdaGrad's, falling linearly to a tenth
    dropout: float = 0.05  # share of windows left out of each pass
    decay: float = 1e-6  # pull to zero of the rows touched
    seed: int = 1


@dataclass(slots=True)
class Packed:
    """Keys in one buffer, each behind a gap."""

    octets: npt.NDArray[np.uint8]
    splits: npt.NDArray[np.int64]  # where every text's gap begins, and the end
    places: npt.NDArray[np.int64]  # where windows begin
    bounds: npt.NDArray[np.int64]  # of every text's windows among them, and the end

    @property
    def count(self) -> int:
        return len(self.splits) - 1


def pack(keys: Sequence[bytes]) -> Packed:
    """The keys with their gaps, and where each one's windows begin."""
    octets = np.frombuffer(b"".join([GAP, GAP.join(keys), GAP, GAP]), dtype=np.uint8)
    splits = np.zeros(len(keys) + 1, dtype=np.int64)
    np.cumsum(np.fromiter((len(key) + len(GAP) for key in keys), np.int64, len(keys)), out=splits[1:])
    return Packed(octets, splits, *_places(octets, splits))


@njit(cache=True, nogil=True)
def _places(octets: Any, splits: Any) -> Any:  # pragma: no cover - compiled
    """As :func:`filters.text.rows.places` says, of all texts."""
    places = np.empty(len(octets), dtype=np.int64)
    bounds = np.zeros(len(splits), dtype=np.int64)
    count = 0
    for text in range(len(splits) - 1):
        at, end = splits[text] + _GAP, splits[text + 1]
        for before in IN_GAP:
            places[count] = at + before
            count += 1
        while at < end:
            places[count] = at
            count += 1
            lead = octets[at]
            if lead < 0x80:
                at += 1
            elif lead < ESCAPE:
                at += 2
            elif at + 1 < end and 0xD8 <= octets[at + 1] <= 0xDE:
                at += 4
            else:
                at += 3
        bounds[text + 1] = count
    return places[:count].copy(), bounds


#: A text that no class is further off than this is passed over: nothing is left to learn from it, and time is saved.
LEARNT = 1e-3

_SHORT, _LONG = ORDERS
_MULTIPLY_SHORT, _MULTIPLY_LONG = (np.uint64(multiplier) for multiplier in MULTIPLIERS)
_OCTET = np.uint64(8)


@njit(cache=True, nogil=True)
def _rows(octets: Any, window: int, shift: Any) -> Any:  # pragma: no cover - compiled
    short = np.uint64(0)
    for at in range(_SHORT - 1, -1, -1):
        short = short << _OCTET | np.uint64(octets[window + at])
    long = np.uint64(0)
    for at in range(_LONG - 1, -1, -1):
        long = long << _OCTET | np.uint64(octets[window + at])
    return np.int64(short * _MULTIPLY_SHORT >> shift), np.int64(long * _MULTIPLY_LONG >> shift)


@njit(cache=True, nogil=True)
def _epoch(  # pragma: no cover - compiled
    octets: Any,
    places: Any,
    bounds: Any,
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
    power: float,
    shift: Any,
    seed: int,
) -> float:
    np.random.seed(seed)
    columns = table.shape[1]
    loss = 0.0
    touched = np.empty(40_000, dtype=np.int64)
    logit = np.empty(columns, dtype=np.float64)
    slope = np.empty(columns, dtype=np.float32)
    for text in order:
        first, last = bounds[text], bounds[text + 1]
        if 2 * (last - first) > touched.shape[0]:
            last = first + touched.shape[0] // 2
        used = 0
        logit[:] = 0.0
        for window in range(first, last):
            if dropout > 0.0 and np.random.random() < dropout:
                continue
            short, long = _rows(octets, places[window], shift)
            touched[used] = short
            touched[used + 1] = long
            used += 2
            for column in range(columns):
                logit[column] += table[short, column] + table[long, column]
        # what was left out is made up for, as serving leaves nothing out
        share = (last - first) / max(used // 2, 1)
        each = share / (last - first + smoothing) ** power
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
            if abs(gradient) > LEARNT:
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
def _sums(
    octets: Any, places: Any, bounds: Any, table: Any, shift: Any, out: Any
) -> None:  # pragma: no cover - compiled
    for text in range(len(bounds) - 1):
        for window in range(bounds[text], bounds[text + 1]):
            short, long = _rows(octets, places[window], shift)
            for column in range(table.shape[1]):
                out[text, column] += table[short, column] + table[long, column]


@dataclass(slots=True)
class Bag:
    """A trained table, still in floats."""

    table: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float64]
    smoothing: int
    power: float

    def means(self, packed: Packed) -> npt.NDArray[np.float64]:
        """Sum of rows over (windows and smoothing) raised to the power, by text and column: the logit without bias."""
        out = np.zeros((packed.count, self.table.shape[1]), dtype=np.float64)
        _sums(packed.octets, packed.places, packed.bounds, self.table, np.uint64(hash_shift(len(self.table))), out)
        lengths = np.diff(packed.bounds).astype(np.float64)
        return out / ((lengths + self.smoothing) ** self.power)[:, None]

    def logits(self, packed: Packed) -> npt.NDArray[np.float64]:
        """Logits of every text and column."""
        return self.means(packed) + self.bias


def average(bags: Sequence[Bag]) -> Bag:
    """One bag that says the mean of what several say: the same size, and surer of what all of them learnt."""
    first = bags[0]
    table: npt.NDArray[np.float32] = np.mean([bag.table for bag in bags], axis=0, dtype=np.float32)
    return Bag(table, np.mean([bag.bias for bag in bags], axis=0), first.smoothing, first.power)


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
            packed.places,
            packed.bounds,
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
            settings.power,
            np.uint64(hash_shift(len(table))),
            settings.seed + epoch,
        )
        if progress:
            progress(epoch + 1, settings.epochs)
    return Bag(table, bias, settings.smoothing, settings.power)
