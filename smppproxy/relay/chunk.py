"""What one run of the judge is about: tickets off the tray, and the texts they bring."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from smppproxy.relay.ticket import Note, Ticket
from smppproxy.smpp import text

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
