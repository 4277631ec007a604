"""An account at work: its binds in this worker, its rate, what it has open."""

from __future__ import annotations

from smppproxy.relay.lane import Lane
from smppproxy.relay.links import Reseller
from smppproxy.relay.plan import AccountPlan
from smppproxy.smpp.states import State

_RECEIVING = frozenset({State.BOUND_RX, State.BOUND_TRX})


class Account:
    """The runtime side of an :class:`AccountPlan`. All its binds live in one worker, so that its bounds hold."""

    __slots__ = ("_credit", "_refilled", "_turn", "binds", "deliveries", "knocking", "name", "plan", "texts")

    def __init__(self, plan: AccountPlan, now: float) -> None:
        self.plan = plan
        self.name = plan.system_id.decode("latin-1")
        self.binds: list[Reseller] = []
        self.texts = Lane()  # of the judge's tray
        self.knocking: set[Reseller] = set()  # those whose bind is not decided yet
        self.deliveries = 0  # requests of the carrier that its binds have not answered
        self._credit = float("inf")  # as much as its burst allows
        self._refilled = now
        self._turn = 0

    def within_rate(self, now: float) -> bool:
        """Take one request's worth of credit: a token bucket that holds the account's burst."""
        rate = self.plan.rate
        if not rate:
            return True
        room = self.plan.burst or max(rate, 1.0)  # a second's worth where nothing is said
        credit = min(room, self._credit + (now - self._refilled) * rate)
        self._refilled = now
        if credit < 1.0:
            self._credit = credit
            return False
        self._credit = credit - 1.0
        return True

    def receiver(self) -> Reseller | None:
        """The next bind that can take a deliver_sm, in turn; None when the account has none."""
        able = [r for r in self.binds if not r.gone and r.session.state in _RECEIVING and not r.ending]
        if not able:
            return None
        self._turn += 1
        return able[self._turn % len(able)]
