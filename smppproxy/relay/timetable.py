"""When each link is to be looked at next: one heap, so that ten thousand quiet sessions cost nothing."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count

from smppproxy.relay.links import Link


class Timetable:
    """Each link stands in it once with its earliest time; entries that were overtaken are skipped when they come up."""

    __slots__ = ("_heap", "_order")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Link]] = []
        self._order = count()

    def add(self, link: Link, due: float) -> None:
        """Look at ``link`` at ``due`` (monotonic seconds), unless it is to be looked at earlier anyway."""
        if due < link.next_check:
            link.next_check = due
            heapq.heappush(self._heap, (due, next(self._order), link))

    def due(self, now: float) -> Iterator[Link]:
        """Take the links whose time has come. The caller adds them again."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            due, _, link = heapq.heappop(heap)
            if due == link.next_check:
                link.next_check = float("inf")
                if not link.gone:
                    yield link
