"""The safety net under a turn: what a bug may cost is one connection, never the turn, and no request is left open."""

from __future__ import annotations

import time
from collections import Counter

from smppproxy.loggers import get_logger
from smppproxy.relay.house import House
from smppproxy.relay.links import Carrier, Link, Reseller
from smppproxy.relay.ticket import Cause, Ticket

#: Seconds between two log lines about the same place; a bug that every message meets must not fill a disk.
LOG_INTERVAL = 10.0

log = get_logger(__name__)


class Mishaps:
    """Counts and tells of exceptions nobody expected, and finds the requests they left without an answer."""

    def __init__(self, house: House) -> None:
        self.count = 0
        self._house = house
        self._told: dict[str, tuple[float, int]] = {}  # by place: when it was logged, and what happened since

    def tell(self, where: str, error: BaseException, **about: object) -> None:
        """Count an exception and log it, with its traceback, unless this place was logged a moment ago."""
        self.count += 1
        now = time.monotonic()
        at, since = self._told.get(where, (-LOG_INTERVAL, 0))
        if now - at < LOG_INTERVAL:
            self._told[where] = (at, since + 1)
            return
        self._told[where] = (now, 0)
        log.error("unexpected", where=where, exc_info=error, not_told=since, **about)

    def bereft(self, link: Link | None) -> list[Reseller]:
        """The resellers with requests that were taken and are nowhere now: nobody will answer them, so their sessions
        have to end. The requests are counted as closed. ``link`` is where it happened.

        Looks at everything that is open, which is cheap beside what happened.
        """
        house = self._house
        live = Counter(ticket.link for ticket in self._open())
        found = []
        for reseller in {*house.resellers, *live, *([link] if isinstance(link, Reseller) else [])}:
            lost = reseller.in_flight - live[reseller] - reseller.held
            if lost > 0:
                reseller.in_flight -= lost
                house.desk.count.closed[Cause.RESELLER_GONE] += lost
                found.append(reseller)
        return found

    def _open(self) -> list[Ticket]:
        """Every request that waits for somebody, but for the segments held, which resellers count themselves."""
        house = self._house
        tickets: list[Ticket] = []
        carriers: set[Carrier] = set(house.carriers)
        for upstream in house.upstreams.values():
            tickets += upstream.waiting
            carriers.update(upstream.carriers)
        for carrier in carriers:
            tickets += carrier.window
        for account in house.doors.accounts.values():
            tickets += account.texts
        for tray in house.trays:
            tickets += tray.decided
        tickets += [held.ticket for held in house.desk.quarantine]
        return tickets
