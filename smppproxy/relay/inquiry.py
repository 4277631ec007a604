"""What an outside service is asked before a request goes to the carrier: its text, its sender's number.

The last door before the carrier, and like the judge's tray a place where requests wait: for answers that are not known
yet, up to a deadline, in a bounded number. What was answered is remembered for a while. Asking is the owner's affair:
it takes ``questions`` and brings the answers, None for one that could not be had.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from filters.contract import Finding, Mode, Reason
from filters.policy import STOPPING
from smppproxy.relay.desk import Desk
from smppproxy.relay.links import Reseller
from smppproxy.relay.plan import InquiryPlan, Subject
from smppproxy.relay.ticket import Cause, Note, Ticket, note_of
from smppproxy.smpp import text

RULE: Final = "inquiry"
LETTERS: Final = 4000  # of a text that is asked about: twice the longest common message

Send = Callable[[Reseller, Sequence[Ticket], bool], None]


class Question(NamedTuple):
    """One question. Equal questions have equal answers, for as long as they are remembered."""

    subject: Subject
    value: str


class Waiting(msgspec.Struct, gc=False, eq=False):
    """A request that waits for answers."""

    ticket: Ticket
    plain: bool
    left: int
    until: float
    done: bool = False


class _Known(NamedTuple):
    finding: Finding | None
    until: float


class Inquiry:
    """Asks before sending. With ``plan`` None everything passes."""

    __slots__ = (
        *("_known", "_open", "_queue", "_send", "_waiting", "answers", "desk"),
        *("late", "now", "plan", "questions", "remembered", "unanswered"),
    )

    def __init__(self, send: Send) -> None:
        """``send`` is the way to the carrier."""
        self.desk: Desk | None = None
        self.plan: InquiryPlan | None = None
        self.questions: list[Question] = []
        self.answers = 0
        self.unanswered = 0  # questions that came back without an answer
        self.remembered = 0  # questions answered from memory
        self.late = 0  # requests whose answers did not come in time
        self._send = send
        self.now = 0.0  # on the loop's clock, kept by the house
        self._known: OrderedDict[Question, _Known] = OrderedDict()
        self._open: dict[Question, list[Waiting]] = {}  # asked and not answered, and who waits for it
        self._queue: deque[Waiting] = deque()  # in order of their deadlines
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def send(self, reseller: Reseller, tickets: Sequence[Ticket], plain: bool = False) -> None:
        """Send decided requests of one reseller on, once nothing is known against them."""
        plan = self.plan
        if plan is None or self.desk is None:
            self._send(reseller, tickets, plain)
            return
        now = self.now
        passed: list[Ticket] = []
        for ticket in tickets:
            findings, unknown = self._look_up(plan, ticket, now)
            if plan.mode is Mode.ENFORCE:
                if any(self._stopped(ticket, finding) for finding in findings):
                    continue
                if unknown:
                    self._park(plan, ticket, plain, unknown, now)
                    continue
            else:
                for finding in findings:
                    _observed(ticket, finding)
                for question in unknown:
                    self._ask(question)
            plain = plain and not isinstance(ticket.note, Note)
            passed.append(ticket)
        if passed:
            self._send(reseller, passed, plain)

    def answered(self, question: Question, finding: Finding | None, now: float, *, known: bool = True) -> None:
        """Take the answer to a question. With ``known`` False there is none, and the request goes its way without."""
        waiting = self._open.pop(question, None)
        plan = self.plan
        if plan is None or waiting is None:
            return
        if known:
            self.answers += 1
            self._remember(plan, question, _Known(finding, now + plan.remember))
        else:
            self.unanswered += 1
        for each in waiting:
            if each.done:
                continue
            each.left -= 1
            if finding is not None and self._stopped(each.ticket, finding):
                self._end(each)
            elif not known and not plan.forward:
                self._end(each)
                self._close(each.ticket, Cause.GATE, Reason.SERVICE_UNAVAILABLE)
            elif each.left == 0:
                self._end(each)
                self._let_go(each)

    def sweep(self, now: float) -> None:
        """Let requests go whose deadline is over. Call it about ten times a second."""
        plan = self.plan
        queue = self._queue
        while queue and (queue[0].done or queue[0].until <= now):
            each = queue.popleft()
            if each.done:
                continue
            self.late += 1
            self._end(each)
            if plan is not None and not plan.forward:
                self._close(each.ticket, Cause.GATE, Reason.SERVICE_UNAVAILABLE)
            else:
                self._let_go(each)

    def follow(self, plan: InquiryPlan | None) -> None:
        """Follow a new plan. What waits goes on by it; switched off, it goes on at once."""
        if plan is None or self.plan is None or plan.subjects != self.plan.subjects:
            self._known.clear()
        self.plan = plan
        if self.desk is not None:
            self.desk.asks = plan is not None
        if plan is None or plan.mode is not Mode.ENFORCE:
            for each in self._all():
                self._let_go(each)

    def abandon(self, cause: Cause, reason: Reason) -> None:
        """Close everything that waits."""
        for each in self._all():
            self._close(each.ticket, cause, reason)

    # ------------------------------------------------------------ questions

    def _look_up(self, plan: InquiryPlan, ticket: Ticket, now: float) -> tuple[list[Finding], list[Question]]:
        """What is known against a request, and what is not known yet."""
        findings: list[Finding] = []
        unknown: list[Question] = []
        for question in _questions(plan, ticket):
            known = self._known.get(question)
            if known is None or known.until <= now:
                unknown.append(question)
                continue
            self.remembered += 1
            if known.finding is not None:
                findings.append(known.finding)
        return findings, unknown

    def _ask(self, question: Question) -> list[Waiting]:
        waiting = self._open.get(question)
        if waiting is None:
            waiting = self._open[question] = []
            self.questions.append(question)
        return waiting

    def _remember(self, plan: InquiryPlan, question: Question, known: _Known) -> None:
        self._known.pop(question, None)
        self._known[question] = known
        while len(self._known) > plan.remembered:
            self._known.popitem(last=False)

    # ------------------------------------------------------------ those who wait

    def _park(self, plan: InquiryPlan, ticket: Ticket, plain: bool, unknown: list[Question], now: float) -> None:
        if self._waiting >= plan.waiting:
            self._close(ticket, Cause.GATE, Reason.OVERLOADED)
            return
        waiting = Waiting(ticket, plain, len(unknown), now + plan.deadline)
        self._waiting += 1
        self._queue.append(waiting)
        for question in unknown:
            self._ask(question).append(waiting)

    def _end(self, waiting: Waiting) -> None:
        waiting.done = True
        self._waiting -= 1

    def _all(self) -> list[Waiting]:
        rest = [each for each in self._queue if not each.done]
        for each in rest:
            self._end(each)
        self._queue.clear()
        return rest

    def _let_go(self, waiting: Waiting) -> None:
        """Send a request on. A sanction made meanwhile counts."""
        ticket = waiting.ticket
        if ticket.link.gone:
            self._close(ticket, Cause.RESELLER_GONE, Reason.RESELLER_GONE)
        elif self.desk is not None and not self.desk.sanctioned(ticket):
            self._send(ticket.link, [ticket], waiting.plain and not isinstance(ticket.note, Note))

    def _stopped(self, ticket: Ticket, finding: Finding) -> bool:
        """Do what the policy makes of an answer; False where the request goes on."""
        if ticket.link.gone:
            self._close(ticket, Cause.RESELLER_GONE, Reason.RESELLER_GONE)
            return True
        if self.desk is None:
            return False
        facts = ticket.note.facts if isinstance(ticket.note, Note) else None
        decision = self.desk.gate.decide([finding], facts.message if facts is not None else None)
        if decision.action not in STOPPING:
            _observed(ticket, finding)
            return False
        self.desk.stop(ticket, decision, Cause.GATE if finding.reason is Reason.SENDER_UNREGISTERED else Cause.TEXT)
        return True

    def _close(self, ticket: Ticket, cause: Cause, reason: Reason) -> None:
        if self.desk is not None:
            self.desk.close(ticket, cause, reason)


def _questions(plan: InquiryPlan, ticket: Ticket) -> list[Question]:
    """What is to be asked about a request: of a long text, all of it that has been seen."""
    questions = []
    if Subject.SENDER in plan.subjects and ticket.source_addr:
        questions.append(Question(Subject.SENDER, ticket.source_addr.decode("latin-1")))
    if Subject.TEXT in plan.subjects:
        note = ticket.note
        facts = note.facts if isinstance(note, Note) else None
        readings = facts.message.texts if facts is not None else text.readings_of(ticket)
        if readings and readings[0]:
            questions.append(Question(Subject.TEXT, readings[0][:LETTERS]))
    return questions


def _observed(ticket: Ticket, finding: Finding) -> None:
    """Record what would have been refused."""
    note = note_of(ticket)
    seen = msgspec.structs.replace(finding, enforce=False)
    if note.facts is not None:
        note.facts.findings = (*note.facts.findings, seen)
    elif note.finding is None:
        note.finding = seen
