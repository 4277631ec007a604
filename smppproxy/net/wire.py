"""One connection's octets: reads are collected and handed over once per turn of the loop, writes are joined.

Batches are what makes a relay fast: a turn that reads from a hundred connections parses, decides and writes once
for all of them. Knows no protocol; ``owner`` is whatever the other side of the wire is to its user.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

#: Unsent octets at which reading from the peers that feed this connection pauses, and at which it goes on.
HIGH_WATER = 1 << 18
LOW_WATER = 1 << 16

#: Octets that one turn treats; what a flood brings beyond that waits, so that its neighbours are not kept waiting.
TURN_OCTETS = 1 << 18

#: Octets of one connection that a turn treats however many others there are: some forty messages.
LEAST_SHARE = 1 << 13

#: Reads of the same two connections in a row after which a read is treated at once: a lone session has nobody to be
#: batched with, and a further pass of the loop would only cost it time.
PAIR_READS = 16


def _never(wire: Wire, data: bytes) -> bool:
    """Every read waits for the turn."""
    return False


class Pump:
    """Collects what all wires of a worker read and calls ``turn`` once per turn of the loop.

    ``reads`` holds ``(wire, octets)`` in the order of arrival; ``None`` stands for the end of the connection.
    """

    __slots__ = (
        *("_behind", "_far", "_near", "_streak", "_turn"),
        *("asked", "full", "high_water", "loop", "octets", "prompt", "reads", "woken"),
    )

    def __init__(self, turn: Callable[[], None], full: Callable[[Wire, bool], None]) -> None:
        """``full`` is told when a wire's write buffer is over its high-water mark, and when it is empty again."""
        self.loop = asyncio.get_running_loop()
        self._turn = turn
        #: Takes a small read ahead of the turn, where it can be treated by itself; returns whether it did.
        self.prompt: Callable[[Wire, bytes], bool] = _never
        self.asked = True  # somebody wants a turn for more than what was read: whoever takes it turns this off
        self.woken = False
        self.octets = 0  # in ``reads``
        self.full = full
        self.high_water = HIGH_WATER
        self.reads: list[tuple[Wire, bytes | None]] = []
        self._behind: set[Wire] = set()  # whose last read is not treated to its end: they are not read from
        self._near: Wire | None = None
        self._far: Wire | None = None
        self._streak = 0

    def note(self, wire: Wire, data: bytes) -> None:
        """A wire has read: treat that with what others read, or at once where there are no others."""
        if self.woken:
            if self.reads or len(data) > LEAST_SHARE or not self.prompt(wire, data):
                self._keep(wire, data)
            return
        if wire is not self._near and wire is not self._far:
            self._far, self._near = self._near, wire
            self._streak = 0
        elif self._streak >= PAIR_READS:
            self._keep(wire, data)
            self._turn()
            return
        else:
            self._streak += 1
        self.woken = True
        self.loop.call_soon(self._run)
        self.note(wire, data)

    def _keep(self, wire: Wire, data: bytes) -> None:
        self.reads.append((wire, data))
        self.octets += len(data)

    def wake(self) -> None:
        """Have ``turn`` called when this turn's reads are in, for what was ``asked``."""
        self.asked = True
        if not self.woken:
            self.woken = True
            self.loop.call_soon(self._run)

    def take(self) -> list[tuple[Wire, bytes | None]]:
        """Take the reads of a turn: all of them, or of each connection its share where there are too many octets."""
        reads, self.reads = self.reads, []
        octets, self.octets = self.octets, 0
        if octets <= TURN_OCTETS and not self._behind:
            return reads
        share = max(LEAST_SHARE, TURN_OCTETS // len({wire for wire, _ in reads} or {None}))
        left: dict[Wire, int] = {}
        later: list[tuple[Wire, bytes | None]] = []
        turn: list[tuple[Wire, bytes | None]] = []
        for wire, data in reads:
            room = left.get(wire, share)
            if data is None or len(data) <= room:
                (turn if room else later).append((wire, data))
                left[wire] = room - len(data or b"") if room else 0
                continue
            if room:
                turn.append((wire, data[:room]))
            later.append((wire, data[room:]))
            left[wire] = 0
        self._wait_for(later)
        return turn

    def _wait_for(self, later: list[tuple[Wire, bytes | None]]) -> None:
        behind = {wire for wire, _ in later}
        for wire in self._behind - behind:
            wire.resume(self)
        for wire in behind - self._behind:
            wire.pause(self)
        self._behind = behind
        self.reads = later + self.reads
        self.octets += sum(len(data) for _, data in later if data is not None)
        if later:
            self.wake()

    def forget(self, wire: Wire) -> None:
        """A wire has ended."""
        self._behind.discard(wire)
        if wire is self._near or wire is self._far:
            self._near = self._far = None

    def _run(self) -> None:
        self.woken = False
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
        self._pump.note(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._grace is not None:
            self._grace.cancel()  # it would keep the wire, and all its owner holds, until then
            self._grace = None
        self._end()

    def forsake(self) -> None:
        """The attempt to connect was given up.

        Where it had just come true, uvloop never tells of the end, and TLS would wait for the other side's.
        """
        if self._transport is not None:
            self._transport.abort()
            self.connection_lost(None)

    def pause_writing(self) -> None:
        self._pump.full(self, True)

    def resume_writing(self) -> None:
        self._pump.full(self, False)

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._pump.forget(self)
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
