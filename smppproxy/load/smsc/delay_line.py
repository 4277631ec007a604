"""Many delayed actions on one timer: a timer per answer would cost more than the answer."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count


class DelayLine:
    """Runs actions in the order they fall due; equal times keep the order they were put in."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None
        self._armed = 0.0  # when the timer fires; uvloop's handles cannot always be asked

    def put(self, delay: float, act: Callable[[], None]) -> None:
        """Run ``act`` in ``delay`` seconds (0: on the next tick of the loop)."""
        due = self._loop.time() + delay
        heapq.heappush(self._heap, (due, next(self._order), act))
        if self._heap[0][0] == due:
            self._arm(due)

    def clear(self) -> None:
        """Forget everything that is not due yet."""
        self._heap.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, due: float) -> None:
        if self._timer is not None:
            if self._armed <= due:
                return
            self._timer.cancel()
        self._armed = due
        self._timer = self._loop.call_at(due, self._run)

    def _run(self) -> None:
        self._timer = None
        # timers fire up to a clock step early: what is due within it goes along
        now = self._loop.time() + 0.0005
        while self._heap and self._heap[0][0] <= now:
            heapq.heappop(self._heap)[2]()
        if self._heap:
            self._arm(self._heap[0][0])
