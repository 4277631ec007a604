"""Receipts that came before the answer that names their message: kept, and looked at again a few times."""

from __future__ import annotations

import heapq
from itertools import count
from typing import Final

import msgspec

from smppproxy.relay.links import Carrier
from smppproxy.smpp.kernel import Frame

#: When an early receipt is looked at again, as parts of the time it may wait. Each look asks the routes on disk for
#: every spelling of its message_id, so a flood of unknown ones must not be asked for at every tick.
LOOKS: Final = (0.02, 0.06, 0.2, 0.5, 1.0)

#: Early receipts per worker; an SMSC's window bounds them to some hundreds. What comes beyond is asked to come again.
LIMIT: Final = 1000


class Early(msgspec.Struct, gc=False):
    """A receipt whose owner is not known yet."""

    carrier: Carrier
    frame: Frame
    spellings: tuple[str, ...]
    since: float
    looks: int = 0


class EarlyReceipts:
    """The receipts that wait, by the time of their next look."""

    __slots__ = ("_heap", "_order", "wait")

    def __init__(self, wait: float) -> None:
        """``wait``: seconds a receipt may wait for the answer it overtook."""
        self.wait = wait
        self._heap: list[tuple[float, int, Early]] = []
        self._order = count()

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, early: Early) -> bool:
        """Let a receipt wait for its next look; False when it waited long enough, or there is no room."""
        if early.looks >= len(LOOKS) or len(self._heap) >= LIMIT:
            return False
        again = early.since + self.wait * LOOKS[early.looks]
        early.looks += 1
        heapq.heappush(self._heap, (again, next(self._order), early))
        return True

    def due(self, now: float) -> list[Early]:
        """Take those to be looked at now."""
        taken: list[Early] = []
        while self._heap and self._heap[0][0] <= now + 1e-9:
            taken.append(heapq.heappop(self._heap)[2])
        return taken
