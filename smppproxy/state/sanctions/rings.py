"""A sliding window: how many verdicts and messages of one subject fell into the last so many seconds.

A window is cut into sixty buckets. What is counted is the bucket of the moment and the 59 before it, so that a sum
covers between 59/60 of the window and all of it, and never anything older than the window: who is sanctioned was over
the limit. Within that, sums are exact.
"""

from __future__ import annotations

from array import array
from enum import IntEnum
from typing import Any, Final

BUCKETS: Final = 60  # of a window; the error is one of them, 1.7 %. A ring takes some 1.5 KB


class Column(IntEnum):
    """What a ring counts."""

    ENFORCED = 0  # verdicts of filters that enforce
    OBSERVED = 1  # verdicts of filters that only observe
    MESSAGES = 2  # all messages, whatever became of them


class Ring:
    """The counts of one window. All times are seconds on one line that never goes back."""

    __slots__ = ("_columns", "_newest", "size", "width")

    def __init__(self, span: int) -> None:
        """``span`` is the window in seconds."""
        self.width = max(1, -(-span // BUCKETS))
        self.size = max(1, span // self.width)
        self._newest = 0  # number of the bucket that stands first
        self._columns = [array("Q", bytes(8 * self.size)) for _ in Column]

    def add(self, column: Column, at: float, amount: int, now: float) -> bool:
        """Count something that happened at ``at``; False where that is older than the window."""
        self._turn(now)
        age = max(0, self._newest - int(at // self.width))
        if age >= self.size:
            return False
        self._columns[column][age] += amount
        return True

    def take(self, column: Column, at: float, amount: int, now: float) -> bool:
        """Take back what was counted; False where it is not in the window any more."""
        self._turn(now)
        age = max(0, self._newest - int(at // self.width))
        if age >= self.size or self._columns[column][age] < amount:
            return False
        self._columns[column][age] -= amount
        return True

    def sum(self, column: Column, now: float, since: float | None = None, held: int = 0) -> int:
        """Return what the window holds; with ``since`` only from then on.

        ``held`` is what the bucket of that moment held already, see :meth:`newest`.
        """
        self._turn(now)
        counts = self._columns[column]
        if since is None:
            return sum(counts)
        age = self._newest - int(since // self.width)
        if age >= self.size:  # longer ago than the window
            return sum(counts)
        return max(0, sum(counts[: max(0, age + 1)]) - held)

    def newest(self, now: float) -> tuple[int, ...]:
        """Return what the bucket of the moment holds, by column."""
        self._turn(now)
        return tuple(counts[0] for counts in self._columns)

    def _turn(self, now: float) -> None:
        """Bring the bucket of the moment to the front."""
        ahead = int(now // self.width) - self._newest
        if ahead <= 0:
            return
        self._newest += ahead
        ahead = min(ahead, self.size)
        for counts in self._columns:
            if ahead < self.size:
                counts[ahead:] = counts[: self.size - ahead]
            counts[:ahead] = array("Q", bytes(8 * ahead))

    def packed(self) -> list[Any]:
        """Return the ring as plain data; empty buckets at the end are left out."""
        return [self._newest, *(_trimmed(counts) for counts in self._columns)]

    @classmethod
    def unpacked(cls, span: int, data: list[Any]) -> Ring:
        """Return the ring that gave this data."""
        ring = cls(span)
        ring._newest = data[0]
        for counts, found in zip(ring._columns, data[1:], strict=True):
            counts[: len(found)] = array("Q", found[: ring.size])
        return ring


def _trimmed(counts: array[int]) -> list[int]:
    found = counts.tolist()
    while found and not found[-1]:
        found.pop()
    return found
