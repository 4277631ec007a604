"""The judge's tray: texts wait here for one run of the model over all that gathered."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from filters.contract import Finding, Reason
from filters.gate import Gate
from smppproxy.relay.desk import Desk
from smppproxy.relay.links import Reseller
from smppproxy.relay.plan import RelayLimits
from smppproxy.relay.ports import AnyJudge, Prepared
from smppproxy.relay.ticket import Cause, Ticket, note_of


class Judging:
    """A bounded first-in-first-out tray. The owner calls :meth:`run` until it says that nothing is left.

    One run takes at most ``chunk`` texts that the judge has not seen, so that it holds the loop for a bounded time.
    """

    __slots__ = ("_afterwards", "_limits", "_tray", "desk", "gate", "judge", "judged", "late", "recalled", "shed")

    def __init__(self, gate: Gate, judge: AnyJudge | None, limits: RelayLimits) -> None:
        self.gate = gate
        self.judge = judge
        self.desk: Desk | None = None
        self.judged = 0  # texts the model saw
        self.recalled = 0  # texts answered from memory
        self.late = 0  # requests whose verdict did not come in time
        self.shed = 0  # late texts that were never judged, for want of room
        self._limits = limits
        self._tray: deque[Ticket] = deque()
        self._afterwards: deque[tuple[str, ...]] = deque(maxlen=limits.judge_queue)

    def __len__(self) -> int:
        return len(self._tray)

    @property
    def waiting(self) -> bool:
        """Whether another run would find something to do."""
        return bool(self._tray or self._afterwards)

    def park(self, ticket: Ticket) -> bool:
        """Put a ticket on the tray; False when there is no room for it.

        From half of the bound on, room is shared: an account that holds more than its share is sent away, so that
        a flood of one reseller does not switch the judge off for the others.
        """
        account = ticket.link.account
        if account is None:
            return False
        limit = self._limits.judge_queue
        if len(self._tray) >= limit // 2:
            present = {t.link.account for t in (self._tray[0], self._tray[-1])} | {account}
            if len(self._tray) >= limit or account.judging > limit // (2 * len(present)):
                return False
        account.judging += 1
        self._tray.append(ticket)
        return True

    def run(self, now: float) -> bool:
        """Judge one chunk and pass on what it decides. Returns whether more is waiting."""
        judge, desk = self.judge, self.desk
        if desk is None or not (self._tray or self._afterwards):
            return False
        if judge is None:  # switched off while tickets waited
            self._release(desk)
            return False
        if not self._tray:
            self._catch_up(judge)
            return self.waiting
        batch = self._next_batch(desk, judge.chunk, now)
        if batch:
            found = self._verdicts(judge, [_texts(t) for t in batch])
            passed: dict[Reseller, list[Ticket]] = {}
            for ticket, finding in zip(batch, found, strict=True):
                desk.judged(ticket, finding, passed.setdefault(ticket.link, []))
            for reseller, tickets in passed.items():
                if tickets:
                    desk.send(reseller, tickets)
        return self.waiting

    def _next_batch(self, desk: Desk, size: int, now: float) -> list[Ticket]:
        """Take up to ``size`` tickets that can still be answered, the oldest first; deal with the late ones."""
        limits = self._limits
        batch: list[Ticket] = []
        overdue: dict[Reseller, list[Ticket]] = {}
        tray = self._tray
        while tray and len(batch) < size:
            ticket = tray.popleft()
            account = ticket.link.account
            if account is not None:
                account.judging -= 1
            if ticket.link.gone:
                desk.close(ticket, Cause.RESELLER_GONE, Reason.RESELLER_GONE)
            elif now - ticket.received <= limits.judge_deadline:
                batch.append(ticket)
            else:
                self._overdue(desk, ticket, overdue)
        for reseller, tickets in overdue.items():
            desk.send(reseller, tickets)
        return batch

    def _overdue(self, desk: Desk, ticket: Ticket, overdue: dict[Reseller, list[Ticket]]) -> None:
        self.late += 1
        account = ticket.link.account
        if not self._limits.judge_late_forward or account is None:
            desk.close(ticket, Cause.TEXT, Reason.JUDGE_LATE)
            return
        if len(self._afterwards) == self._afterwards.maxlen:
            self.shed += 1
        self._afterwards.append(_texts(ticket))
        desk.carry_on(ticket, overdue.setdefault(ticket.link, []))

    def _verdicts(self, judge: AnyJudge, texts: Sequence[tuple[str, ...]]) -> list[Finding | None]:
        """One finding a message: that of its worst reading."""
        prepared = judge.prepare_many([reading for readings in texts for reading in readings])
        verdicts: dict[bytes, Any] = {}
        unseen: list[Prepared] = []
        for text in prepared:
            if text.key not in verdicts:
                verdict = verdicts[text.key] = judge.recall(text.key)
                if verdict is None:
                    unseen.append(text)
        self.recalled += len(prepared) - len(unseen)
        self.judged += len(unseen)
        for start in range(0, len(unseen), judge.chunk):
            some = unseen[start : start + judge.chunk]
            verdicts.update(zip((p.key for p in some), judge.judge(some), strict=True))
        findings: list[Finding | None] = []
        position = 0
        for readings in texts:
            worst: Finding | None = None
            for text in prepared[position : position + len(readings)]:
                verdict = verdicts[text.key]
                finding = self.gate.judged(verdict) if verdict is not None else None
                if finding is not None and (worst is None or _weight(finding) > _weight(worst)):
                    worst = finding
            position += len(readings)
            findings.append(worst)
        return findings

    def _catch_up(self, judge: AnyJudge) -> None:
        """Judge late texts afterwards: their verdicts count, although the messages are gone."""
        some = [self._afterwards.popleft() for _ in range(min(judge.chunk, len(self._afterwards)))]
        self._verdicts(judge, some)

    def _release(self, desk: Desk) -> None:
        while self._tray:
            ticket = self._tray.popleft()
            account = ticket.link.account
            if account is not None:
                account.judging -= 1
                passed: list[Ticket] = []
                desk.judged(ticket, None, passed)
                if passed:
                    desk.send(ticket.link, passed)


def _texts(ticket: Ticket) -> tuple[str, ...]:
    """The readings to judge: of a segment, of all the text seen so far, which may have grown while it waited."""
    facts = note_of(ticket).facts
    if facts is None:
        return ()
    return facts.message.texts if facts.whole is None else facts.whole.readings()


def _weight(finding: Finding) -> tuple[bool, float]:
    return finding.enforce, finding.score
