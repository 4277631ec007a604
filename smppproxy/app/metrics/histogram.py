"""A log-linear histogram: fixed memory, one addition per observation, quantiles to 6 percent."""

from __future__ import annotations

from collections.abc import Iterable
from math import frexp, ldexp
from typing import Any, Final

STEPS: Final = 16  # linear steps per power of two: a bucket is at most 1/16 wide
LEAST_POWER: Final = -20  # 1 µs; what is faster falls into the first bucket
MOST_POWER: Final = 7  # 128 s; what is slower falls into the last
_BUCKETS: Final = (MOST_POWER - LEAST_POWER) * STEPS
_LEAST: Final = ldexp(1.0, LEAST_POWER)
_MOST: Final = ldexp(1.0, MOST_POWER)
_SHIFT: Final = -(LEAST_POWER + 1) * STEPS - STEPS


class Histogram:
    """Counts observations of seconds. Not thread-safe, like everything in a worker's loop."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * _BUCKETS
        self.total = 0.0  # sum of everything observed, s

    def observe(self, seconds: float) -> None:
        """Count one observation."""
        if _LEAST <= seconds < _MOST:
            mantissa, power = frexp(seconds)
            self.counts[power * STEPS + int(mantissa * (2 * STEPS)) + _SHIFT] += 1
        elif seconds >= _MOST:
            self.counts[-1] += 1
        else:
            self.counts[0] += 1
        self.total += seconds

    @property
    def count(self) -> int:
        """How many observations there were."""
        return sum(self.counts)

    def quantile(self, share: float) -> float:
        """Return the upper end of the bucket in which a share (0 to 1) of the observations is reached; 0.0 if none."""
        wanted = share * self.count
        seen = 0
        for at, count in enumerate(self.counts):
            seen += count
            if count and seen >= wanted:
                return upper_end(at)
        return 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-able data, empty buckets left out."""
        return {"total": self.total, "counts": {str(at): count for at, count in enumerate(self.counts) if count}}

    def add(self, data: dict[str, Any]) -> None:
        """Add what :meth:`as_dict` of another one returned."""
        self.total += data["total"]
        for at, count in data["counts"].items():
            self.counts[int(at)] += count

    def cumulated(self) -> Iterable[tuple[float, int]]:
        """Yield (upper end, observations up to it) at every power of two."""
        seen = 0
        for first in range(0, _BUCKETS, STEPS):
            seen += sum(self.counts[first : first + STEPS])
            yield upper_end(first + STEPS - 1), seen


def upper_end(at: int) -> float:
    """Return the upper end of a bucket in seconds."""
    power, step = divmod(at, STEPS)
    return ldexp(1.0 + (step + 1) / STEPS, power + LEAST_POWER)
