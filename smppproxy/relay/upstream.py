"""One upstream in this worker: its links, and the requests that wait for credit on them."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable

from smppproxy.relay.links import Carrier
from smppproxy.relay.plan import UpstreamPlan
from smppproxy.relay.ticket import Ticket
from smppproxy.smpp.states import State

#: Redial delays grow from the first to the last, seconds; a carrier that is back is found within the last one.
REDIAL_FIRST = 0.5
REDIAL_LAST = 60.0

#: Different statuses of an SMSC that are counted apart, so that one which makes numbers up costs nothing.
STATUSES_LIMIT = 64

#: Where the statuses beyond those are counted.
OTHER_STATUSES = -1

_TRANSMITTING = frozenset({State.BOUND_TX, State.BOUND_TRX})


class Backoff:
    """Redial delays: the first within 1 s, then doubling to 60 s, with jitter so that nodes do not knock together."""

    __slots__ = ("_chance", "_step")

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._step = REDIAL_FIRST

    def next(self) -> float:
        """Return the seconds to wait before the next attempt."""
        step = self._step
        self._step = min(step * 2, REDIAL_LAST)
        return step * self._chance.uniform(0.5, 1.0)

    def reset(self) -> None:
        """Begin anew after a link that worked."""
        self._step = REDIAL_FIRST


class Upstream:
    """Shared links (pooled) or the links of the resellers they are paired with."""

    __slots__ = ("attempted", "carriers", "plan", "refusals", "traced", "waiting")

    def __init__(self, plan: UpstreamPlan, traced: bool = False) -> None:
        self.plan = plan
        self.traced = traced  # a recorder reads requests when they are answered
        self.carriers: list[Carrier] = []
        self.waiting: deque[Ticket] = deque()
        self.refusals: dict[int, int] = {}  # answers of the SMSC by their status, where that is not 0
        self.attempted = plan.paired or plan.binds == 0  # a pooled link was bound, or its first attempt has failed

    def refused(self, statuses: Iterable[int]) -> None:
        """Count answers of the SMSC that are not ESME_ROK."""
        counts = self.refusals
        for status in statuses:
            key = status if status in counts or len(counts) < STATUSES_LIMIT else OTHER_STATUSES
            counts[key] = counts.get(key, 0) + 1

    @property
    def usable(self) -> bool:
        """Whether a request can be sent on now or later without a new link (pooled)."""
        return any(self.transmits(carrier) for carrier in self.carriers)

    def roomiest(self) -> Carrier | None:
        """The bound link with the most free window, or None when none has credit."""
        best: Carrier | None = None
        free = 0
        for carrier in self.carriers:
            if self.transmits(carrier) and carrier.window.free > free:
                best, free = carrier, carrier.window.free
        return best

    @staticmethod
    def transmits(carrier: Carrier) -> bool:
        """Whether requests can be sent on a link now."""
        return carrier.bound and not carrier.ending and carrier.session.state in _TRANSMITTING
