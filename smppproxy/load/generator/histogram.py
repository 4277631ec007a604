"""Latencies in a log-linear histogram: constant memory, error below 1 % of the value, merged by adding."""

from __future__ import annotations

from collections import Counter
from typing import Final

_BITS: Final = 7  # a power of two is cut into 2**7 = 128 steps: 0.8 % resolution
_STEPS: Final = 1 << _BITS


def bucket(value: int) -> int:
    """Index of the bucket ``value`` (not negative) falls into; exact below 256."""
    shift = value.bit_length() - _BITS - 1
    return value if shift <= 0 else (shift << _BITS) + (value >> shift)


def lower_edge(index: int) -> int:
    """The least value of a bucket: the inverse of :func:`bucket`."""
    if index < 2 * _STEPS:
        return index
    shift = (index >> _BITS) - 1
    return (index - (shift << _BITS)) << shift


class Histogram:
    """Counts of latencies in nanoseconds."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.count = 0
        self.total = 0
        self.least = 0
        self.most = 0

    def add(self, value: int, times: int = 1) -> None:
        """Count ``value`` nanoseconds ``times`` times; a negative one (the clock moved) counts as 0."""
        value = max(0, value)
        self._counts[bucket(value)] += times
        self.least = min(self.least, value) if self.count else value
        self.most = max(self.most, value)
        self.count += times
        self.total += value * times

    def merge(self, other: Histogram) -> None:
        """Add another histogram's counts to this one."""
        if not other.count:
            return
        self.least = min(self.least, other.least) if self.count else other.least
        self.most = max(self.most, other.most)
        self._counts.update(other._counts)
        self.count += other.count
        self.total += other.total

    def percentile(self, percent: float) -> int:
        """The value ``percent`` of all values do not exceed, in nanoseconds (middle of its bucket); 0 when empty."""
        if not self.count:
            return 0
        wanted = max(1, round(self.count * percent / 100))
        seen = 0
        for index in sorted(self._counts):
            seen += self._counts[index]
            if seen >= wanted:
                middle = (lower_edge(index) + lower_edge(index + 1) - 1) // 2
                return min(max(middle, self.least), self.most)
        return self.most

    def summary(self) -> dict[str, float]:
        """Microseconds for reports."""
        mean = self.total / self.count if self.count else 0.0
        named = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p99_9": 99.9}
        return {
            "min": round(self.least / 1000, 1),
            "mean": round(mean / 1000, 1),
            **{name: round(self.percentile(percent) / 1000, 1) for name, percent in named.items()},
            "max": round(self.most / 1000, 1),
        }
