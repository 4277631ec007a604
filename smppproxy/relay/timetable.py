"""When each link is to be looked at next: one heap, so that ten thousand quiet sessions cost nothing."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count

from smppproxy.relay.links import Link

#: Entries above which overtaken ones are thrown out, however far away their time is.
ROOM = 64


class Timetable:
    """Each link stands in it once with its earliest time; entries that were overtaken are skipped when they come up."""

    __slots__ = ("_heap", "_order", "_room")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Link]] = []
        self._order = count()
        self._room = ROOM

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, link: Link, due: float) -> None:
        """Look at ``link`` at ``due`` (monotonic seconds), unless it is to be looked at earlier anyway."""
        if due < link.next_check:
            link.next_check = due
            heapq.heappush(self._heap, (due, next(self._order), link))
            if len(self._heap) > self._room:
                self._tidy()

    def due(self, now: float) -> Iterator[Link]:
        """Take the links whose time has come. The caller adds them again."""
        while self._heap and self._heap[0][0] <= now:
            due, _, link = heapq.heappop(self._heap)
            if due == link.next_check:
                link.next_check = float("inf")
                if not link.gone:
                    yield link

    def _tidy(self) -> None:
        self._heap = [entry for entry in self._heap if entry[0] == entry[2].next_check and not entry[2].gone]
        heapq.heapify(self._heap)
        self._room = max(ROOM, 2 * len(self._heap))
