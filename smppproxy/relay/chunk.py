"""What one run of the judge is about: tickets off the tray, and the texts they bring."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from operator import attrgetter
from typing import Final

from smppproxy.relay.account import Account
from smppproxy.relay.ports import Verdict
from smppproxy.relay.ticket import Late, Note, Ticket, code_in
from smppproxy.smpp import text

_OVER: Final = attrgetter("over")

#: What is about to be judged: tickets of accounts, each with its readings.
Batch = Sequence[tuple[Ticket, tuple[str, ...]]]


class Chunk:
    """What one run judges: tickets, and beside each its one reading, or a tuple of readings where it has a note."""

    __slots__ = ("plain", "texts", "tickets")

    def __init__(self) -> None:
        self.tickets: list[Ticket] = []
        self.texts: list[str | tuple[str, ...]] = []
        self.plain = True  # each has one reading

    def fill(self, some: list[Ticket], readings: int, room: int, chunk: int) -> tuple[list[Ticket], int, int]:
        """Take as many tickets as there is room for, and one that is too large where there is no other.

        ``readings`` are taken by now, ``room`` is for octets. Returns those for the next time, and the two as they are
        then; after some were left, no more readings fit.
        """
        while some:
            plain, octets = text.plain_readings(some[: chunk - readings], room)
            self.tickets += some[: len(plain)]
            self.texts += plain
            readings, room, some = readings + len(plain), room - octets, some[len(plain) :]
            if not some:
                break
            ticket = some[0]
            texts = texts_of(ticket)
            room -= octets_of(texts)
            if self.tickets and (room < 0 or readings + len(texts) > chunk):
                return some, chunk, room
            self.tickets.append(ticket)
            if len(texts) == 1 and not isinstance(ticket.note, Note):
                self.texts += texts
            else:
                self.texts.append(texts)
                self.plain = False
            readings, some = readings + len(texts), some[1:]
        return some, readings, room

    def pairs(self) -> Batch:
        """The same for those who look on."""
        return list(zip(self.tickets, map(_as_several, self.texts), strict=True))

    def readings(self) -> list[str]:
        """All readings in a row."""
        if self.plain:  # as nearly always
            return self.texts  # type: ignore[return-value]
        return [reading for each in self.texts for reading in _as_several(each)]

    def least(self) -> int:
        """The readings of the first ticket."""
        return 1 if self.plain else len(_as_several(self.texts[0]))

    def keep(self, readings: int) -> list[Ticket]:
        """Keep the tickets that have all their readings among so many, and return the others."""
        place = readings
        if not self.plain:
            ends = accumulate(len(_as_several(each)) for each in self.texts)
            place = sum(end <= readings for end in ends)
        rest = self.tickets[place:]
        del self.tickets[place:], self.texts[place:]
        return rest

    def parted(
        self, said: Sequence[Verdict]
    ) -> tuple[list[Ticket], Sequence[Verdict], list[tuple[list[Ticket], Sequence[Verdict]]]]:
        """Plain tickets against whose text nothing was found with what was said of each; the others one by one."""
        if self.plain and not any(map(_OVER, said)):
            return self.tickets, said, []
        quiet: list[Ticket] = []
        heard: list[Verdict] = []
        loud: list[tuple[list[Ticket], Sequence[Verdict]]] = []
        verdicts = iter(said)
        for ticket, each in zip(self.tickets, self.texts, strict=True):
            if not isinstance(each, str):
                loud.append(([ticket], [next(verdicts) for _ in each]))
            elif (verdict := next(verdicts)).over:
                loud.append(([ticket], (verdict,)))
            else:
                quiet.append(ticket)
                heard.append(verdict)
        return quiet, heard, loud


def _as_several(each: str | tuple[str, ...]) -> tuple[str, ...]:
    return (each,) if isinstance(each, str) else each


def texts_of(ticket: Ticket) -> tuple[str, ...]:
    """The readings to judge: of a segment, of all the text seen so far, which may have grown while it waited."""
    note = ticket.note
    if not isinstance(note, Note):
        return text.readings_of(ticket)
    facts = note.facts
    if facts is None:
        return ()
    return facts.message.texts if facts.whole is None else facts.whole.readings()


def octets_of(texts: tuple[str, ...]) -> int:
    """About how many octets the judge will see of some readings."""
    size = 0
    for each in texts:
        size += len(each) if each.isascii() else 2 * len(each)
    return size


def late_of(ticket: Ticket) -> Late:
    """What is to be judged afterwards, with what the octets say of it: they are let go when the request goes on."""
    account: Account = ticket.link.account
    plan, note = account.plan, ticket.note
    late = Late(
        texts_of(ticket),
        account=account.name,
        code=plan.rule.trimmed(code_in(note)),
        sender=ticket.source_addr.decode("latin-1"),
        recipient=ticket.destination_addr,
        route=plan.route,
        received=ticket.received,
    )
    if isinstance(note, Note) and note.facts is not None:
        message = note.facts.message
        late.whole = note.facts.whole
        late.recipients = len(message.recipients)
        if message.recipients:
            late.recipient = message.recipients[0].encode("latin-1")
    return late
