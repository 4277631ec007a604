"""A canary: the texts of some accounts are judged by another model than those of the rest.

Each model has a tray of its own, so that neither sees the other's texts, memory or thresholds. Accounts go to their
tray by name; while no canary is on none of this stands in the way of a message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from filters.gate import Gate, TextRule
from smppproxy.relay.account import Account
from smppproxy.relay.judging import Judging
from smppproxy.relay.plan import RelayLimits
from smppproxy.relay.ports import Judge
from smppproxy.relay.ticket import Ticket


class Canary:
    """Two trays as one. Each has the whole of ``judge_queue``: an account is in one of them alone."""

    __slots__ = ("_chosen", "_turn", "_which", "candidate", "main")

    def __init__(
        self,
        main: Judging,
        judge: Judge,
        rule: TextRule,
        chosen: Callable[[str], bool],
        accounts: Iterable[Account],
    ) -> None:
        """``rule`` turns the candidate's verdicts into findings; what ``accounts`` have waiting goes to their tray."""
        self.main = main
        gate = Gate((), rule, main.gate.policy)
        gate.errors = main.gate.errors  # one rule to who counts its failures, whatever model it has
        self.candidate = Judging(gate, judge, main.limits, timer=main.timer)
        self.candidate.desk = main.desk
        self.candidate.traced = main.traced
        self.candidate.tap = main.tap
        self._chosen = chosen
        self._which: dict[str, Judging] = {}  # by account, as it was chosen; bounded by the accounts there are
        self._turn = False
        for account in accounts:
            if self._tray(account) is self.candidate:
                self.candidate.join(account, main.leave(account))

    @property
    def limits(self) -> RelayLimits:
        """The bounds of both trays."""
        return self.main.limits

    @limits.setter
    def limits(self, limits: RelayLimits) -> None:
        self.main.limits = self.candidate.limits = limits

    @property
    def waiting(self) -> bool:
        """Whether another run would find something to do."""
        return self.main.waiting or self.candidate.waiting

    def park(self, account: Account, tickets: Sequence[Ticket]) -> Sequence[Ticket]:
        """Put tickets of one account on its tray; return those for which there is no room."""
        return self._tray(account).park(account, tickets)

    def run(self, now: float, spent: float = 0.0) -> bool:
        """Judge one chunk of one tray, in turn. Returns whether more is waiting."""
        self._turn = not self._turn
        first, second = (self.candidate, self.main) if self._turn else (self.main, self.candidate)
        (first if first.waiting else second).run(now, spent)
        return self.waiting

    def close(self, accounts: Iterable[Account]) -> None:
        """Give what waits for the candidate, and what it has counted, to the model in use."""
        for account in accounts:
            if self._tray(account) is self.candidate:
                self.main.join(account, self.candidate.leave(account))
        self.main.absorb(self.candidate)

    def _tray(self, account: Account) -> Judging:
        tray = self._which.get(account.name)
        if tray is None:
            tray = self._which[account.name] = self.candidate if self._chosen(account.name) else self.main
        return tray
