"""What an account has waiting for the judge, by bind.

Texts of one bind are judged together where there are several: what a read, a write or an answer costs is then shared
by many messages. Taken in the order of arrival those of many binds would mix, and every visit to a connection would
be for one or two of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smppproxy.relay.links import Reseller
from smppproxy.relay.ticket import Ticket
from smppproxy.smpp import kernel


class Lane:
    """Tickets in their order on each bind; the binds have their turn one after another."""

    __slots__ = ("_binds", "_size")

    def __init__(self) -> None:
        self._binds: dict[Reseller, list[Ticket]] = {}  # those with something waiting, whose turn is next first
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Ticket]:
        for waiting in self._binds.values():
            yield from waiting

    def extend(self, tickets: Sequence[Ticket]) -> None:
        """Put tickets behind those of their binds."""
        for reseller, some in kernel.by_link(list(tickets)).items():
            waiting = self._binds.get(reseller)
            if waiting is None:
                self._binds[reseller] = some
            else:
                waiting += some
        self._size += len(tickets)

    def next(self) -> list[Ticket]:
        """What the bind whose turn it is has waiting, oldest first, to be looked at. The lane must not be empty."""
        return next(iter(self._binds.values()))

    def take(self, most: int) -> list[Ticket]:
        """Take so many of the bind whose turn it is, or what it has; then the next one's turn has come."""
        reseller = next(iter(self._binds))
        some = self._binds.pop(reseller)
        if len(some) > most:
            some, self._binds[reseller] = some[:most], some[most:]
        self._size -= len(some)
        return some

    def put_back(self, tickets: list[Ticket], *, served: bool) -> None:
        """Put what :meth:`take` gave back before the rest of its bind.

        A bind that was ``served``, with some of what was taken, has had its turn; any other's comes first once more.
        """
        if tickets:
            reseller: Reseller = tickets[0].link
            rest = self._binds.pop(reseller, [])
            if served:
                self._binds[reseller] = tickets + rest
            else:
                self._binds = {reseller: tickets + rest, **self._binds}
            self._size += len(tickets)

    def drop(self, reseller: Reseller) -> list[Ticket]:
        """Take all of one bind."""
        some = self._binds.pop(reseller, [])
        self._size -= len(some)
        return some

    def clear(self) -> None:
        """Take all."""
        self._binds.clear()
        self._size = 0
