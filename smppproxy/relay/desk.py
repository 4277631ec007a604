"""The desk: takes requests, lets the gate look at them, hands them on, and closes every ticket once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from filters.contract import Action, Decision, Finding, Reason
from filters.gate import Gate
from smppproxy.relay import intake, multi
from smppproxy.relay.account import Account
from smppproxy.relay.assembly import Assembly, Part, Text
from smppproxy.relay.links import Carrier, Link, Reseller
from smppproxy.relay.plan import RelayLimits
from smppproxy.relay.ports import Recorder
from smppproxy.relay.rewrite import rewritten
from smppproxy.relay.statuses import TABLES
from smppproxy.relay.ticket import Cause, Count, Facts, Ticket
from smppproxy.smpp import constants as c
from smppproxy.smpp import text
from smppproxy.smpp.errors import LocalMisuse
from smppproxy.smpp.kernel import Frame

#: Requests that ask for a text to be carried: each carries the first sender's code.
CARRIES_TEXT = frozenset({c.SUBMIT_SM, c.DATA_SM, c.SUBMIT_MULTI, c.BROADCAST_SM})

_THROTTLED = TABLES["smpp34"][Reason.WINDOW_FULL]


class Desk:
    """What every request of a reseller passes. Its trays are emptied by the house.

    ``to_judge`` is the only bend in the road: a ticket waits there for the judge; everything else is decided
    while the read is parsed.
    """

    __slots__ = (
        *("_assembly", "_clock", "_dirty", "_limits", "_recorder", "_send", "count", "draining", "gate"),
        *("park", "undecodable"),
    )

    def __init__(
        self,
        gate: Gate,
        limits: RelayLimits,
        dirty: dict[Link, None],
        send: Callable[[Reseller, list[Ticket], float], None],
        park: Callable[[Ticket], bool],
        clock: Callable[[], float],
        recorder: Recorder | None = None,
    ) -> None:
        self.gate = gate
        self.count = Count()
        self.draining = False
        self.park = park
        self.undecodable = 0
        self._limits = limits
        self._dirty = dirty
        self._send = send
        self._clock = clock
        self._recorder = recorder
        self._assembly = Assembly(limits.segments, limits.segment_wait)

    # ------------------------------------------------------------ in

    def take(self, reseller: Reseller, account: Account, frames: Sequence[Frame], now: float) -> None:
        """Take the requests of one read that ask for a text to be carried."""
        plan = account.plan
        room = plan.window - reseller.in_flight
        self.count.taken += len(frames)
        reseller.in_flight += len(frames)
        if reseller.in_flight > reseller.peak:
            reseller.peak = reseller.in_flight
        plain = not (self.gate.rules or self.gate.wants_text or plan.code.rewrites or plan.code.extras)
        passed: list[Ticket] = []
        tag, verdicts = plan.code.tag, plan.rule.verdicts(plan.allowed)
        metered = plan.rate > 0
        for frame in frames:
            ticket = Ticket(reseller, frame.sequence_number, frame.command_id, now, frame)
            if room <= 0 or self.draining:
                self.close(ticket, Cause.GATE, Reason.DRAINING if self.draining else Reason.WINDOW_FULL)
                continue
            room -= 1
            if metered and not account.within_rate(now):
                self.close(ticket, Cause.GATE, Reason.ACCOUNT_RATE)
            elif plain and frame.command_id == c.SUBMIT_SM:
                if frame.fault:
                    self.close(ticket, Cause.GATE, intake.fault_reason(frame.fault), status=frame.fault)
                    continue
                ticket.code = code = intake.code_value(frame.tlv_once(tag))
                finding = verdicts[code][1]
                if finding is not None:
                    ticket.finding = finding
                    if finding.enforce:
                        self.close(ticket, Cause.GATE, finding.reason)
                        continue
                passed.append(ticket)
            else:
                self._consider(ticket, account, frame, now, passed)
        if passed:
            self._send(reseller, passed, now)

    def _consider(self, ticket: Ticket, account: Account, frame: Frame, now: float, passed: list[Ticket]) -> None:
        """Look at one request with every rule there is."""
        plan = account.plan
        request = intake.read(frame, plan)
        if request.reason is not None:
            self.close(ticket, Cause.GATE, request.reason, status=request.status)
            return
        if request.code is None and plan.code.inject:
            request.code = plan.code.inject
        ticket.code = request.code
        self._judge_identities(ticket, account, request)
        if ticket.finding is not None and ticket.finding.enforce:
            self.close(ticket, Cause.GATE, ticket.finding.reason)
            return
        if not (self.gate.rules or self.gate.wants_text):
            self.carry_on(ticket, account, passed)
            return
        facts = ticket.facts = self._facts(account, request, now)
        self._decide(ticket, account, facts, passed)

    def inherit(
        self, ticket: Ticket, account: Account, request: intake.Request, now: float, passed: list[Ticket]
    ) -> None:
        """Judge a replace_sm: its code and data_coding are those of the message it replaces."""
        self._judge_identities(ticket, account, request)
        if ticket.finding is not None and ticket.finding.enforce:
            self.close(ticket, Cause.GATE, ticket.finding.reason)
            return
        ticket.facts = self._facts(account, request, now)
        self._decide(ticket, account, ticket.facts, passed)

    def _judge_identities(self, ticket: Ticket, account: Account, request: intake.Request) -> None:
        rule = account.plan.rule
        finding = rule.judge(request.code, account.plan.allowed)
        for extra, (_, value) in zip(rule.extras, request.extras, strict=False):
            if finding is not None and finding.enforce:
                break
            finding = extra.judge(value) or finding
        ticket.finding = finding

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
        message.texts = whole.readings()
        return Facts(message, request.data_coding, whole, part)

    def _decide(self, ticket: Ticket, account: Account, facts: Facts, passed: list[Ticket]) -> None:
        part = facts.part
        if part is not None and part.settled:  # an identical retry keeps its verdict
            if part.finding is not None:
                self.refuse(ticket, part.finding, Cause.TEXT)
            else:
                self.carry_on(ticket, account, passed)
            return
        findings = self.gate.check(facts.message)
        if ticket.finding is not None:
            findings.insert(0, ticket.finding)
        decision = self.gate.decide(findings)
        facts.findings = decision.findings
        if decision.action is not Action.FORWARD:
            self._act(ticket, account, decision, Cause.GATE, passed)
        elif facts.whole is not None and facts.whole.finding is not None:
            self.refuse(ticket, facts.whole.finding, Cause.TEXT)
        elif self.gate.wants_text and facts.message.texts:
            if not self.park(ticket):
                self.close(ticket, Cause.GATE, Reason.OVERLOADED)
        else:
            self.carry_on(ticket, account, passed)

    # ------------------------------------------------------------ after the judge

    def judged(self, ticket: Ticket, finding: Finding | None, passed: list[Ticket]) -> None:
        """Go on with a ticket whose text the judge has seen; ``finding`` is what the text filter makes of it."""
        account = ticket.reseller.account
        facts = ticket.facts
        if account is None or facts is None:
            raise LocalMisuse("a ticket without an account or facts was judged")
        if facts.part is not None and facts.whole is not None:
            self._settle(facts.whole, facts.part, finding)
        if finding is not None:
            facts.findings = (*facts.findings, finding)
        # A sanction made while the ticket waited counts: ask at the door once more.
        sanction = account.plan.rule.judge(ticket.code, account.plan.allowed)
        if sanction is not None and sanction.enforce:
            self.refuse(ticket, sanction, Cause.GATE)
            return
        decision = self.gate.decide(facts.findings)
        self._act(ticket, account, decision, Cause.TEXT, passed)

    @staticmethod
    def _settle(whole: Text, part: Part, finding: Finding | None) -> None:
        part.settled = True
        if finding is not None and finding.enforce:
            part.finding = whole.finding = finding

    def _act(self, ticket: Ticket, account: Account, decision: Decision, cause: Cause, passed: list[Ticket]) -> None:
        if decision.action is Action.FORWARD:
            self.carry_on(ticket, account, passed)
            return
        deciding = next(f for f in decision.findings if f.enforce and f.reason is decision.reason)
        if deciding.recipients and ticket.frame is not None:
            left = multi.without(ticket.frame, deciding.recipients, account.plan.statuses[deciding.reason])
            if left is not None:
                ticket.frame, ticket.refused = left
                self.count.reasons[deciding.reason] += len(ticket.refused)
                self.carry_on(ticket, account, passed)
                return
        self.refuse(ticket, deciding, cause)

    def carry_on(self, ticket: Ticket, account: Account, passed: list[Ticket]) -> None:
        """Let a request go to the carrier, with its code's TLV as the account's plan wants it."""
        code = account.plan.code
        if code.rewrites and ticket.frame is not None:
            ticket.frame = rewritten(ticket.frame, code)
        passed.append(ticket)

    def send(self, reseller: Reseller, passed: list[Ticket], now: float) -> None:
        """Hand decided tickets of one reseller to the carrier's side."""
        self._send(reseller, passed, now)

    # ------------------------------------------------------------ out

    def refuse(self, ticket: Ticket, finding: Finding, cause: Cause) -> None:
        """Answer with the status of a finding's reason."""
        ticket.finding = finding
        self.close(ticket, cause, finding.reason)

    def answered(self, carrier: Carrier, ticket: Ticket, frame: Frame) -> None:
        """Hand the carrier's own answer back."""
        if ticket.refused and frame.command_status == c.ESME_ROK:
            frame = multi.with_refused(frame, ticket.refused)
        self.close(ticket, Cause.ANSWERED, frame=frame)

    def close(
        self,
        ticket: Ticket,
        cause: Cause,
        reason: Reason | None = None,
        *,
        status: int | None = None,
        frame: Frame | None = None,
    ) -> None:
        """Close a ticket: the one place where a request of a reseller gets its answer.

        Either ``frame``, the carrier's answer, or a ``reason`` (and a ``status`` where the shape of the request
        asks for another than the reason's own). Raises LocalMisuse if the ticket is closed already.
        """
        if ticket.closed:
            raise LocalMisuse(f"request {ticket.sequence} was answered already")
        ticket.closed = True
        ticket.frame = None
        count = self.count
        count.closed[cause] += 1
        reseller = ticket.reseller
        reseller.in_flight -= 1
        if frame is not None:
            status = frame.command_status
            if not reseller.gone:
                reseller.send(frame, ticket.sequence)
                self._dirty[reseller] = None
        else:
            status = self._answer(ticket, reason, status)
        if self._recorder is not None:
            self._recorder(ticket, cause, reason, status, frame)
        if reseller.session.peer_unbound and not reseller.in_flight:
            reseller.session.answer_unbind()
            reseller.session.close("the reseller unbound")
            self._dirty[reseller] = None

    def _answer(self, ticket: Ticket, reason: Reason | None, status: int | None) -> int:
        """Answer in our own name."""
        reseller = ticket.reseller
        account = reseller.account
        if reason is not None:
            self.count.reasons[reason] += 1
            if status is None:
                status = (account.plan.statuses if account is not None else TABLES["smpp34"])[reason]
        if status is None:
            status = c.ESME_RSYSERR
        if not reseller.gone:
            body = b""
            if account is not None and account.plan.explain and reason is not None:
                body = _explanation(ticket, reason)
            reseller.answer(ticket.command, status, ticket.sequence, body)
            self._dirty[reseller] = None
        return status

    def sweep(self, now: float) -> None:
        """Forget texts whose segments stopped coming."""
        self._assembly.sweep(now)


def _explanation(ticket: Ticket, reason: Reason) -> bytes:
    """An empty message_id and additional_status_info_text (SMPP 5.0 section 4.8.4.1): reason, evidence, trace id."""
    finding = ticket.finding
    words = reason.value
    if finding is not None and finding.evidence and finding.reason is reason:
        words += f": {finding.evidence}"
    if ticket.trace_id:
        words += f" [{ticket.trace_id}]"
    octets = words.encode("ascii", "replace")[:255] + b"\0"
    return b"\0" + c.TAG_ADDITIONAL_STATUS_INFO_TEXT.to_bytes(2, "big") + len(octets).to_bytes(2, "big") + octets
