"""The open requests of one direction of a session, keyed by the sequence_number we gave them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Generic, TypeVar

from smppproxy.smpp.errors import LocalMisuse

Row = TypeVar("Row")


class Window(Generic[Row]):
    """Open requests, oldest first. ``limit`` is how many the peer grants (SMPP 3.4 s. 2.6 suggests 10).

    A row is whatever the owner wants back when the answer comes. Time is an argument, in seconds, and
    must not run backwards from call to call: the order of opening is the order of expiry.
    """

    __slots__ = ("_rows", "limit")

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise LocalMisuse(f"a window of {limit} can never open a request; give at least 1")
        self.limit = limit
        self._rows: dict[int, tuple[float, Row]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, sequence_number: int) -> bool:
        return sequence_number in self._rows

    @property
    def free(self) -> int:
        """How many more requests the peer grants now; never negative."""
        return max(0, self.limit - len(self._rows))

    def open(self, sequence_number: int, row: Row, now: float) -> None:
        """Remember a request that goes out. Raises LocalMisuse when the number is still open.

        The limit is the caller's to ask (:attr:`free`): a request that must pass may exceed it.
        """
        if sequence_number in self._rows:
            raise LocalMisuse(f"sequence_number {sequence_number} is still waiting for its answer")
        self._rows[sequence_number] = (now, row)

    def open_many(self, sequence_numbers: Sequence[int], rows: Iterable[Row], now: float) -> None:
        """Remember a batch, one row for each number. Raises LocalMisuse, opening none, when one is still open."""
        if not self._rows.keys().isdisjoint(sequence_numbers):
            taken = next(number for number in sequence_numbers if number in self._rows)
            raise LocalMisuse(f"sequence_number {taken} is still waiting for its answer")
        self._rows.update(zip(sequence_numbers, zip(repeat(now), rows), strict=False))

    def close(self, sequence_number: int) -> Row | None:
        """Take the request that an answer belongs to; None when the answer matches nothing."""
        entry = self._rows.pop(sequence_number, None)
        return None if entry is None else entry[1]

    def expired(self, before: float) -> list[Row]:
        """Take every request opened earlier than ``before``, oldest first. Costs what it returns, not what is open."""
        return [row for _, row in self.expired_items(before)]

    def expired_items(self, before: float) -> list[tuple[int, Row]]:
        """As :meth:`expired`, each with its sequence_number."""
        late: list[tuple[int, Row]] = []
        for sequence_number, (opened, row) in self._rows.items():
            if opened >= before:
                break
            late.append((sequence_number, row))
        for sequence_number, _ in late:
            del self._rows[sequence_number]
        return late

    def oldest(self) -> float | None:
        """When the oldest open request was opened; None when nothing is open."""
        for opened, _ in self._rows.values():
            return opened
        return None

    def drain(self) -> list[Row]:
        """Take everything, oldest first: the link is lost."""
        rows = [row for _, row in self._rows.values()]
        self._rows.clear()
        return rows
