"""Near-duplicate groups: splits go by group, so that a text is never measured on its own copy.

MinHash over windows of six octets of the normalised key, 16 hashes in 4 bands: texts that share about two thirds of
their windows meet in a band and are joined.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from filters.text import rows
from models.recipe.fit import Packed

BANDS = 4
ROWS = 4
_WINDOW = 6
GAP = len(rows.GAP)


@njit(cache=True)
def _minhash(octets: Any, splits: Any, factors: Any, out: Any) -> None:  # pragma: no cover - compiled
    for text in range(len(splits) - 1):
        first, last = splits[text] + GAP, splits[text + 1]
        for k in range(len(factors)):
            out[text, k] = np.uint64(0xFFFFFFFFFFFFFFFF)
        for at in range(first, max(last - _WINDOW + 1, first + 1)):
            value = np.uint64(14695981039346656037)
            for step in range(_WINDOW):
                value = (value ^ np.uint64(octets[min(at + step, len(octets) - 1)])) * np.uint64(1099511628211)
            for k in range(len(factors)):
                mixed = value * factors[k]
                mixed ^= mixed >> np.uint64(29)
                if mixed < out[text, k]:
                    out[text, k] = mixed


def groups(packed: Packed) -> npt.NDArray[np.int64]:
    """A group number for every text."""
    random = np.random.default_rng(7)
    factors = random.integers(1, 1 << 63, BANDS * ROWS, dtype=np.uint64) | np.uint64(1)
    hashes = np.empty((packed.count, BANDS * ROWS), dtype=np.uint64)
    _minhash(packed.octets, packed.splits, factors, hashes)
    parent = np.arange(packed.count, dtype=np.int64)
    keys = []
    for band in range(BANDS):
        key = hashes[:, band * ROWS].copy()
        for row in range(1, ROWS):
            key = key * np.uint64(31) + hashes[:, band * ROWS + row]
        keys.append(key)
    for key in keys:
        order = np.argsort(key, kind="stable").astype(np.int64)
        _join(parent, order, key)
    _flatten(parent)
    return parent


@njit(cache=True)
def _root(parent: Any, node: int) -> int:  # pragma: no cover - compiled
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@njit(cache=True)
def _join(parent: Any, order: Any, key: Any) -> None:  # pragma: no cover - compiled
    for at in range(1, len(order)):
        if key[order[at]] == key[order[at - 1]]:
            a, b = _root(parent, order[at]), _root(parent, order[at - 1])
            if a != b:
                parent[max(a, b)] = min(a, b)


@njit(cache=True)
def _flatten(parent: Any) -> None:  # pragma: no cover - compiled
    for node in range(len(parent)):
        parent[node] = _root(parent, node)
