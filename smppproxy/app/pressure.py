"""Back-pressure between connections: whoever fills a write buffer is not read from until it has drained."""

from __future__ import annotations

from collections.abc import Iterable

from smppproxy.loggers import get_logger
from smppproxy.net.wire import Wire
from smppproxy.relay.house import House
from smppproxy.relay.links import Carrier, Link, Reseller

log = get_logger(__name__)


class Pressure:
    """Pauses and resumes reading. A peer that does not read for ``patience`` seconds is disconnected."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._full: dict[Link, float] = {}  # links whose peer does not read, and since when
        self._paused: dict[Link, set[Link]] = {}  # whom each of them has silenced

    def wire_full(self, wire: Wire, full: bool, now: float) -> None:
        """A write buffer is over its high-water mark, or under its low one again."""
        link = wire.owner
        if not isinstance(link, Link):
            return
        if not full:
            self.gone(link, now)
            return
        self._full[link] = now
        self._silence(link)

    def _silence(self, link: Link) -> None:
        silenced = self._paused.setdefault(link, set())
        for feeder in self._feeders(link):
            if feeder not in silenced and not feeder.gone and isinstance(feeder.wire, Wire):
                feeder.wire.pause(link)
                feeder.session.pause()
                silenced.add(feeder)

    def gone(self, link: Link, now: float) -> None:
        """A link has room again, or is no more: those it silenced are read again."""
        self._full.pop(link, None)
        for feeder in self._paused.pop(link, ()):
            if isinstance(feeder.wire, Wire):
                feeder.wire.resume(link)
            if not any(feeder in silenced for silenced in self._paused.values()):
                self._house.resume(feeder, now)

    def tick(self, now: float, patience: float) -> None:
        """Disconnect peers that have not read for too long: their timers rest while we do not read from them."""
        for link, since in list(self._full.items()):
            self._silence(link)  # who has bound since
            if now - since > patience:
                side = "reseller" if isinstance(link, Reseller) else "upstream"
                log.warning("peer_does_not_read", side=side, seconds=round(now - since, 1))
                del self._full[link]
                if isinstance(link.wire, Wire):
                    link.wire.abort()

    def _feeders(self, link: Link) -> Iterable[Link]:
        """Whose requests fill this link's buffer: its own answers fill a reseller's, its resellers a carrier's."""
        if isinstance(link, Reseller):
            return [link]
        if not isinstance(link, Carrier):
            return []
        if link.reseller is not None:
            return [link.reseller]
        name = link.upstream.plan.name
        return [r for r in self._house.resellers if r.account is not None and r.account.plan.upstream == name]
