"""A peer that is slow, or sends without end, is let go; nobody else waits for it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from smppproxy.admin import server
from smppproxy.admin.server import HEAD_LIMIT, AdminServer, Patient

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Streams]]
LARGE = 64 << 20  # octets, more than all the buffers on the way hold
GET = b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n"


async def _small(_: Request) -> Response:
    return PlainTextResponse("ok")


async def _large(_: Request) -> Response:
    return PlainTextResponse("x" * LARGE)


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Open a connection to a server."""
    running = AdminServer(Starlette(routes=[Route("/small", _small), Route("/large", _large)]))
    sock = socket.create_server(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    task = asyncio.ensure_future(running.serve(sock))
    writers: list[asyncio.StreamWriter] = []

    async def open_one() -> Streams:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        return reader, writer

    yield open_one
    for writer in writers:
        writer.close()
    running.stop()
    await task


async def _ended(reader: asyncio.StreamReader) -> bytes:
    try:
        return await asyncio.wait_for(reader.read(), 60)
    except ConnectionError:
        return b""


async def test_a_request_that_does_not_come_to_its_end(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "REQUEST_PATIENCE", 0.02)
    for sent in (b"", b"GET /small HT", b"POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"):
        reader, writer = await connect()
        writer.write(sent)
        answer = await _ended(reader)
        assert b"ok" not in answer


async def test_a_request_in_pieces_is_answered_and_so_is_the_next(connect: Connect) -> None:
    reader, writer = await connect()
    for _ in range(2):
        for octet in GET % b"small":
            writer.write(bytes([octet]))
            await writer.drain()
        assert (await asyncio.wait_for(reader.readuntil(b"ok"), 60)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("filler", [b"X-Filler: 1\r\n", b"z"])
async def test_headers_without_end(connect: Connect, filler: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "REQUEST_PATIENCE", 1000.0)
    reader, writer = await connect()
    writer.write(b"GET /small HTTP/1.1\r\nX-First: 1\r\nX-Next: " + filler * (2 * HEAD_LIMIT // len(filler)))
    assert b"200" not in await _ended(reader)


async def test_an_answer_that_nobody_takes(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    looked, look = asyncio.Event(), Patient._taken

    def seen(connection: Patient) -> None:
        look(connection)
        looked.set()

    monkeypatch.setattr(server, "READ_PATIENCE", 0.02)
    monkeypatch.setattr(Patient, "_taken", seen)
    reader, writer = await connect()
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(GET % b"large")
    await asyncio.wait_for(looked.wait(), 60)
    writer.transport.resume_reading()  # type: ignore[attr-defined]
    assert len(await _ended(reader)) < LARGE  # what the kernel had taken, and not what waited for it


async def test_an_answer_that_is_taken(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "READ_PATIENCE", 60.0)
    reader, writer = await connect()
    writer.write(GET.replace(b"Host", b"Connection: close\r\nHost") % b"large")
    assert len(await _ended(reader)) > LARGE
