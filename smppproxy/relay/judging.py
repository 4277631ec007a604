"""The judge's tray: texts wait here for one run of the model over all that gathered.

Each account has a lane of its own and the lanes are served in turn, so that a flood of one reseller makes nobody
else's texts late. Once half of the bound is taken an account has only its share of it.

A run judges some texts and does what follows. What it has no time left for, where much was found, the next ones do
before they judge anything more.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from itertools import accumulate
from operator import attrgetter
from typing import Final

from filters.contract import Finding, Reason
from filters.gate import Gate
from smppproxy.relay.account import Account
from smppproxy.relay.chunk import Batch, Chunk, late_of, octets_of
from smppproxy.relay.desk import Desk
from smppproxy.relay.links import Reseller
from smppproxy.relay.plan import RelayLimits
from smppproxy.relay.ports import Judge, Verdict
from smppproxy.relay.ticket import Cause, Judgement, Late, Ticket
from smppproxy.smpp import kernel

_RECEIVED: Final = attrgetter("received")

#: Late requests dealt with in one run: each costs some microseconds, and the loop must not be held by them either.
LATE_PER_RUN = 64

#: Tickets of one bind that are taken together where many accounts have some: what a visit costs to each of the two
#: connections is shared by them.
TURN: Final = 16

#: The share of a run's time after which nothing more is begun of what follows from verdicts: to stop one message, or
#: to send on those of a bind, takes less than the rest.
LAST_START: Final = 0.80


class Judging:
    """A bounded tray. The owner calls :meth:`run` until it says that nothing is left.

    One run takes at most ``chunk`` readings and ``chunk_octets`` of text, or one message that is larger, and holds the
    loop no longer than the judge's ``hold``, as far as one message does not.
    """

    __slots__ = (
        *("_afterwards", "_by", "_decided", "_ring", "_size", "desk", "gate", "judge", "judged", "late", "late_found"),
        *("limits", "recalled", "shed", "tap", "timer", "traced"),
    )

    def __init__(
        self, gate: Gate, judge: Judge | None, limits: RelayLimits, *, timer: Callable[[], float] | None = None
    ) -> None:
        """``timer`` tells the judge how long a run took, s: its own time, not what others did on the core meanwhile."""
        self.gate = gate
        self.judge = judge
        self.limits = limits
        self.desk: Desk | None = None
        self.tap: Callable[[Batch], None] | None = None  # who wants to see what is judged, see app.shadow
        self.traced = False  # whether somebody wants to know what was said of texts that pass
        self.judged = 0  # texts the model saw
        self.recalled = 0  # texts answered from memory
        self.late = 0  # requests whose verdict did not come in time
        self.late_found = 0  # late texts that were found bad afterwards
        self.shed = 0  # late texts that were never judged, for want of room
        self._ring: deque[Account] = deque()  # the accounts with texts waiting, whose turn is next first
        self._size = 0  # tickets on the tray: those that wait for the judge, and those it has judged
        #: What was judged and not acted on yet: plain tickets of one bind against which nothing was found, and None; or
        #: one ticket, and what was said of it. No more than one run has judged.
        self._decided: deque[tuple[list[Ticket], Sequence[Verdict] | Judgement | None]] = deque()
        self._by: Judge | None = None  # who said it
        self._afterwards: deque[Late] = deque()
        self.timer = timer

    def __len__(self) -> int:
        return self._size

    @property
    def waiting(self) -> bool:
        """Whether another run would find something to do."""
        return bool(self._size or self._afterwards)

    @property
    def decided(self) -> list[Ticket]:
        """The tickets that were judged and not acted on yet."""
        return [ticket for some, _ in self._decided for ticket in some]

    def park(self, account: Account, tickets: Sequence[Ticket]) -> Sequence[Ticket]:
        """Put tickets of one account on the tray; return those for which there is no room.

        From half of the bound on, room is shared: an account that holds more than its share is sent away. Shares
        add up to half of the bound, so that there is always room for one that comes new.
        """
        limit, lane = self.limits.judge_queue, account.texts
        room = limit // 2 - self._size
        if room < len(tickets):
            present = len(self._ring) + (not lane)
            room = max(room, min(limit - self._size, -(-limit // (2 * present)) - len(lane)), 0)
        taken = tickets[:room]
        if taken:
            if not lane:
                self._ring.append(account)
            lane.extend(taken)
            self._size += len(taken)
        return tickets[len(taken) :]

    def leave(self, account: Account) -> list[Ticket]:
        """Take an account's lane off this tray, for another one; between two runs."""
        self._forget()
        tickets = list(account.texts)
        if tickets:
            self._ring.remove(account)
            self._size -= len(tickets)
            account.texts.clear()
        return tickets

    def join(self, account: Account, tickets: Sequence[Ticket]) -> None:
        """Take over what :meth:`leave` gave; there was room for it there."""
        if tickets:
            self._ring.append(account)
            account.texts.extend(tickets)
            self._size += len(tickets)

    def absorb(self, other: Judging) -> None:
        """Take over what another tray, which is given up, has counted and has still to judge afterwards."""
        self._afterwards.extend(other._afterwards)
        self.judged += other.judged
        self.recalled += other.recalled
        self.late += other.late
        self.late_found += other.late_found
        self.shed += other.shed

    def run(self, now: float, spent: float = 0.0) -> bool:
        """Judge one chunk and do what follows, or do what is left of that. Returns whether more is waiting.

        ``spent`` is how long runs before it have held the loop, s: it has so much less time.
        """
        judge, desk = self.judge, self.desk
        if desk is None or not (self._size or self._afterwards):
            return False
        if judge is not self._by:  # another one may say otherwise
            self._forget()
            self._by = judge
        if judge is None:  # switched off while tickets waited
            self._release(desk)
            return False
        started = self.timer() - spent if self.timer is not None else 0.0
        if self._decided:
            self._act(desk, now, started + LAST_START * judge.hold)
        elif not self._size:
            self._catch_up(judge, started)
        else:
            passed: dict[Reseller, list[Ticket]] = {}
            chunk = self._next_chunk(desk, judge, now, passed)
            if chunk.tickets:
                self._judge(judge, chunk, started)
                self._act(desk, now, started + LAST_START * judge.hold)
            _send(desk, passed)
        return self.waiting

    def _judge(self, judge: Judge, chunk: Chunk, started: float) -> None:
        """Judge a chunk. Plain tickets against whose text nothing was found go on together."""
        readings = chunk.readings()
        said = self._ask(judge, readings, chunk.least(), started)
        if not isinstance(said, Judgement) and len(said) < len(readings):
            self._leave_waiting(chunk.keep(len(said)), chunk.tickets)
        if self.tap is not None:
            self.tap(chunk.pairs())
        self._size += len(chunk.tickets)
        if isinstance(said, Judgement):  # the judge failed
            self._decided += [([ticket], said) for ticket in chunk.tickets]
            return
        quiet, heard, loud = chunk.parted(said)
        if self.traced:
            for ticket, verdict in zip(quiet, heard, strict=True):
                ticket.note = Judgement(None, verdict.top, verdict.score, verdict.key, ticket.note)
        self._decided += [(some, None) for some in kernel.by_link(quiet).values()]
        self._decided += loud

    def _act(self, desk: Desk, now: float, until: float) -> None:
        """Do what follows from verdicts. Nothing more is begun after ``until``, by the timer."""
        passed: dict[Reseller, list[Ticket]] = {}
        decided, timer = self._decided, self.timer
        while decided and (timer is None or timer() < until):
            tickets, said = decided.popleft()
            self._size -= len(tickets)
            first = tickets[0]
            if first.link.gone:
                for ticket in tickets:
                    desk.close(ticket, Cause.RESELLER_GONE, Reason.RESELLER_GONE)
            elif said is None:
                desk.send_judged(first.link, tickets)
            else:
                if not isinstance(said, Judgement):
                    said = self._worst(said, first.link.account.plan.route)
                desk.judged(first, said, passed.setdefault(first.link, []), now)
        _send(desk, passed)

    def _forget(self) -> None:
        """Have those judged once more who were judged and not acted on."""
        tickets = self._take_decided()
        self._size -= len(tickets)
        self._leave_waiting(tickets, [])

    def _take_decided(self) -> list[Ticket]:
        """Take those tickets, as they were before."""
        tickets = self.decided
        self._decided.clear()
        for ticket in tickets:
            if isinstance(ticket.note, Judgement):
                ticket.note = ticket.note.code
        return tickets

    # ------------------------------------------------------------ the tray

    def _next_chunk(self, desk: Desk, judge: Judge, now: float, passed: dict[Reseller, list[Ticket]]) -> Chunk:
        """Take tickets that can still be answered, in turn of their accounts and binds; deal with the late ones."""
        chunk, room = judge.chunk, judge.chunk_octets
        before = now - self.limits.judge_deadline
        taken = Chunk()
        readings = late = 0
        while self._ring and readings < chunk and late < LATE_PER_RUN:
            account = self._ring[0]
            lane = account.texts
            waiting, left = lane.next(), chunk - readings
            share = max(chunk // len(self._ring), min(TURN, chunk // 2), 1)
            if readings and 2 * left < min(share, len(waiting)):
                break  # the next run has more of them together
            share = min(share, left)
            self._ring.rotate(-1)
            first = waiting[0]
            if first.link.gone:
                self._size -= len(lane)
                for ticket in lane.drop(first.link):
                    desk.close(ticket, Cause.RESELLER_GONE, Reason.RESELLER_GONE)
                self._size += len(lane)
            elif first.received < before:
                late += self._overdue(desk, account, min(share, LATE_PER_RUN - late), before, passed)
            else:  # the oldest of its bind is in time, so all are
                some = lane.take(share)
                rest, readings, room = taken.fill(some, readings, room, chunk)
                lane.put_back(rest, served=len(rest) < len(some))
                if len(rest) == len(some):  # there was no room for the first of them: it comes first the next time
                    self._ring.rotate(1)
                self._size -= len(some) - len(rest)
            if not lane:
                self._ring.remove(account)
        return taken

    def _leave_waiting(self, tickets: list[Ticket], judged: list[Ticket]) -> None:
        """Put tickets that were taken back in front of their lanes.

        Whose texts were ``judged`` has had its turn. All others come first the next time, in their order: else one
        that always has more than a run judges would keep those behind it waiting for ever.
        """
        served = kernel.by_link(judged)
        accounts = {reseller.account for reseller in served}
        for reseller, some in reversed(kernel.by_link(tickets).items()):
            account = reseller.account
            if account in accounts:
                if not account.texts:  # all were taken
                    self._ring.append(account)
            else:
                if account.texts:
                    self._ring.remove(account)
                self._ring.appendleft(account)
            account.texts.put_back(some, served=reseller in served)
        self._size += len(tickets)

    def _overdue(
        self, desk: Desk, account: Account, most: int, before: float, passed: dict[Reseller, list[Ticket]]
    ) -> int:
        """Deal with the late ones of a bind; how many there were. Who is over its share must not turn the judge off."""
        lane, present = account.texts, len(self._ring)
        over = present > 1 and len(lane) * present > self._size and len(lane) > LATE_PER_RUN
        some = lane.take(most)
        late = bisect_left(some, before, key=_RECEIVED)
        lane.put_back(some[late:], served=True)
        self._size -= late
        self.late += late
        for ticket in some[:late]:
            if not self.limits.judge_late_forward:
                desk.close(ticket, Cause.TEXT, Reason.JUDGE_LATE)
            elif over:
                desk.close(ticket, Cause.GATE, Reason.OVERLOADED)
            else:
                self._postpone(desk, ticket)
                desk.unjudged(ticket, passed.setdefault(ticket.link, []))
        return late

    def _postpone(self, desk: Desk, ticket: Ticket) -> None:
        """Keep what is to be judged afterwards of a request that goes on now."""
        if len(self._afterwards) >= self.limits.judge_queue:
            self.shed += 1
            self._afterwards.popleft()
        late = late_of(ticket)
        late.trace_id = desk.named(ticket)  # afterwards: a request that has a name is no plain one any more
        self._afterwards.append(late)

    def _release(self, desk: Desk) -> None:
        """Send on what waits for a judge that is no more."""
        self._afterwards.clear()
        passed: dict[Reseller, list[Ticket]] = {}
        for ticket in self._all():
            if ticket.link.gone:
                desk.close(ticket, Cause.RESELLER_GONE, Reason.RESELLER_GONE)
            else:
                desk.unjudged(ticket, passed.setdefault(ticket.link, []))
        _send(desk, passed)

    def abandon(self, cause: Cause, reason: Reason) -> None:
        """Close everything that waits."""
        if self.desk is not None:
            for ticket in self._all():
                self.desk.close(ticket, cause, reason)

    def _all(self) -> list[Ticket]:
        tickets = self._take_decided()
        tickets += [ticket for account in self._ring for ticket in account.texts]
        for account in self._ring:
            account.texts.clear()
        self._ring.clear()
        self._size = 0
        return tickets

    # ------------------------------------------------------------ the judge

    def _ask(self, judge: Judge, texts: list[str], least: int, started: float) -> list[Verdict] | Judgement:
        """What the judge says of the first texts: ``least`` of them or more, or fewer where it wants a run more for a
        long one. The run began at ``started``. Of all together where it fails, which is no end of a session."""
        verdicts: list[Verdict] = []
        try:
            while len(verdicts) < least:  # one message may have more readings than a chunk
                spent = self.timer() - started if self.timer is not None else 0.0
                some, asked = judge.said(texts[len(verdicts) : len(verdicts) + judge.chunk], spent)
                if not some:
                    break
                verdicts += some
                self.judged += asked
                self.recalled += len(some) - asked
        except Exception as error:
            rule = self.gate.text
            return Judgement(self.gate.failed(rule, error) if rule is not None else None)
        return verdicts

    def _worst(self, verdicts: Sequence[Verdict], route: str) -> Judgement:
        """The judgement of a message: that of its worst reading, else of the declared one."""
        worst = Judgement()
        for verdict in verdicts:
            finding = self.gate.judged(verdict, route) if verdict.over else None
            worse = finding is not None and (worst.finding is None or _weight(finding) > _weight(worst.finding))
            if worse or not worst.key:
                worst = Judgement(finding if worse else worst.finding, verdict.top, verdict.score, verdict.key)
        return worst

    def _catch_up(self, judge: Judge, started: float) -> None:
        """Judge late texts afterwards: the messages are gone, but not the segments that may follow them."""
        some: list[Late] = []
        readings, room = 0, judge.chunk_octets
        while self._afterwards and readings < judge.chunk and room > 0:
            some.append(self._afterwards.popleft())
            readings += len(some[-1].texts)
            room -= octets_of(some[-1].texts)
        feed = self.desk.feed if self.desk is not None else None
        texts = [reading for late in some for reading in late.texts]
        said = self._ask(judge, texts, len(some[0].texts), started)
        if not isinstance(said, Judgement) and len(said) < len(texts):
            ends = accumulate(len(late.texts) for late in some)
            place = sum(end <= len(said) for end in ends)
            self._afterwards.extendleft(reversed(some[place:]))
            del some[place:]
        verdicts = iter(() if isinstance(said, Judgement) else said)
        for late in some:
            if isinstance(said, Judgement):
                judgement = said
            else:
                judgement = self._worst([next(verdicts) for _ in late.texts], late.route)
            finding = judgement.finding
            if finding is not None:
                self.late_found += 1
                if late.whole is not None and finding.enforce:
                    late.whole.finding = finding
                if feed is not None:
                    feed.late(late, judgement)


def _send(desk: Desk, passed: dict[Reseller, list[Ticket]]) -> None:
    for reseller, tickets in passed.items():
        if tickets:
            desk.send(reseller, tickets)


def _weight(finding: Finding) -> tuple[bool, float]:
    return finding.enforce, finding.score
