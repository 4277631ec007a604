"""Tickets: one request on its way, opened once and closed once, and the count that proves it."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from filters.contract import CodeValue, Finding, Message, Reason
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.pdu import UnsuccessSme

if TYPE_CHECKING:
    from smppproxy.relay.assembly import Part, Text
    from smppproxy.relay.links import Reseller


class Cause(StrEnum):
    """What closed a ticket: the seven ways, and no other."""

    GATE = "gate"  # refused before the carrier saw it, by a rule, a bound or its own shape
    TEXT = "text"  # refused for what the text says
    ANSWERED = "answered"  # the carrier's own answer
    TIMEOUT = "timeout"  # the carrier did not answer in time
    LINK_LOST = "link_lost"  # the upstream link broke or was never there
    RESELLER_GONE = "reseller_gone"
    SHUTDOWN = "shutdown"


class Ticket(msgspec.Struct, gc=False):
    """One request of a reseller, from its first octet to its answer.

    ``opened`` is monotonic time in seconds. ``frame`` is dropped once the carrier has it, so that a slow answer
    does not keep a whole read buffer alive.
    """

    reseller: Reseller
    sequence: int  # the reseller's sequence_number
    command: int  # the request's command_id
    opened: float
    frame: Frame | None
    code: CodeValue = None
    finding: Finding | None = None
    facts: Facts | None = None
    refused: tuple[UnsuccessSme, ...] = ()  # destinations of a submit_multi that we refused ourselves
    trace_id: str = ""
    closed: bool = False


class Facts(msgspec.Struct, gc=False):
    """What was read and found beyond the code, where a rule or the judge needs it."""

    message: Message
    data_coding: int = 0
    whole: Text | None = None  # the text this segment belongs to
    part: Part | None = None
    findings: tuple[Finding, ...] = ()


class Count:
    """The law of the house: taken = closed + in flight. Plain integers, read by metrics."""

    __slots__ = ("closed", "reasons", "taken")

    def __init__(self) -> None:
        self.taken = 0
        self.closed: dict[Cause, int] = dict.fromkeys(Cause, 0)
        self.reasons: Counter[Reason] = Counter()

    @property
    def in_flight(self) -> int:
        """Requests taken and not yet answered."""
        return self.taken - sum(self.closed.values())
