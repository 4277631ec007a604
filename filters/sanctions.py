"""Sanctions that hold whatever rules are on: of whole accounts, and the pace that a throttle leaves."""

from __future__ import annotations

from typing import Final, Protocol

from filters.contract import Finding, Message, Mode, Reason
from filters.counters import MOST_AT_ONCE
from filters.measures import Measure, measure
from filters.ports import ListBook

#: Accounts whose sanction is remembered, and paces kept: an operator has some hundred accounts, and fewer throttles.
MEMO_LIMIT: Final = 16_384

#: Seconds' worth of a throttled rate that may come at once after a pause, and one message at least.
BURST: Final = 1.0

_NAME: Final = "sanction"


class Pace(Protocol):
    """Lets so many a second pass of each key; see ``smppproxy.state.shared_pace`` for one that workers share."""

    def take(self, key: str, rate: float, now: float) -> bool:
        """Whether one more may pass; then it is counted. ``now`` is seconds on a clock that only goes forward."""
        ...


class MessageCheck(Protocol):
    """Looks for what is under sanction in a message; see :mod:`filters.sanctioned`."""

    name: str
    mode: Mode
    version: int
    """A number that grows whenever an answer may differ."""

    def follow(self) -> bool:
        """Take notice of changed books; return whether anything is under sanction."""
        ...

    def check(self, message: Message) -> Finding | None:
        """Return why a message may not pass, None where it may."""
        ...


def due_after(due: float, rate: float, now: float) -> float | None:
    """Return when the key has paid off one more message, None where that may not pass: the generic cell rate algorithm.

    ``due`` is what was returned for the message before, 0 for none. A value that no message could have led to, as a
    clock that began anew leaves it, counts for nothing.
    """
    interval = 1.0 / rate
    tolerance = max(BURST - interval, 0.0)
    ahead = due - now
    if ahead < 0 or ahead > tolerance + MOST_AT_ONCE * interval:
        due, ahead = now, 0.0
    return None if ahead > tolerance else due + interval


class OwnPace:
    """A pace of one process alone."""

    __slots__ = ("_due",)

    def __init__(self) -> None:
        self._due: dict[str, float] = {}

    def take(self, key: str, rate: float, now: float) -> bool:
        """Whether one more may pass; then it is counted."""
        due = due_after(self._due.get(key, 0.0), rate, now)
        if due is None:
            return False
        if len(self._due) >= MEMO_LIMIT and key not in self._due:
            self._due.clear()
        self._due[key] = due
        return True


class Sanctions:
    """What stands against accounts and in messages, and the paces of what is throttled."""

    __slots__ = ("_lists", "_memo", "_version", "messages", "pace")

    def __init__(
        self, lists: ListBook | None = None, pace: Pace | None = None, messages: MessageCheck | None = None
    ) -> None:
        """``lists`` None: no account is under sanction; ``messages`` None: filters look senders and texts up."""
        self.messages = messages
        self.pace: Pace = pace if pace is not None else OwnPace()
        self._lists = lists
        self._version = -1
        self._memo: dict[str, Measure | None] = {}

    def account(self, name: str) -> Measure | None:
        """Return what stands against an account, None for nothing. Raises what the lists raise."""
        lists = self._lists
        if lists is None:
            return None
        if lists.version != self._version:
            self._version = lists.version
            self._memo.clear()
        try:
            return self._memo[name]
        except KeyError:
            entry = lists.listed("account_sanction", name)
            found = measure(entry.reason) if entry is not None else None
            if len(self._memo) < MEMO_LIMIT:
                self._memo[name] = found
            return found

    def of_account(self, name: str, now: float) -> Finding | None:
        """Return why a message of an account may not pass, None where it may. ``now`` as :meth:`Pace.take` has it."""
        against = self.account(name)
        if against is None:
            return None
        if against.refuses:
            return Finding(Reason.ACCOUNT_SANCTIONED, _NAME, f"the account is {against.participle}")
        if self.pace.take(f"account:{name}", against.rate, now):
            return None
        return Finding(Reason.ACCOUNT_RATE, _NAME, f"the account is throttled to {against.rate:g} messages a second")
