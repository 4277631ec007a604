"""A bare ESME for the tests of the load tools: octets out, frames in, nothing of the tools themselves."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from smppproxy.smpp import kernel
from smppproxy.smpp.kernel import Frame

Connect = Callable[[int], Awaitable["BareEsme"]]
PATIENCE = 60.0  # s for whatever a test waits for; only a failing test waits that long


class BareEsme:
    """One connection; ``frames`` come one by one with a deadline, so a test never sleeps."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    def write(self, octets: bytes) -> None:
        self.writer.write(octets)

    def send(self, command_id: int, sequence: int, body: bytes = b"", status: int = 0) -> None:
        self.writer.write(struct.pack(">IIII", 16 + len(body), command_id, status, sequence) + body)

    async def read(self) -> Frame:
        async with asyncio.timeout(PATIENCE):
            head = await self._reader.readexactly(4)
            rest = await self._reader.readexactly(int.from_bytes(head, "big") - 4)
        frames, _, fault = kernel.cut(head + rest, 1 << 20)
        assert fault == 0
        return frames[0]

    async def call(self, command_id: int, sequence: int, body: bytes = b"") -> Frame:
        self.send(command_id, sequence, body)
        frame = await self.read()
        assert frame.sequence_number == sequence
        return frame

    async def bind(self, command_id: int = 0x09, system_id: bytes = b"esme", password: bytes = b"secret") -> Frame:
        return await self.call(command_id, 1, system_id + b"\0" + password + b"\0\0\x34\0\0\0")

    async def at_end(self) -> bool:
        async with asyncio.timeout(PATIENCE):
            try:
                return await self._reader.read(1) == b""
            except ConnectionError:
                return True


def submit_body(
    text: bytes = b"hello", *, registered: int = 0, destination: bytes = b"01012345678", tail: bytes = b""
) -> bytes:
    return (
        b"\0" + b"\1\1" + b"15881234\0" + b"\1\1" + destination + b"\0" + b"\0\0\0" + b"\0\0"
        + bytes((registered, 0, 0, 0, len(text))) + text + tail
    )  # fmt: skip


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """``await connect(port)``; every connection is closed at the end of the test."""
    opened: list[BareEsme] = []

    async def dial(port: int) -> BareEsme:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        opened.append(BareEsme(reader, writer))
        return opened[-1]

    yield dial
    for esme in opened:
        esme.writer.close()
        try:
            await esme.writer.wait_closed()
        except ConnectionError:
            pass


@pytest.fixture
def submit() -> Callable[..., bytes]:
    """Builds the body of a submit_sm."""
    return submit_body


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port nobody listens on, nor will: it is held."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
