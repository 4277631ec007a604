"""Does what was decided about a request: hands it on, in another sender's name where that was decided, or stops it.

Stopping has four ways: ``refuse`` and ``throttle`` answer with the status of the reason, ``swallow`` answers as if the
carrier had taken the message, ``quarantine`` has it held for a person and answers once it is safe.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from filters.contract import Action, Decision, Finding, Reason
from filters.gate import Gate
from filters.policy import REFUSING
from smppproxy.relay import multi
from smppproxy.relay.acceptance import acceptance, message_id
from smppproxy.relay.closing import Closing
from smppproxy.relay.links import Link, Reseller
from smppproxy.relay.ports import Recorder
from smppproxy.relay.quarantine import Held, Quarantine
from smppproxy.relay.rewrite import rewritten, with_sender
from smppproxy.relay.statuses import status_of
from smppproxy.relay.ticket import Cause, Note, Ticket, note_of
from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import LocalMisuse

#: Requests that ask for a text to be carried: each carries the first sender's code.
CARRIES_TEXT = frozenset({c.SUBMIT_SM, c.DATA_SM, c.SUBMIT_MULTI, c.BROADCAST_SM})


class Acting(Closing):
    """The acting half of the desk."""

    __slots__ = ("_send", "gate", "quarantine")

    def __init__(
        self,
        gate: Gate,
        dirty: dict[Link, None],
        send: Callable[[Reseller, Sequence[Ticket], bool], None],
        recorder: Recorder | None,
    ) -> None:
        super().__init__(dirty, recorder)
        self.gate = gate
        self.quarantine = Quarantine()
        self._send = send

    # ------------------------------------------------------------ on to the carrier

    def carry_on(self, ticket: Ticket, passed: list[Ticket]) -> None:
        """Let a request go to the carrier, with its sender and its code's TLV as they are to be there."""
        code = ticket.link.account.plan.code
        note = ticket.note
        if isinstance(note, Note) and note.facts is not None:
            if note.facts.part is not None:
                note.facts.part.carried = True
            if note.facts.rewrite is not None:
                note.forward = self._as_decided(ticket, note)
                note.action, note.finding = Action.REWRITE, note.facts.rewrite[1]
                self.count.actions[Action.REWRITE, note.finding.reason] += 1
        if code.rewrites and ticket.command_id in CARRIES_TEXT:  # a replace_sm carries no code
            note = note_of(ticket)
            note.forward = rewritten(note.forward or ticket, code)
        passed.append(ticket)

    def send(self, reseller: Reseller, passed: list[Ticket]) -> None:
        """Hand decided tickets of one reseller to the carrier's side."""
        self._send(reseller, passed, False)

    @staticmethod
    def _as_decided(ticket: Ticket, note: Note) -> Ticket:
        """The request without the destinations that were refused, and under the sender that was decided."""
        frame = note.forward or ticket
        rewrite = note.facts.rewrite if note.facts is not None else None
        return with_sender(frame, rewrite[0].encode("ascii", "replace")) if rewrite is not None else frame

    # ------------------------------------------------------------ stopped

    def without_some(self, ticket: Ticket, decision: Decision) -> bool:
        """Take the destinations that rules refuse out of a submit_multi; False where nobody would be left."""
        policy, statuses = self.gate.policy, ticket.link.account.plan.statuses
        refused: dict[str, int] = {}
        first: Reason | None = None
        for finding in decision.findings:
            action = policy.action_of(finding)
            if finding.enforce and finding.recipients and action in REFUSING:
                first = first or finding.reason
                status = status_of(statuses, finding.reason, action)
                for recipient in finding.recipients:
                    refused.setdefault(recipient, status)
        left = multi.without(ticket, refused) if first is not None else None
        if left is None or first is None:
            return False
        note = note_of(ticket)
        note.forward, note.refused = left
        self.count.reasons[first] += len(note.refused)
        return True

    def stop(self, ticket: Ticket, decision: Decision, cause: Cause) -> None:
        """Do what keeps a request from the carrier."""
        finding = deciding(decision)
        action = decision.action
        if action is Action.QUARANTINE and ticket.command_id in CARRIES_TEXT:
            if not finding.recipients:
                self.without_some(ticket, decision)  # whoever is refused must not be sent it when it is released
            self._hold(ticket, finding, cause)
        elif action is Action.SWALLOW:
            note = note_of(ticket)
            note.finding, note.action = finding, Action.SWALLOW
            self._accept(ticket, finding, cause, message_id())
        else:
            self.refuse(ticket, finding, cause, action)

    def refuse(self, ticket: Ticket, finding: Finding, cause: Cause, action: Action = Action.REFUSE) -> None:
        """Answer with the status of a finding's reason."""
        note = note_of(ticket)
        note.finding = finding
        self._name(note)
        status = None
        if action is Action.THROTTLE:
            status = status_of(ticket.link.account.plan.statuses, finding.reason, action)
            note.action = action
        self.close(ticket, cause, finding.reason, status=status)

    def _accept(self, ticket: Ticket, finding: Finding, cause: Cause, name: str) -> None:
        """Say yes in the carrier's place."""
        note = note_of(ticket)
        self._name(note)
        if note.action is not None:
            self.count.actions[note.action, finding.reason] += 1
        frame = acceptance(ticket, name)
        self.close(ticket, cause, finding.reason, frame=multi.with_refused(frame, note.refused))

    def named(self, ticket: Ticket) -> str:
        """Return the trace id under which a request will be recorded; "" where no trace is kept."""
        if self._recorder is None:
            return ""
        note = note_of(ticket)
        self._name(note)
        return note.trace_id

    def _name(self, note: Note) -> None:
        if self._recorder is not None and not note.trace_id:
            note.trace_id = self._recorder.name()

    # ------------------------------------------------------------ held

    def _hold(self, ticket: Ticket, finding: Finding, cause: Cause) -> None:
        if not self.quarantine.room:
            self.close(ticket, Cause.GATE, Reason.QUARANTINE_FULL)
            return
        note = note_of(ticket)
        note.finding = finding
        self._name(note)
        name = message_id()
        whole = note.facts.whole if note.facts is not None else None
        if whole is not None and not whole.name:
            whole.name = name
        frame = self._as_decided(ticket, note)
        text_id = whole.name if whole is not None else name
        self.quarantine.put(Held(ticket, frame, name, text_id, finding, cause, ticket.received))

    def held(self, held: Held, safe: bool) -> None:
        """A request that was taken from the quarantine's tray is safe on the disk, or found no room there."""
        if not self.quarantine.settle(held):
            return  # answered meanwhile, with an outcome that is unknown
        ticket = held.ticket
        if ticket.link.gone:
            self.close(ticket, Cause.RESELLER_GONE, Reason.RESELLER_GONE)
        elif safe:
            note_of(ticket).action = Action.QUARANTINE
            self._accept(ticket, held.finding, held.cause, held.message_id)
        else:
            self.close(ticket, Cause.GATE, Reason.QUARANTINE_FULL)

    def expire_held(self, before: float) -> None:
        """Answer what the disk has not taken since before a time: whether it is held nobody can say."""
        for held in self.quarantine.overdue(before):
            self._give_up(held, Cause.TIMEOUT, Reason.RESPONSE_TIMEOUT)

    def abandon_held(self) -> None:
        """Answer all that waits for the disk: we end."""
        for held in list(self.quarantine):
            self._give_up(held, Cause.SHUTDOWN, Reason.UPSTREAM_LOST)

    def _give_up(self, held: Held, cause: Cause, reason: Reason) -> None:
        self.quarantine.settle(held)
        if held.ticket.link.gone:
            cause, reason = Cause.RESELLER_GONE, Reason.RESELLER_GONE
        self.close(held.ticket, cause, reason)


def deciding(decision: Decision) -> Finding:
    """The finding that decided. Raises LocalMisuse for a decision to forward."""
    for finding in decision.findings:
        if finding.enforce and finding.reason is decision.reason:
            return finding
    raise LocalMisuse("nothing was found that decides")
