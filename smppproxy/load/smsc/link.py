"""One ESME's connection to the simulator: reads in batches, answers in one write per read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast
from zlib import crc32

from smppproxy.load import wire
from smppproxy.smpp import kernel
from smppproxy.smpp.constants import (
    BIND_RECEIVER,
    BIND_TRANSCEIVER,
    BIND_TRANSMITTER,
    ENQUIRE_LINK,
    ENQUIRE_LINK_RESP,
    GENERIC_NACK,
    SUBMIT_SM,
    UNBIND,
    UNBIND_RESP,
)

if TYPE_CHECKING:
    from smppproxy.load.smsc.simulator import SmscSimulator
    from smppproxy.smpp.kernel import Frame

_SENDS = frozenset({BIND_TRANSMITTER, BIND_TRANSCEIVER})
_RECEIVES = frozenset({BIND_RECEIVER, BIND_TRANSCEIVER})
_INVALID_LENGTH = 0x02  # ESME_RINVCMDLEN: the stream is lost, nack and close (3.4 s. 4.3)
_WRITE_HIGH = 1 << 20  # octets waiting for a peer that does not read; beyond, its requests are not read either


class Link(asyncio.Protocol):
    """A session as the SMSC sees it.

    ``bind`` is the command_id of the accepted bind (0 before); ``system_id`` and ``bind_body`` are what it said.
    Tests use :meth:`send`, :meth:`request` and :meth:`drop`.
    """

    def __init__(self, smsc: SmscSimulator, number: int) -> None:
        self.smsc = smsc
        self.number = number
        self.bind = 0
        self.system_id = ""
        self.bind_body = b""
        self.submits = 0
        self.closed = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._tail = b""
        self._out: list[bytes] = []
        self._sequence = 0
        self._waiting: dict[int, asyncio.Future[Frame]] = {}
        self._unbound = False

    # what tests and the simulator do with a link

    @property
    def receives(self) -> bool:
        """True when deliver_sm may be sent on it."""
        return self.bind in _RECEIVES and not self._unbound

    @property
    def sends(self) -> bool:
        """True when its ESME may submit."""
        return self.bind in _SENDS and not self._unbound

    def send(self, octets: bytes) -> None:
        """Write ``octets`` as they are; nothing happens on a closed link."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)

    def originate(self, command_id: int, body: bytes) -> int:
        """Send a request of ours; its sequence_number is returned, its response is only counted."""
        self._sequence = wire.after(self._sequence)
        self.send(wire.pack(command_id, self._sequence, body))
        return self._sequence

    def request(self, command_id: int, body: bytes = b"") -> asyncio.Future[Frame]:
        """Send a request of ours; the future holds its response (ConnectionError when the link goes first)."""
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._waiting[self.originate(command_id, body)] = answer
        return answer

    def drop(self, *, abort: bool = True) -> None:
        """Close the socket without unbind; ``abort`` throws away what is not written yet."""
        if self._transport is not None:
            if abort:
                self._transport.abort()
            else:
                self._transport.close()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_WRITE_HIGH)
        self.smsc.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the link closed before the response came"))
                answer.exception()  # seen: a test that does not wait for it is not told at collection
        self._waiting.clear()
        self.smsc.lost(self, clean=self._unbound)
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        received = self.smsc.received
        received.octets += len(data)
        if self._tail:
            data = self._tail + data
        frames, used, fault = kernel.cut(data, self.smsc.behaviour.max_pdu)
        self._tail = b"" if fault else data[used:]
        if self.smsc.quick and self.sends:
            frames = self._take_submits(frames)
        for frame in frames:
            self._take(frame)
        if fault:
            self._out.append(wire.pack(GENERIC_NACK, 0, status=_INVALID_LENGTH))
        self.flush()
        if fault:
            self.drop(abort=False)

    def flush(self) -> None:
        """Write what the answers of this read put into the tray."""
        if self._out:
            self.send(self._out[0] if len(self._out) == 1 else b"".join(self._out))
            self._out.clear()

    def answer(self, octets: bytes) -> None:
        """Put an answer into the tray; it leaves with the read's other answers."""
        self._out.append(octets)

    # one request after the other

    def _take_submits(self, frames: list[Frame]) -> list[Frame]:
        """The short way: accept every readable submit_sm of a read at once; what is left goes the long way."""
        good = [frame for frame in frames if frame.command_id == SUBMIT_SM and not frame.fault]
        if not good:
            return frames
        count = len(good)
        self.submits += count
        # wire.body_hash, without its call: half of this method's time is the checksum
        checks = [crc32(frame.body) for frame in good]
        self.smsc.received.add_bodies(count, sum([check * check for check in checks]))
        self.smsc.accepted_quick(count)
        self._out += self.smsc.clerk.ids.responses([frame.sequence_number for frame in good])
        if count == len(frames):
            return []
        return [frame for frame in frames if frame.command_id != SUBMIT_SM or frame.fault]

    def _take(self, frame: Frame) -> None:
        command_id = frame.command_id
        self.smsc.received.commands[self.smsc.name_of(command_id)] += 1
        if not self.smsc.received.quick:
            self.smsc.received.note(self, frame)
        if command_id & wire.RESPONSE:
            self._take_response(frame)
        elif command_id == ENQUIRE_LINK:
            self.answer(wire.pack(ENQUIRE_LINK_RESP, frame.sequence_number))
        elif command_id == UNBIND:
            self._unbound = True
            self.answer(wire.pack(UNBIND_RESP, frame.sequence_number))
            self.flush()
            self.drop(abort=False)
        else:
            self.smsc.requested(self, frame)

    def _take_response(self, frame: Frame) -> None:
        self.smsc.answered(frame)
        if frame.command_id == UNBIND_RESP:
            self._unbound = True
        waiting = self._waiting.pop(frame.sequence_number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)
