"""A worker with its sockets: one link's trouble stays its own, reload keeps going, and a drain ends in time."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from smppproxy.app.worker import Worker
from smppproxy.state.book_writer import BookWriter
from smppproxy.state.books import FILE

ENQUIRE_LINK = struct.pack("!IIII", 16, 0x15, 0, 1)
ANSWER = struct.pack("!IIII", 16, 0x80000015, 0, 1)
BIND = struct.pack("!IIII", 16 + 22, 9, 0, 1) + b"reseller1\0secret\0\0\x34\0\0\0"


@contextlib.asynccontextmanager
async def working(settings, **parts) -> AsyncIterator[tuple[Worker, tuple[str, int]]]:
    """A worker of one, with one listener; drained at the end where the test has not."""
    made = settings(more='[filters.text]\nmode = "off"', **parts)
    made.proxy.state_path.mkdir(exist_ok=True)
    BookWriter(made.proxy.state_path / FILE).close()
    worker = Worker(made, 0, 1, lambda account: None)
    listening = socket.create_server(("127.0.0.1", 0))
    address = listening.getsockname()
    await worker.start([(0, listening)])
    yield worker, address
    if not worker._ended:
        assert await worker.drain(0.1) == 0


async def connect(address):
    sock = socket.socket()
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, address)
    return sock


async def ask(sock, octets):
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, octets)
    return await loop.sock_recv(sock, 4096)


async def test_a_bug_ends_one_connection_and_is_told_once(settings, monkeypatch):
    async with working(settings) as (worker, address):
        sound, odd = await connect(address), await connect(address)
        assert await ask(sound, ENQUIRE_LINK) == ANSWER
        sent = worker.house.sent

        def faulty(link, data, now):
            if data == b"odd":
                raise ZeroDivisionError
            sent(link, data, now)

        monkeypatch.setattr(worker.house, "sent", faulty)
        with capture_logs() as logs:
            await asyncio.get_running_loop().sock_sendall(odd, b"odd")
            with contextlib.suppress(ConnectionError):
                assert await asyncio.get_running_loop().sock_recv(odd, 10) == b""
            assert await ask(sound, ENQUIRE_LINK) == ANSWER
        assert [line["where"] for line in logs if line["event"] == "unexpected"] == ["read"]
        assert len(worker.house.resellers) == 1
        sound.close()
        odd.close()


@pytest.mark.parametrize("part", ["tick", "judge"])
async def test_a_bug_of_the_house_ends_no_turn(settings, monkeypatch, part):
    async with working(settings) as (worker, address):
        monkeypatch.setattr(worker.house, part, lambda now: 1 / 0)
        worker.house.judging._size += part == "judge"
        worker._tick()
        worker.house.judging._size = 0
        assert worker._mishaps.count == 1
        sock = await connect(address)
        assert await ask(sock, ENQUIRE_LINK) == ANSWER
        sock.close()


async def test_books_that_fail_are_those_of_before(settings, monkeypatch):
    async with working(settings) as (worker, address):
        monkeypatch.setattr(worker.books, "refresh", lambda: 1 / 0)
        sock = await connect(address)
        assert await ask(sock, ENQUIRE_LINK) == ANSWER
        sock.close()


async def test_a_reload_that_cannot_be_followed_changes_nothing(settings, certificate):
    async with working(settings) as (worker, address):
        sock = await connect(address)
        assert await ask(sock, ENQUIRE_LINK) == ANSWER
        before = worker.settings
        tls = f'address = "127.0.0.1:0"\ntls = {{ certificate = "{certificate[0]}", key = "{certificate[1]}" }}'
        faulty = settings(listeners=[tls], more='[filters.text]\nmode = "off"')
        faulty.listeners[0].tls.__dict__["key"] = certificate[0]  # it was good when the parent looked
        with capture_logs() as logs:
            await worker.reload(faulty)
        assert [line["event"] for line in logs] == ["reload_refused"]
        assert worker.settings is before
        assert await ask(sock, ENQUIRE_LINK) == ANSWER
        sock.close()


async def test_a_reload_drops_no_session_and_changes_the_door(settings):
    async with working(settings) as (worker, address):
        early = await connect(address)
        assert await ask(early, ENQUIRE_LINK) == ANSWER
        headed = settings(
            proxy='trusted_proxies = ["127.0.0.0/8"]\nlimits = { sessions = 2 }',
            listeners=['address = "127.0.0.1:0"\nproxy_protocol = true'],
            more='[filters.text]\nmode = "off"',
        )
        await worker.reload(headed)
        assert await ask(early, ENQUIRE_LINK) == ANSWER
        late = await connect(address)
        assert await ask(late, b"PROXY TCP4 198.51.100.7 127.0.0.1 1 2\r\n" + ENQUIRE_LINK) == ANSWER
        assert {reseller.peer for reseller in worker.house.resellers} == {"127.0.0.1", "198.51.100.7"}
        early.close()
        late.close()


async def test_a_drain_while_an_upstream_is_dialled_ends(settings, monkeypatch):
    dialled = asyncio.Event()

    async def never(target, wire, chance):
        dialled.set()
        await asyncio.Event().wait()

    monkeypatch.setattr("smppproxy.app.errands.dial", never)
    async with working(settings) as (worker, address):
        sock = await connect(address)
        await asyncio.get_running_loop().sock_sendall(sock, BIND)
        await dialled.wait()
        assert await worker.drain(1.0) == 0
        refused = await asyncio.get_running_loop().sock_recv(sock, 100)
        assert refused[4:12] == struct.pack("!II", 0x80000009, 8)
        sock.close()
        worker._turn()  # a straggler of the loop finds nothing to do
