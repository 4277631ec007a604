"""Segments kept back until the whole of their text is judged, where the client's window allows it.

A client may be waiting for the answer to one segment before it sends the next, so nothing is held that would leave
it without a free slot: what it ever had open at once, :attr:`~smppproxy.relay.links.Reseller.peak`, is what its
window is known to allow. A client of window 1 is never kept waiting. Held requests are in flight like any other.
"""

from __future__ import annotations

from collections.abc import Iterator

from smppproxy.relay.assembly import Text
from smppproxy.relay.ticket import Ticket


class Holding:
    """The texts with segments held, oldest first. ``seconds`` is how long each is held, 0: nothing is."""

    __slots__ = ("_until", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until: dict[Text, float] = {}

    def __len__(self) -> int:
        return len(self._until)

    def __iter__(self) -> Iterator[Text]:
        return iter(self._until)

    def keep(self, ticket: Ticket, whole: Text, now: float) -> bool:
        """Hold a segment that was found good; False where it has to go on."""
        reseller = ticket.link
        if not self.seconds or whole.judged or reseller.held + 1 >= reseller.peak or reseller.session.peer_unbound:
            return False
        reseller.held += 1
        whole.held.append(ticket)
        self._until.setdefault(whole, now + self.seconds)
        return True

    def take(self, whole: Text) -> list[Ticket]:
        """Take back what is held of a text."""
        if self._until.pop(whole, None) is None:
            return []
        tickets, whole.held = whole.held, []
        for ticket in tickets:
            ticket.link.held -= 1
        return tickets

    def due(self, now: float) -> list[Ticket]:
        """Take what was held long enough."""
        tickets: list[Ticket] = []
        while self._until:
            whole, until = next(iter(self._until.items()))
            if until > now:
                break
            tickets += self.take(whole)
        return tickets
