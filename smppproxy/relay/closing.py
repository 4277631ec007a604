"""Where tickets are closed: every request of a reseller gets its one answer here."""

from __future__ import annotations

from typing import Any

from filters.contract import Reason
from smppproxy.relay import multi
from smppproxy.relay.explanation import explanation
from smppproxy.relay.links import Link, Reseller
from smppproxy.relay.ports import Feed, Recorder
from smppproxy.relay.statuses import TABLES
from smppproxy.relay.ticket import CLOSED, Cause, Count, Note, Ticket
from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import LocalMisuse
from smppproxy.smpp.kernel import Frame


class Closing:
    """Answers, counts and records. Seven things close a ticket; all of them end here."""

    __slots__ = ("_dirty", "_recorder", "count", "feed")

    def __init__(self, dirty: dict[Link, None], recorder: Recorder | None) -> None:
        self.count = Count()
        self.feed: Feed | None = None  # who tells the sanctions
        self._dirty = dirty
        self._recorder = recorder

    def answered_plainly(
        self, reseller: Reseller, tickets: list[Ticket], frames: list[Frame], notes: list[Any], octets: bytes
    ) -> None:
        """Close a batch of plain tickets with the carrier's own answers: ``frames``, as they go back ``octets``.

        ``notes`` are those of the tickets.
        """
        answered = len(tickets)
        self.count.closed[Cause.ANSWERED] += answered
        reseller.in_flight -= answered
        if not reseller.gone:
            reseller.hand(octets)
            self._dirty[reseller] = None
        if self.feed is not None:
            self.feed.answered(reseller, notes)
        if self._recorder is not None:
            self._recorder.answered(reseller, tickets, frames)
        if not reseller.in_flight:
            self.let_go(reseller)

    def answered(self, ticket: Ticket, frame: Frame) -> None:
        """Hand the carrier's own answer back."""
        note = ticket.note
        if isinstance(note, Note) and note.refused and frame.command_status == c.ESME_ROK:
            frame = multi.with_refused(frame, note.refused)
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
        """Close a ticket: the place where a request of a reseller gets its answer.

        Either ``frame``, the carrier's answer or ours in its place, or a ``reason`` (and a ``status`` where another
        than the reason's own is asked for). Raises LocalMisuse if the ticket is closed already.
        """
        if ticket.note is CLOSED:
            raise LocalMisuse(f"request {ticket.sequence_number} was answered already")
        self.count.closed[cause] += 1
        reseller: Reseller = ticket.link
        reseller.in_flight -= 1
        if frame is not None:
            status = frame.command_status
            if reason is not None:
                self.count.reasons[reason] += 1
            if not reseller.gone:
                reseller.send(frame, ticket.sequence_number)
                self._dirty[reseller] = None
        else:
            status = self._answer(ticket, reason, status)
        if isinstance(ticket.note, Note):
            for observed in _observed(ticket.note):
                self.count.observed[observed] += 1
        if self.feed is not None:
            self.feed.closed(ticket, cause)
        if self._recorder is not None:
            self._recorder.closed(ticket, cause, reason, status, frame)
        ticket.note = CLOSED
        self.let_go(reseller)

    def let_go(self, reseller: Reseller) -> None:
        """End a session that has unbound, after the last of its requests was answered."""
        session = reseller.session
        if (session.peer_unbound or session.unbound) and not (reseller.in_flight or reseller.reading or reseller.gone):
            session.answer_unbind()
            session.close("the reseller unbound" if session.peer_unbound else "unbound")
            self._dirty[reseller] = None

    def _answer(self, ticket: Ticket, reason: Reason | None, status: int | None) -> int:
        """Answer in our own name."""
        reseller: Reseller = ticket.link
        account = reseller.account
        if reason is not None:
            self.count.reasons[reason] += 1
            if status is None:
                status = (account.plan.statuses if account is not None else TABLES["smpp34"])[reason]
        if status is None:
            status = c.ESME_RSYSERR
        if not reseller.gone:
            body = b""
            if account is not None and account.plan.explain and reseller.knows_tlvs and reason is not None:
                body = explanation(ticket, reason)
            reseller.answer(ticket.command_id, status, ticket.sequence_number, body)
            self._dirty[reseller] = None
        return status


def _observed(note: Note) -> list[Reason]:
    """The reasons that rules in observe mode found."""
    findings = note.facts.findings if note.facts is not None else ()
    if not findings:
        return [note.finding.reason] if note.finding is not None and not note.finding.enforce else []
    return [finding.reason for finding in findings if not finding.enforce]
