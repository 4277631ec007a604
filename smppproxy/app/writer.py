"""Writes what the house has to say, once per connection and turn.

With ``[trace] durability = "commit"`` what goes to resellers waits until the rows of the trace before it are on the
disk. One sync is under way at a time, in a thread; all that comes meanwhile shares the next one.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from smppproxy.loggers import get_logger
from smppproxy.net.wire import HIGH_WATER, Wire
from smppproxy.relay.house import House
from smppproxy.relay.links import Link, Reseller
from smppproxy.state.spool import Spool

#: Seconds between attempts while the disk refuses.
RETRY: Final = 0.5

log = get_logger(__name__)


class Writer:
    """Empties the tray ``dirty``. ``durable`` is the spool that answers wait for, None: for nothing."""

    def __init__(
        self, house: House, gone: Callable[[Link, float], None], mishap: Callable[[Exception, Link, float], None]
    ) -> None:
        self.durable: Durable | None = None
        self._house = house
        self._gone = gone
        self._mishap = mishap

    def run(self, now: float) -> None:
        """Write once per connection; close those that are to be closed."""
        house, durable = self._house, self.durable
        dirty = house.dirty
        if not dirty:
            return
        links = list(dirty)
        dirty.clear()
        late = now + house.patience
        for link in links:
            wire = link.wire
            try:
                if not isinstance(wire, Wire):
                    if link.session.closing and not link.gone:  # never connected, or still dialling: nothing to write
                        self._gone(link, now)
                    continue
                octets = link.take()
                closing = link.session.closing
                if durable is not None and isinstance(link, Reseller):
                    durable.put(wire, octets, house.limits.close_grace if closing else None)
                else:
                    if octets:
                        wire.write(octets)
                    if closing:
                        wire.close(house.limits.close_grace)
                if link.next_check > late and not closing:
                    house.watch(link, now)
            except Exception as error:  # one link's trouble is not that of the others
                self._mishap(error, link, now)

    def send(self, link: Link, octets: bytes, now: float) -> None:
        """Write octets to a connection that has nothing else to write."""
        wire = link.wire
        if not isinstance(wire, Wire):  # nobody is bound without a connection
            return
        try:
            if self.durable is not None and isinstance(link, Reseller):
                self.durable.put(wire, octets, None)
            else:
                wire.write(octets)
            if link.next_check > now + self._house.patience:
                self._house.watch(link, now)
        except Exception as error:  # one link's trouble is not that of the others
            self._mishap(error, link, now)


class _Waiting:
    """What one connection is to be sent."""

    __slots__ = ("close", "octets", "size")

    def __init__(self) -> None:
        self.octets: list[bytes] = []
        self.size = 0
        self.close: float | None = None


class Durable:
    """Octets to resellers that wait for the disk. Whoever has too many of them is not read from meanwhile."""

    def __init__(self, spool: Spool, loop: asyncio.AbstractEventLoop, high_water: int = HIGH_WATER) -> None:
        self.syncs = 0
        self._spool = spool
        self._loop = loop
        self._high_water = high_water
        self._waiting: dict[Wire, _Waiting] = {}
        self._syncing = False
        self._retry = 0.0
        self._fault = ""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="trace-sync")

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def busy(self) -> bool:
        """Whether anything still waits."""
        return bool(self._waiting) or self._syncing

    def put(self, wire: Wire, octets: bytes, close: float | None) -> None:
        """Send octets when the rows before them are durable, then close (``close`` is the grace in seconds)."""
        waiting = self._waiting.get(wire)
        if waiting is None:
            if not octets and close is not None and not self._syncing:
                wire.close(close)
                return
            waiting = self._waiting[wire] = _Waiting()
        if octets:
            waiting.octets.append(octets)
            waiting.size += len(octets)
            if waiting.size > self._high_water:
                wire.pause(self)
        if close is not None:
            waiting.close = close

    def turn(self, unix: float) -> None:
        """A turn ends, its rows are with the spool: have them synced. ``unix`` is Unix time in seconds."""
        if not self._waiting or self._syncing or unix < self._retry:
            return
        descriptors = self._spool.commit(unix)
        if descriptors is None:
            self._retry = unix + RETRY
            if not self._fault:
                self._fault = self._spool.fault
                log.error("trace_not_durable", reason=self._fault)
            return
        if self._fault:
            self._fault = ""
            log.info("trace_durable_again")
        batch, self._waiting = self._waiting, {}
        if not descriptors:  # no row has been written since the last sync
            self._send(batch)
            return
        self._syncing = True
        future = self._loop.run_in_executor(self._thread, _sync, descriptors)
        future.add_done_callback(partial(self._synced, batch))

    def close(self) -> None:
        """Let go of the thread."""
        self._thread.shutdown(wait=False)

    def _synced(self, batch: dict[Wire, _Waiting], future: asyncio.Future[None]) -> None:
        self._syncing = False
        self.syncs += 1
        error = None if future.cancelled() else future.exception()
        if error is not None:  # what the disk has nobody knows: no answer is better than one that is not on record
            log.error("trace_sync_failed", reason=str(error), sessions=len(batch))
            for wire in batch:
                wire.abort()
            return
        self._send(batch)
        if self._waiting:
            self._loop.call_soon(self.turn, time.time())

    def _send(self, batch: dict[Wire, _Waiting]) -> None:
        for wire, waiting in batch.items():
            if waiting.octets:
                wire.write(b"".join(waiting.octets))
            if waiting.close is not None:
                wire.close(waiting.close)
            wire.resume(self)


def _sync(descriptors: Sequence[int]) -> None:
    """Bring files to the disk and close their descriptors. Raises OSError."""
    try:
        for descriptor in descriptors:
            os.fsync(descriptor)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
