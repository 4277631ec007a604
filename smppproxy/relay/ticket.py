"""Tickets: one request on its way, opened once and closed once, and the count that proves it.

A ticket is the very :class:`~smppproxy.smpp.kernel.Frame` that brought the request, a row of a window's table and not
an object more: it knows its link, when it was received, its command and its sequence_number. What else there is to
say stands in its ``note``: the code's octets where nothing was found and nothing else is of interest, a
:class:`Judgement` where a trace wants to know what the judge said of a text that passed, a :class:`Note` otherwise.
When the carrier has the request its octets are let go, so a slow answer does not keep a read buffer alive.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from filters.contract import Action, CodeValue, Finding, Message, Reason
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.pdu import UnsuccessSme

if TYPE_CHECKING:
    from smppproxy.relay.assembly import Part, Text

Ticket = Frame


class Cause(StrEnum):
    """What closed a ticket: the seven ways, and no other."""

    GATE = "gate"  # refused before the carrier saw it, by a rule, a bound or its own shape
    TEXT = "text"  # refused for what the text says
    ANSWERED = "answered"  # the carrier's own answer
    TIMEOUT = "timeout"  # the carrier did not answer in time
    LINK_LOST = "link_lost"  # the upstream link broke or was never there
    RESELLER_GONE = "reseller_gone"
    SHUTDOWN = "shutdown"

    __hash__ = str.__hash__  # an Enum's own is a Python function: too dear for what each read counts by it


class Closed(Enum):
    """The note of a ticket that was answered."""

    CLOSED = "closed"


CLOSED: Final = Closed.CLOSED


class Note(msgspec.Struct, gc=False):
    """What is known of a request beyond its code."""

    code: CodeValue = None
    finding: Finding | None = None
    facts: Facts | None = None
    forward: Frame | None = None  # what the carrier gets, where that is not the frame as received
    refused: tuple[UnsuccessSme, ...] = ()  # destinations of a submit_multi that we refused ourselves
    trace_id: str = ""  # what a refused client is told, where a trace is kept
    action: Action | None = None  # what was done, where that is neither to forward it as it came nor to refuse it


class Judgement(msgspec.Struct, gc=False):
    """What the judge said of one text. As the note of a ticket: nothing was found, and a trace wants to know more."""

    finding: Finding | None = None
    label: str = ""  # the class it held most likely
    score: float = 0.0  # that class's probability
    key: bytes = b""  # the text as the judge saw it
    code: bytes | None = None


class Late(msgspec.Struct, gc=False):
    """A text whose verdict did not come in time, and whose it was: it is judged when its request is answered."""

    texts: tuple[str, ...]
    whole: Text | None = None
    account: str = ""
    code: str = ""
    sender: str = ""
    recipient: bytes = b""
    recipients: int = 1
    route: str = "domestic"
    received: float = 0.0  # on the loop's clock
    trace_id: str = ""  # "" where no trace is kept


class Facts(msgspec.Struct, gc=False):
    """What was read and found beyond the code, where a rule or the judge needs it."""

    message: Message
    data_coding: int = 0
    whole: Text | None = None  # the text this segment belongs to
    part: Part | None = None
    number: int = 0  # which segment this is
    findings: tuple[Finding, ...] = ()
    judgement: Judgement | None = None
    asked: int = -1  # the version of the books when sanctions were asked about it; -1: never
    rewrite: tuple[str, Finding] | None = None  # the sender to write where it is forwarded, and what asks for it


class Route(msgspec.Struct, frozen=True, gc=False):
    """Whose message an SMSC's message_id names, and what a replace_sm of it inherits."""

    account: str
    code: bytes | None = None
    data_coding: int = 0
    alias: str = ""  # the message_id its client knows it by, where that is ours and not the SMSC's


def note_of(ticket: Ticket) -> Note:
    """Return the ticket's note; one that only said its code becomes a whole one."""
    note = ticket.note
    if not isinstance(note, Note):
        note = ticket.note = Note(code_in(note))
    return note


def code_in(note: object) -> bytes | None:
    """Return the code's octets that a ticket's note holds, None where it holds none or two that differ."""
    if isinstance(note, bytes):
        return note
    code = note.code if isinstance(note, (Judgement, Note)) else None
    return code if isinstance(code, bytes) else None


class Count:
    """The law of the house: taken = closed + in flight. Plain integers, read by metrics."""

    __slots__ = ("actions", "closed", "observed", "reasons", "taken")

    def __init__(self) -> None:
        self.taken = 0
        self.closed: dict[Cause, int] = dict.fromkeys(Cause, 0)
        self.reasons: Counter[Reason] = Counter()
        self.observed: Counter[Reason] = Counter()  # what a rule in observe mode would have refused for
        self.actions: Counter[tuple[Action, Reason]] = Counter()  # what was done beside forwarding and refusing

    @property
    def in_flight(self) -> int:
        """Requests taken and not yet answered."""
        return self.taken - sum(self.closed.values())
