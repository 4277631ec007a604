"""Writes the trace: one row for each closed request and recipient, in batches, to the worker's spool."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count, repeat
from operator import attrgetter
from typing import Any, Final

from filters.contract import Action, Reason
from filters.policy import TEMPORARY
from smppproxy.relay.links import Reseller
from smppproxy.relay.ticket import Cause, Note, Ticket
from smppproxy.smpp import constants as c
from smppproxy.smpp import kernel
from smppproxy.smpp.kernel import Frame
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.spool import Spool

_code: Final = attrgetter("note")
_received: Final = attrgetter("received")
_destination: Final = attrgetter("destination_addr")
_status: Final = attrgetter("command_status")


class Recorder:
    """A :class:`smppproxy.relay.ports.Recorder` over a spool. ``now`` is set at the beginning of each turn."""

    def __init__(self, spool: Spool, pseudonym: Pseudonymiser, worker: int, model: str = "") -> None:
        """``model`` is the version of the text model in use, "" for none."""
        self.spool = spool
        self.now = time.monotonic()
        self.model = model
        self._pseudonym = pseudonym
        self._offset = time.time() - self.now  # from the loop's clock to Unix time
        # Unique over workers and restarts, short enough for a person to read out.
        self._named = f"{int(time.time()):x}{worker:x}-%x".__mod__
        self._numbers = count(1)
        self._rows: list[tuple[Any, ...]] = []

    def name(self) -> str:
        """Return a new trace id."""
        return self._named(next(self._numbers))

    def answered(self, reseller: Reseller, tickets: list[Ticket], frames: list[Frame]) -> None:
        """Keep the rows of plain requests and their answers: columns first, so that no row costs a Python step."""
        account, carrier = reseller.account, reseller.carrier
        if account is None:
            return
        received = list(map(_received, tickets))
        now, offset = self.now, self._offset
        self._rows += zip(
            [at + offset for at in received],
            map(self._named, self._numbers_of(len(tickets))),
            repeat(account.name),
            repeat(carrier.upstream.plan.name if carrier is not None else ""),
            repeat(c.SUBMIT_SM),
            [code.decode("latin-1") if code else "" for code in map(_code, tickets)],
            kernel.texts(tickets, "source_addr"),
            self._pseudonym.many(map(_destination, tickets)),
            repeat(b""),
            repeat("forward"),
            repeat(""),
            repeat(""),
            repeat(""),
            repeat(0.0),
            map(_status, frames),
            kernel.texts(frames, "message_id"),
            [now - at for at in received],
            repeat(account.plan.route),
            strict=False,
        )

    def _numbers_of(self, many: int) -> Iterator[int]:
        numbers = self._numbers
        return (next(numbers) for _ in range(many))

    def closed(self, ticket: Ticket, cause: Cause, reason: Reason | None, status: int, frame: Frame | None) -> None:
        """Keep the row of one request, or one row for each of its recipients."""
        account = ticket.link.account
        if account is None:
            return
        note = ticket.note if isinstance(ticket.note, Note) else Note(ticket.note)
        facts = note.facts
        carrier = frame.link if frame is not None else None
        code = account.plan.rule.trimmed(note.code)
        segment, label, score, text, observed = "", "", 0.0, b"", ""
        recipients: tuple[bytes, ...] = ()
        if facts is not None:
            observed = ",".join(finding.reason.value for finding in facts.findings if not finding.enforce)
            label, score, text = facts.label, facts.score, facts.fingerprint
            recipients = tuple(number.encode("latin-1", "replace") for number in facts.message.recipients)
            if facts.whole is not None and facts.number:
                segment = f"{facts.number}/{facts.whole.total}"
        for recipient in self._pseudonym.many(recipients or (ticket.destination_addr,)):
            self._rows.append(
                (
                    ticket.received + self._offset,
                    note.trace_id or self.name(),
                    account.name,
                    carrier.upstream.plan.name if carrier is not None else "",
                    ticket.command_id,
                    code,
                    ticket.source_addr.decode("latin-1"),
                    recipient,
                    text,
                    _action(cause, reason),
                    reason.value if reason is not None else "",
                    observed,
                    label,
                    score,
                    status,
                    frame.message_id.decode("latin-1") if frame is not None else "",
                    self.now - ticket.received,
                    account.plan.route,
                    segment,
                    self.model if label else "",
                )
            )

    def flush(self, unix: float) -> None:
        """Hand the rows of this turn to the spool, which writes them when it is time."""
        if self._rows:
            rows, self._rows = self._rows, []
            self.spool.write(rows)
        self.spool.flush(unix)


def _action(cause: Cause, reason: Reason | None) -> str:
    if cause is Cause.ANSWERED:
        return Action.FORWARD.value
    if cause in (Cause.GATE, Cause.TEXT):
        return (Action.THROTTLE if reason in TEMPORARY else Action.REFUSE).value
    return Action.FORWARD.value  # the carrier may have it: its answer did not come, or came to nobody
