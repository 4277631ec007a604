"""The desk: takes requests, lets the gate look at them, hands them on, and closes every ticket once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from filters.code import CodeRule
from filters.contract import Decision, Finding, Reason
from filters.gate import Gate
from filters.policy import REFUSING, STOPPING
from filters.sanctions import Sanctions
from smppproxy.relay import intake
from smppproxy.relay.account import Account
from smppproxy.relay.acting import CARRIES_TEXT, deciding
from smppproxy.relay.assembly import Assembly
from smppproxy.relay.holding import Holding
from smppproxy.relay.links import Link, Reseller
from smppproxy.relay.objecting import Objecting
from smppproxy.relay.plan import RelayLimits
from smppproxy.relay.ports import Recorder
from smppproxy.relay.ticket import Cause, Facts, Judgement, Note, Ticket, note_of
from smppproxy.smpp import constants as c
from smppproxy.smpp import kernel, text

__all__ = ["CARRIES_TEXT", "Desk"]


class Desk(Objecting):
    """What every request of a reseller passes. Its trays are emptied by the house.

    ``to_judge`` is the only bend in the road: a ticket waits there for the judge; everything else is decided
    while the read is parsed.
    """

    __slots__ = ("_assembly", "_clock", "_park", "asks", "draining", "holding", "undecodable")

    def __init__(
        self,
        gate: Gate,
        limits: RelayLimits,
        dirty: dict[Link, None],
        send: Callable[[Reseller, Sequence[Ticket], bool], None],
        park: Callable[[Account, Sequence[Ticket]], Sequence[Ticket]],
        clock: Callable[[], float],
        recorder: Recorder | None = None,
    ) -> None:
        super().__init__(gate, dirty, send, recorder)
        self.sanctions = Sanctions()
        self.draining = False
        self.asks = False  # whether an outside service wants to know the texts
        self._park = park
        self.undecodable = 0
        self._clock = clock
        self._assembly = Assembly(limits.segments, limits.segment_octets, limits.segment_wait)
        self.holding = Holding(limits.segment_hold)

    def divert(self, park: Callable[[Account, Sequence[Ticket]], Sequence[Ticket]]) -> None:
        """From now on put texts on the tray that ``park`` chooses."""
        self._park = park

    # ------------------------------------------------------------ in

    def take(self, reseller: Reseller, account: Account, frames: list[Ticket], now: float) -> None:
        """Take the requests of one read that ask for a text to be carried."""
        plan = account.plan
        arriving = len(frames)
        room = plan.window - reseller.in_flight
        self.count.taken += arriving
        reseller.in_flight += arriving
        if reseller.in_flight > reseller.peak:
            reseller.peak = reseller.in_flight
        if arriving > room or self.draining or plan.rate or self.sanctions.account(account.name) is not None:
            frames = self._admit(account, frames, room, now)
        passed: list[Ticket] = []
        if self._has_a_short_way(account):
            plain, values, frames = kernel.sieve(frames, c.SUBMIT_SM, plan.code.tag)
            if not plan.rule.verdicts(plan.allowed).sound.issuperset(values):
                plain = self._sort_out(plan.rule, plan.allowed, plain, frames)
            if plain and self.gate.rules:
                plain = self._check(account, plain, passed)
            if plain and not self.gate.wants_text:
                self._send(reseller, plain, True)
            elif plain:
                self._await_judge(account, plain)
        if frames:
            self._decide(account, [(frame, self._consider(frame, account, now, passed)) for frame in frames], passed)
        if passed:
            self._send(reseller, passed, False)

    def _has_a_short_way(self, account: Account) -> bool:
        """Whether a plain submit_sm against which no rule finds anything is asked for its code and its text alone."""
        code = account.plan.code
        exempts = self.asks and bool(self.gate.policy.exemptions)  # who is exempt, only a whole message tells
        return not (code.rewrites or code.extras or exempts or self._watches())

    def _check(self, account: Account, plain: list[Ticket], passed: list[Ticket]) -> list[Ticket]:
        """Ask the rules about plain requests; return those against which they found nothing, go on with the others."""
        messages = intake.messages(plain, account.plan, account.name, self._clock())
        findings_of = self.gate.check_many(messages)
        if not any(findings_of):
            return plain
        quiet: list[Ticket] = []
        waiting: list[Ticket] = []
        for ticket, message, findings in zip(plain, messages, findings_of, strict=True):
            if findings:
                note_of(ticket).facts = facts = Facts(message, ticket.data_coding)
                self._go_on(ticket, facts, findings, passed, waiting)
            else:
                quiet.append(ticket)
        self._await_judge(account, waiting)
        return quiet

    def _await_judge(self, account: Account, tickets: list[Ticket]) -> None:
        """Put tickets on the judge's tray, as many as there is room for."""
        for ticket in self._park(account, tickets) if tickets else ():
            self.close(ticket, Cause.GATE, Reason.OVERLOADED)

    def _sanctioned_since(self, ticket: Ticket) -> Finding | None:
        """What stands against a message that did not when it came in."""
        messages = self.sanctions.messages
        if messages is None or not self._watches():
            return None
        note = note_of(ticket)
        if note.facts is None:  # nothing was under sanction then: it came the short way
            account: Account = ticket.link.account
            note.facts = self._facts(account, intake.read(ticket, account.plan), ticket.received)
        return self._under_sanction(note.facts) if note.facts.asked != messages.version else None

    def against(self, ticket: Ticket, account: Account) -> Finding | None:
        """What stands against the sender, the text or a link of a request that no rule is asked about."""
        if not self._watches():
            return None
        request = intake.read(ticket, account.plan)
        octets, coding = request.octets, request.data_coding
        readings = text.readings(octets, coding, udhi=request.udhi) if octets else ()
        return self._under_sanction(Facts(intake.message(request, account.plan, account.name, readings, self._clock())))

    def _admit(self, account: Account, frames: list[Ticket], room: int, now: float) -> list[Ticket]:
        """Send away what is over the window, over the rate, or comes while we drain."""
        admitted = []
        for frame in frames:
            if self.draining:
                self.close(frame, Cause.GATE, Reason.DRAINING)
            elif room <= 0:
                self.close(frame, Cause.GATE, Reason.WINDOW_FULL)
            elif account.plan.rate and not account.within_rate(now):
                self.close(frame, Cause.GATE, Reason.ACCOUNT_RATE)
            elif (finding := self.sanctions.of_account(account.name, now)) is not None:
                self._turn_away(frame, finding)
            else:
                room -= 1
                admitted.append(frame)
        return admitted

    def _sort_out(
        self, rule: CodeRule, allowed: frozenset[str] | None, plain: list[Ticket], odd: list[Ticket]
    ) -> list[Ticket]:
        """Judge plain requests one by one: return the sound ones, refuse others, leave the rest to ``odd``."""
        sound = []
        for ticket in plain:
            finding = self.asked(rule, rule, ticket.note, allowed)
            if finding is None:
                finding = rule.paced(ticket.note, self.sanctions.pace, ticket.received)
            if finding is None:
                sound.append(ticket)
            elif finding.enforce and self.gate.policy.certain(finding):
                self._turn_away(ticket, finding)
            else:
                odd.append(ticket)
        return sound

    def _consider(self, ticket: Ticket, account: Account, now: float, passed: list[Ticket]) -> Facts | None:
        """Look at the identities of a request; what the rules are to be asked about, None where all is done."""
        plan = account.plan
        request = intake.read(ticket, plan)
        if request.reason is not None:
            self.close(ticket, Cause.GATE, request.reason, status=request.status)
            return None
        if request.code is None and plan.code.inject:
            request.code = plan.code.inject
        note = ticket.note = Note(request.code)
        # a code that is sound has no finding and is not throttled
        if plan.code.extras or request.code not in plan.rule.verdicts(plan.allowed).sound:
            self._judge_identities(note, account, request)
            if note.finding is None or not note.finding.enforce:
                note.finding = self._paced(plan.rule, request, ticket.received) or note.finding
        finding = note.finding if note.finding is not None and note.finding.enforce else None
        if finding is not None and self.gate.policy.certain(finding):
            self._turn_away(ticket, finding)
            return None
        if finding is None and not (self.gate.rules or self.gate.wants_text or self.asks or self._watches()):
            self.carry_on(ticket, passed)
            return None
        note.facts = facts = self._facts(account, request, now)
        return facts

    def inherit(self, ticket: Ticket, account: Account, request: intake.Request, now: float) -> None:
        """Judge a replace_sm: its code and data_coding, in ``request``, are those of the message it replaces."""
        sanction = self.sanctions.of_account(account.name, now)
        if sanction is not None:
            self._turn_away(ticket, sanction)
            return
        note = ticket.note = Note(request.code)
        self._judge_identities(note, account, request)
        if note.finding is not None and note.finding.enforce and self.gate.policy.certain(note.finding):
            self._turn_away(ticket, note.finding)
            return
        note.facts = self._facts(account, request, now)
        passed: list[Ticket] = []
        self._decide(account, [(ticket, note.facts)], passed)
        if passed:
            self._send(ticket.link, passed, False)

    def _facts(self, account: Account, request: intake.Request, now: float) -> Facts:
        """Read the text and say the request in the rules' words."""
        segment = request.segment
        if segment is None:
            readings = text.readings(request.octets, request.data_coding, udhi=request.udhi) if request.octets else ()
            message = intake.message(request, account.plan, account.name, readings, self._clock())
            return Facts(message, request.data_coding)
        message = intake.message(request, account.plan, account.name, (), self._clock())
        whole, part = self._assembly.add(
            account.name, request.source, request.recipients, segment, request.data_coding, now
        )
        message.texts, message.complete = whole.readings(), whole.complete
        return Facts(message, request.data_coding, whole, part, segment.number)

    def _decide(
        self, account: Account, considered: Iterable[tuple[Ticket, Facts | None]], passed: list[Ticket]
    ) -> None:
        """Ask the rules about requests, one rule after another about all, and do with each what is decided."""
        asked = [(ticket, facts) for ticket, facts in considered if facts and not self._again(ticket, facts, passed)]
        findings_of = self.gate.check_many([facts.message for _, facts in asked])
        waiting: list[Ticket] = []
        for (ticket, facts), findings in zip(asked, findings_of, strict=True):
            if not self._again(ticket, facts, passed):  # the same twice in one read
                self._go_on(ticket, facts, findings, passed, waiting)
        self._await_judge(account, waiting)

    def _again(self, ticket: Ticket, facts: Facts, passed: list[Ticket]) -> bool:
        """Whether this is an identical retry of a segment: it keeps its verdict."""
        if facts.part is None or not facts.part.settled:
            return False
        if facts.part.finding is None:
            self.carry_on(ticket, passed)
        else:
            self._conclude(ticket, facts.part.finding, passed)
        return True

    def _go_on(
        self, ticket: Ticket, facts: Facts, findings: Sequence[Finding], passed: list[Ticket], waiting: list[Ticket]
    ) -> None:
        """Do with a request what the rules ask for: it is stopped, or put to those ``passed`` or ``waiting``."""
        finding = note_of(ticket).finding
        against = self._under_sanction(facts)
        if findings or finding is not None or against is not None:
            ahead = [each for each in (finding, against) if each is not None]
            decision = self.gate.decide([*ahead, *findings], facts.message)
            facts.findings = decision.findings
            if self._stopped(ticket, decision, Cause.GATE):
                return
        if facts.whole is not None and facts.whole.finding is not None:
            self._conclude(ticket, facts.whole.finding, passed)
        elif self.gate.wants_text and facts.message.texts:
            waiting.append(ticket)
        else:
            self.carry_on(ticket, passed)

    def _stopped(self, ticket: Ticket, decision: Decision, cause: Cause) -> bool:
        """Stop a request where that was decided for all its destinations; take note of the sender to write."""
        note = note_of(ticket)
        if decision.rewrite is not None and note.facts is not None:
            note.facts.rewrite = (decision.rewrite_sender, decision.rewrite)
        if decision.action not in STOPPING:
            return False
        if decision.action in REFUSING and deciding(decision).recipients and self.without_some(ticket, decision):
            return False
        self.stop(ticket, decision, cause)
        return True

    def _conclude(self, ticket: Ticket, finding: Finding, passed: list[Ticket]) -> None:
        """Do what the verdict on a text asks for that this segment belongs to."""
        if not self._stopped(ticket, self.gate.decide([finding]), Cause.TEXT):
            self.carry_on(ticket, passed)

    # ------------------------------------------------------------ after the judge

    def send_judged(self, reseller: Reseller, tickets: list[Ticket]) -> None:
        """Send plain requests on against whose text nothing was found. A sanction made meanwhile counts."""
        plan = reseller.account.plan if reseller.account is not None else None
        if plan is None:
            return
        codes = kernel.notes(tickets)
        if type(codes[0]) is Judgement:  # then all of them are
            codes = [said.code for said in codes]
        free = self.sanctions.account(plan.system_id.decode("latin-1")) is None and not self._watches()
        if free and plan.rule.verdicts(plan.allowed).sound.issuperset(codes):
            self._send(reseller, tickets, True)
            return
        passed: list[Ticket] = []
        for ticket in tickets:
            self.unjudged(ticket, passed)
        if passed:
            self._send(reseller, passed, False)

    def judged(self, ticket: Ticket, judgement: Judgement, passed: list[Ticket], now: float) -> None:
        """Go on with a ticket whose text the judge has seen."""
        account: Account = ticket.link.account
        if not (isinstance(ticket.note, Note) or account.plan.code.extras):
            # a plain one: only now is there something to know of it
            [message] = intake.messages([ticket], account.plan, account.name, self._clock())
            note_of(ticket).facts = Facts(message, ticket.data_coding)
        note = note_of(ticket)
        facts = note.facts
        if facts is None:
            facts = note.facts = self._facts(account, intake.read(ticket, account.plan), now)
        facts.judgement = judgement
        finding = judgement.finding
        if finding is not None:
            [finding] = self.gate.policy.weighed([finding], facts.message)
        whole = facts.whole
        if whole is not None and facts.part is not None:
            finding = whole.settle(facts.part, finding)
        if finding is not None:
            facts.findings = (*facts.findings, finding)
        if self.sanctioned(ticket):
            return
        # Destinations that a rule refused have been taken out already; the text goes to the others.
        counting = [f for f in facts.findings if not f.recipients] if note.refused else facts.findings
        decision = self.gate.decide(counting)
        if whole is not None and self.holding.seconds and decision.action not in STOPPING:
            if not self.draining and self.holding.keep(ticket, whole, now):
                return
            if whole.judged:
                self._let_on(self.holding.take(whole), whole.finding)
        if not self._stopped(ticket, decision, Cause.TEXT):
            self.carry_on(ticket, passed)
        if whole is not None and whole.finding is not None:
            self._let_on(self.holding.take(whole), whole.finding)

    def unjudged(self, ticket: Ticket, passed: list[Ticket]) -> None:
        """Go on with a ticket for whose text there is no verdict."""
        if not self.sanctioned(ticket):
            self.carry_on(ticket, passed)

    def sanctioned(self, ticket: Ticket) -> bool:
        """A sanction made while the ticket waited counts: ask at the door once more, refuse it if it is so."""
        account: Account = ticket.link.account
        plan, note = account.plan, note_of(ticket)
        sanction = self.asked(plan.rule, plan.rule, note.code, plan.allowed)
        if sanction is None or not sanction.enforce:
            against = self.sanctions.account(account.name)
            refused = against is not None and against.refuses
            sanction = self.sanctions.of_account(account.name, ticket.received) if refused else None
            sanction = sanction or self._sanctioned_since(ticket)
            if sanction is None:
                return False
        if self.gate.policy.certain(sanction):
            self._turn_away(ticket, sanction)
            return True
        if note.facts is None:
            note.facts = self._facts(account, intake.read(ticket, plan), ticket.received)
        return self._stopped(ticket, self.gate.decide([sanction], note.facts.message), Cause.GATE)

    def let_on(self, now: float) -> None:
        """Send on the segments that were held until ``now``, with the verdict so far."""
        self._let_on(self.holding.due(now))

    def _let_on(self, tickets: list[Ticket], finding: Finding | None = None) -> None:
        """Go on with segments that were held back: all of them, or where the text is bad, as that asks for."""
        passed: dict[Reseller, list[Ticket]] = {}
        for ticket in tickets:
            some = passed.setdefault(ticket.link, [])
            if ticket.link.gone:
                self.close(ticket, Cause.RESELLER_GONE, Reason.RESELLER_GONE)
            elif finding is not None:
                self._conclude(ticket, finding, some)
            else:
                self.unjudged(ticket, some)
        for reseller, some in passed.items():
            if some:
                self._send(reseller, some, False)

    def sweep(self, now: float) -> None:
        """Forget texts whose segments stopped coming."""
        self._assembly.sweep(now)
        if self.holding:
            self.let_on(now)
