"""One session of the native engine: a bind that keeps its window full, in whole batches."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, cast

from smppproxy.load import wire
from smppproxy.smpp import kernel
from smppproxy.smpp.constants import (
    BIND_TRANSCEIVER,
    BIND_TRANSMITTER,
    DELIVER_SM,
    ENQUIRE_LINK,
    GENERIC_NACK,
    SUBMIT_SM_RESP,
    UNBIND,
    UNBIND_RESP,
)

if TYPE_CHECKING:
    from smppproxy.load.generator.budget import Budget
    from smppproxy.load.generator.plan import Plan
    from smppproxy.load.generator.pool import Pool
    from smppproxy.load.generator.tally import Tally

_MAX_PDU = 70_000  # octets; a longer answer than the proxy itself would read is an error of the peer
_RECEIPT = 0x04  # esm_class bit of a delivery receipt (3.4 s. 5.2.12)
_UNBIND_WAIT = 2.0  # seconds an unbind_resp may take; the run's figures are final by then


class _Sent:
    """A batch on its way: when it left (or should have left) and which kinds it holds."""

    __slots__ = ("at", "first", "kinds", "times")

    def __init__(self, first: int, at: int, kinds: list[int], times: list[int] | None) -> None:
        self.first = first
        self.at = at
        self.kinds = kinds
        self.times = times  # intended times, open loop only


class NativeSession(asyncio.Protocol):
    """An ESME that submits. ``idle`` is set while nothing is in flight and the budget is spent.

    Answers are matched by batch: the sequence_numbers of a batch are consecutive, so one dictionary entry per
    message holds a reference to the batch and nothing else is made per message.
    """

    def __init__(self, plan: Plan, number: int, pool: Pool, budget: Budget, tally: Tally) -> None:
        self.plan = plan
        self.number = number
        loop = asyncio.get_running_loop()
        self.bound: asyncio.Future[int] = loop.create_future()  # command_status of the bind_resp
        self.closed: asyncio.Future[None] = loop.create_future()
        self.idle = asyncio.Event()
        self.sending = False
        self._pool = pool
        self._budget = budget
        self._tally = tally
        self._closed_loop = not plan.rate
        self._one_kind = len(tally.kinds) == 1
        self._transport: asyncio.Transport | None = None
        self._tail = b""
        self._out: list[bytes] = []
        self._pending: dict[int, _Sent] = {}
        self._sequence = 1  # of the next request; 1 is the bind
        self._unbinding = False

    @property
    def credit(self) -> int:
        """Messages the window still takes."""
        return self.plan.window - len(self._pending) if self.sending else 0

    # what the engine does with a session

    def start(self) -> None:
        """Begin to submit (the session is bound)."""
        self.sending = True
        if self._closed_loop:
            self._refill()
            self._flush()

    def submit(self, times: list[int]) -> None:
        """Open loop: send one message for each intended time, at most ``credit``."""
        self._send(len(times), times)
        self._flush()

    def expire(self, now: int) -> None:
        """Give up on answers older than the response timeout and free their slots."""
        limit = now - int(self.plan.response_timeout * 1e9)
        late = 0
        for sent in self._pending.values():  # in the order of sending
            if sent.at > limit:
                break
            late += 1
        for sequence_number in list(self._pending)[:late]:
            del self._pending[sequence_number]
        if late:
            self._tally.timeouts += late
            self._refill()
            self._flush()

    def settle(self) -> None:
        """Nothing more will be sent: be idle as soon as the last answer is in."""
        if not self._pending:
            self.idle.set()

    async def leave(self) -> None:
        """Unbind and close; what is still in flight is lost."""
        self.sending = False
        self._tally.lost += len(self._pending)
        self._pending.clear()
        if self._transport is None or self.closed.done():
            return
        if self.bound.done() and not self.bound.cancelled() and self.bound.result() == 0:
            self._unbinding = True
            self._request(UNBIND)
            self._flush()
            await asyncio.wait([self.closed], timeout=_UNBIND_WAIT)
        self._transport.abort()
        await self.closed

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        plan = self.plan
        command_id = BIND_TRANSCEIVER if plan.bind == "transceiver" else BIND_TRANSMITTER
        self._request(
            command_id,
            wire.cstring(plan.system_id.replace("%d", str(self.number)))
            + wire.cstring(plan.password.replace("%d", str(self.number)))
            + b"\0\x34\0\0\0",  # system_type, interface_version 3.4, TON, NPI, address_range
        )
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._unbinding:
            self._tally.disconnects += 1
            self._tally.lost += len(self._pending)
            self._tally.note(f"session {self.number}: the peer closed the connection" + (f" ({exc})" if exc else ""))
            self._pending.clear()
        self.sending = False
        self.idle.set()
        if not self.bound.done():
            self.bound.set_result(-1)
        if not self.closed.done():
            self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter_ns()
        if self._tail:
            data = self._tail + data
        frames, used, fault = kernel.cut(data, _MAX_PDU)
        self._tail = data[used:]
        rest = self._take_answers(frames, now)
        for frame in rest:
            self._take(frame)
        if self._closed_loop and self.sending:
            self._refill()
        self._flush()
        if not self._pending and self._budget.stopped:
            self.idle.set()
        if fault and self._transport is not None:
            self._tally.note(f"session {self.number}: the peer sent an impossible command_length {fault}")
            self._transport.abort()

    # answers

    def _take_answers(self, frames: list[kernel.Frame], now: int) -> list[kernel.Frame]:
        """Close the submits these frames answer; frames that are no submit_sm_resp come back."""
        pop = self._pending.pop
        tally = self._tally
        rest = []
        last: _Sent | None = None
        run = accepted = 0
        for frame in frames:
            if frame.command_id != SUBMIT_SM_RESP:
                rest.append(frame)
                continue
            sequence_number = frame.sequence_number
            sent = pop(sequence_number, None)
            if sent is None:
                tally.strays += 1
                continue
            status = frame.command_status
            if self._one_kind and not status:
                accepted += 1
            else:
                tally.answer(sent.kinds[sequence_number - sent.first], status)
            if sent.times is not None:
                tally.latency.add(now - sent.times[sequence_number - sent.first])
            elif sent is last:
                run += 1
            else:
                if last is not None:
                    tally.latency.add(now - last.at, run)
                last, run = sent, 1
        if last is not None:
            tally.latency.add(now - last.at, run)
        if accepted:
            tally.answer(0, 0, accepted)
        return rest

    def _take(self, frame: kernel.Frame) -> None:
        command_id = frame.command_id
        if command_id == DELIVER_SM:
            self._tally.delivered += 1
            self._tally.receipts += bool(frame.esm_class & _RECEIPT)
            self._out.append(wire.pack(command_id | wire.RESPONSE, frame.sequence_number, b"\0"))
        elif command_id == ENQUIRE_LINK:
            self._out.append(wire.pack(command_id | wire.RESPONSE, frame.sequence_number))
        elif command_id == UNBIND:
            self._unbinding = True
            self._tally.disconnects += 1
            self._tally.note(f"session {self.number}: the peer unbound")
            self._out.append(wire.pack(UNBIND_RESP, frame.sequence_number))
        elif command_id == UNBIND_RESP and self._transport is not None:
            self._transport.close()
        elif command_id == GENERIC_NACK:
            self._tally.nacks += 1
            self._pending.pop(frame.sequence_number, None)
        elif not self.bound.done():
            self.bound.set_result(frame.command_status)
        else:
            self._tally.strays += 1

    # requests

    def _request(self, command_id: int, body: bytes = b"") -> None:
        self._out.append(wire.pack(command_id, self._sequence, body))
        self._sequence = wire.after(self._sequence)

    def _refill(self) -> None:
        free = self.credit
        if free > 0 and self._closed_loop:
            number = self._budget.take(free)
            if number:
                self._send(number, None)

    def _send(self, number: int, times: list[int] | None) -> None:
        """Put ``number`` messages into the tray; their sequence_numbers are consecutive."""
        room = wire.SEQUENCE_LAST - self._sequence + 1
        if number > room:  # once in two thousand million messages
            self._send(room, times[:room] if times else None)
            self._send(number - room, times[room:] if times else None)
            return
        frames, kinds, hashes = self._pool.take(number)
        first = self._sequence
        numbers = range(first, first + number)
        sent = _Sent(first, time.perf_counter_ns(), kinds, times)
        self._pending.update(dict.fromkeys(numbers, sent))
        self._out.append(kernel.gather(frames, list(numbers)))
        self._sequence = wire.after(first + number - 1)
        self._tally.sending(number, hashes)
        self.idle.clear()

    def _flush(self) -> None:
        if self._out and self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._out[0] if len(self._out) == 1 else b"".join(self._out))
        self._out.clear()
