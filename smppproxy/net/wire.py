"""One connection's octets: reads are collected and handed over once per turn of the loop, writes are joined.

Batches are what makes a relay fast: a turn that reads from a hundred connections parses, decides and writes once
for all of them. Knows no protocol; ``owner`` is whatever the other side of the wire is to its user.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

#: Unsent octets at which reading from the peers that feed this connection pauses, and at which it goes on.
HIGH_WATER = 1 << 20
LOW_WATER = 1 << 18


class Pump:
    """Collects what all wires of a worker read and calls ``turn`` once per turn of the loop.

    ``reads`` holds ``(wire, octets)`` in the order of arrival; ``None`` stands for the end of the connection.
    """

    __slots__ = ("_turn", "_woken", "full", "high_water", "loop", "reads")

    def __init__(self, turn: Callable[[], None], full: Callable[[Wire, bool], None]) -> None:
        """``full`` is told when a wire's write buffer is over its high-water mark, and when it is empty again."""
        self.loop = asyncio.get_running_loop()
        self._turn = turn
        self._woken = False
        self.full = full
        self.high_water = HIGH_WATER
        self.reads: list[tuple[Wire, bytes | None]] = []

    def wake(self) -> None:
        """Have ``turn`` called when this turn's reads are in."""
        if not self._woken:
            self._woken = True
            self.loop.call_soon(self._run)

    def take(self) -> list[tuple[Wire, bytes | None]]:
        """Empty the tray of reads."""
        reads, self.reads = self.reads, []
        return reads

    def _run(self) -> None:
        self._woken = False
        self._turn()


class Wire(asyncio.Protocol):
    """A connection of the pump."""

    __slots__ = ("_ended", "_grace", "_made", "_paused", "_pump", "_transport", "owner")

    def __init__(self, pump: Pump, owner: Any = None, made: Callable[[Wire], None] | None = None) -> None:
        """``made`` is called when the connection stands."""
        self.owner = owner
        self._pump = pump
        self._made = made
        self._transport: asyncio.Transport | None = None
        self._paused: set[object] = set()
        self._ended = False
        self._grace: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------ asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        high = self._pump.high_water
        self._transport.set_write_buffer_limits(high=high, low=min(high, LOW_WATER))
        if self._made is not None:
            self._made(self)
            self._made = None

    def data_received(self, data: bytes) -> None:
        pump = self._pump
        pump.reads.append((self, data))
        if not pump._woken:
            pump.wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._grace is not None:
            self._grace.cancel()  # it would keep the wire, and all its owner holds, until then
            self._grace = None
        self._end()

    def forsake(self) -> None:
        """The attempt to connect was given up. Where it had just come true, uvloop never tells of the end."""
        if self._transport is not None:
            self.connection_lost(None)

    def pause_writing(self) -> None:
        self._pump.full(self, True)

    def resume_writing(self) -> None:
        self._pump.full(self, False)

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._pump.reads.append((self, None))
            self._pump.wake()

    # ------------------------------------------------------------ the owner

    @property
    def peer(self) -> tuple[str, int]:
        """Address and port of the other end; empty where there is none (a Unix socket)."""
        name = self._transport.get_extra_info("peername") if self._transport is not None else None
        return (str(name[0]), int(name[1])) if isinstance(name, tuple) and len(name) >= 2 else ("", 0)

    @property
    def ended(self) -> bool:
        """Whether the connection is gone, or was never made and never will be."""
        return self._ended

    @property
    def unsent(self) -> int:
        """Octets in the write buffer."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def inject(self, data: bytes) -> None:
        """Treat octets as if they had just been read: a predecessor read them."""
        self.data_received(data)

    def write(self, data: bytes) -> None:
        """Send octets; they are dropped where the connection is gone."""
        transport = self._transport
        if transport is not None and not transport.is_closing():
            transport.write(data)

    def pause(self, reason: object) -> None:
        """Stop reading until every ``reason`` to pause has gone."""
        if not self._paused and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
        self._paused.add(reason)

    def resume(self, reason: object) -> bool:
        """Take back a reason to pause. Returns whether reading went on because of it."""
        if reason not in self._paused:
            return False
        self._paused.discard(reason)
        if self._paused or self._transport is None or self._transport.is_closing():
            return False
        self._transport.resume_reading()
        return True

    def close(self, grace: float) -> None:
        """Send what is left, then close; what is not sent within ``grace`` seconds is dropped."""
        transport = self._transport
        if transport is None:
            self._end()
        elif not transport.is_closing():
            transport.close()
            self._grace = self._pump.loop.call_later(grace, self.abort)

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()
