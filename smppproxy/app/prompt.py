"""Small reads of paired links are treated as they come, ahead of the turn that they belong to.

To read from every connection first and to treat all of it then makes each message wait for a whole turn on its way in,
and for another on its way back. Links that are one pair's alone gain nothing by that: nobody else writes there.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from smppproxy.app.writer import Writer
from smppproxy.net.wire import Pump, Wire
from smppproxy.relay.house import House
from smppproxy.relay.links import Link


class Prompt:
    """What a pump calls for small reads. The turn that follows has what they asked for done, and calls :meth:`end`."""

    __slots__ = ("_begin", "_house", "_mishap", "_pump", "_since", "_writer")

    def __init__(
        self,
        house: House,
        pump: Pump,
        writer: Writer,
        begin: Callable[[float, float, bool], None],
        mishap: Callable[[str, Exception, Link, float], None],
    ) -> None:
        """``begin`` looks at the books: at the monotonic and the Unix time, and whether somebody asked for a turn."""
        self._house = house
        self._pump = pump
        self._writer = writer
        self._begin = begin
        self._mishap = mishap
        self._since = 0.0

    def __call__(self, wire: Wire, data: bytes) -> bool:
        """Treat a read. False: it is for the turn, and nothing was touched."""
        link = wire.owner
        if link is None or link.pair is None or link.session.closing:
            return False
        now = self._since
        if not now:
            now = self._since = time.monotonic()
            self._begin(now, time.time(), self._pump.asked)
        try:
            octets = self._house.sent(link, data, now)
            if octets is not None:
                self._writer.send(link.pair, octets, now)
            else:
                self._pump.asked = True
                self._writer.run(now)
        except Exception as error:  # one link's trouble is not that of the others
            self._pump.asked = True
            self._mishap("read", error, link, now)
        return True

    def end(self) -> float:
        """The turn has come: when it began, on the loop's clock; 0.0 where nothing was treated ahead of it."""
        since, self._since = self._since, 0.0
        return since
