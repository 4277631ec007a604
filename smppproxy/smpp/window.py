"""The open requests of one direction of a session, keyed by the sequence_number we gave them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from smppproxy.smpp.errors import LocalMisuse
from smppproxy.smpp.kernel import Frame, close_rows, hand_back, send_on

Row = TypeVar("Row")


class Window(Generic[Row]):
    """Open requests, oldest first. ``limit`` is how many the peer grants (SMPP 3.4 s. 2.6 suggests 10).

    A row is whatever the owner wants back when the answer comes; ``since`` reads from it when the request began, in
    seconds. Rows are opened in the order of their beginnings, give or take what cannot matter to a timeout.
    """

    __slots__ = ("_rows", "_since", "limit")

    def __init__(self, limit: int, since: Callable[[Row], float]) -> None:
        if limit < 1:
            raise LocalMisuse(f"a window of {limit} can never open a request; give at least 1")
        self.limit = limit
        self._since = since
        self._rows: dict[int, Row] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        """The open requests, oldest first."""
        return iter(self._rows.values())

    def __contains__(self, sequence_number: int) -> bool:
        return sequence_number in self._rows

    @property
    def free(self) -> int:
        """How many more requests the peer grants now; never negative."""
        return max(0, self.limit - len(self._rows))

    def open(self, sequence_number: int, row: Row) -> None:
        """Remember a request that goes out. Raises LocalMisuse when the number is still open.

        The limit is the caller's to ask (:attr:`free`): a request that must pass may exceed it.
        """
        if sequence_number in self._rows:
            raise LocalMisuse(f"sequence_number {sequence_number} is still waiting for its answer")
        self._rows[sequence_number] = row

    def open_many(self, sequence_numbers: Sequence[int], rows: Iterable[Row]) -> None:
        """Remember a batch, a row for each number. Raises LocalMisuse, and opens none, when a number is still open."""
        if not self._rows.keys().isdisjoint(sequence_numbers):
            taken = next(number for number in sequence_numbers if number in self._rows)
            raise LocalMisuse(f"sequence_number {taken} is still waiting for its answer")
        self._rows.update(zip(sequence_numbers, rows, strict=False))

    def close(self, sequence_number: int) -> Row | None:
        """Take the request that an answer belongs to; None when the answer matches nothing."""
        return self._rows.pop(sequence_number, None)

    def close_many(self, answers: list[Frame]) -> list[Row | None]:
        """As :meth:`close`, for the answers of one read."""
        return close_rows(self._rows, answers)

    def send_on(self, first: int, rows: list[Frame], spend: bool = False) -> bytes:
        """Remember requests that are their own rows, under the numbers from ``first`` on; return them as they go out.

        Raises LocalMisuse, and opens none, when a number is still open. See ``kernel.send_on``.
        """
        return send_on(self._rows, rows, first, spend)

    def hand_back(self, answers: list[Frame]) -> tuple[list[Frame], list[Any], bytes, bytes] | None:
        """Take the requests that answers belong to, and the answers as they go back; None where one matches nothing.

        See ``kernel.hand_back``.
        """
        return hand_back(self._rows, answers)

    def expired(self, before: float) -> list[Row]:
        """Take every request begun earlier than ``before``, oldest first. Costs what it returns, not what is open."""
        return [row for _, row in self.expired_items(before)]

    def expired_items(self, before: float) -> list[tuple[int, Row]]:
        """As :meth:`expired`, each with its sequence_number."""
        late: list[tuple[int, Row]] = []
        for sequence_number, row in self._rows.items():
            if self._since(row) >= before:
                break
            late.append((sequence_number, row))
        for sequence_number, _ in late:
            del self._rows[sequence_number]
        return late

    def oldest(self) -> float | None:
        """When the oldest open request began; None when nothing is open."""
        for row in self._rows.values():
            return self._since(row)
        return None

    def drain(self) -> list[Row]:
        """Take everything, oldest first: the link is lost."""
        rows = list(self._rows.values())
        self._rows.clear()
        return rows
