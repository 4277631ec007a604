"""The lobby's bounds, with a hand that only takes notes; its ordinary work is in test_handover.py."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import struct
from collections.abc import Callable, Iterator

import pytest

from smppproxy.app import lobby as module
from smppproxy.app.handoff import Adopt
from smppproxy.app.homes import Homes
from smppproxy.app.lobby import Door, Lobby, Rules

BIND = struct.pack("!IIII", 40, 9, 0, 1) + b"reseller1\0secret\0\0\x34\0\0\0\0"


class Hand:
    """Notes what would be handed on."""

    def __init__(self) -> None:
        self.handed: list[tuple[int, Adopt]] = []
        self.news = asyncio.Event()
        self.works = True

    def __call__(self, worker: int, adopt: Adopt, sock: socket.socket) -> bool:
        self.handed.append((worker, adopt))
        self.news.set()
        return self.works


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.setblocking(False)
        yield sock


@pytest.fixture
def connect(listening: socket.socket) -> Iterator[Callable[[], socket.socket]]:
    opened = []

    def call() -> socket.socket:
        # On loopback the kernel completes the connection; nobody need accept it yet.
        sock = socket.create_connection(listening.getsockname(), timeout=10)
        sock.setblocking(False)
        opened.append(sock)
        return sock

    yield call
    for sock in opened:
        sock.close()


async def closed(sock: socket.socket) -> bool:
    try:
        return await asyncio.get_running_loop().sock_recv(sock, 1) == b""
    except ConnectionError:
        return True


def homes() -> Homes:
    made = Homes(["reseller1"])
    made.worker_up(0)
    return made


async def test_a_full_room_loses_who_waited_longest(
    listening: socket.socket, connect: Callable[[], socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIMIT_WAITING", 2)
    lobby = Lobby(Rules([Door()]), homes(), hand := Hand())
    lobby.open([listening])
    callers = [connect() for _ in range(3)]
    assert await closed(callers[0])
    callers[2].send(BIND)
    await hand.news.wait()
    assert lobby.dropped["full"] == 1
    assert [worker for worker, _ in hand.handed] == [0]
    lobby.close()
    assert await closed(callers[1])


async def test_binds_wait_for_the_first_worker(listening: socket.socket, connect: Callable[[], socket.socket]) -> None:
    asked = asyncio.Event()

    class Asked(Homes):
        def home(self, account: str, now: float, *, handed: bool) -> int | None:
            asked.set()
            return super().home(account, now, handed=handed)

    everywhere = Asked(["reseller1"])
    lobby = Lobby(Rules([Door()]), everywhere, hand := Hand())
    lobby.open([listening])
    first, second = connect(), connect()
    first.send(BIND)
    second.send(BIND[:20])
    await asked.wait()
    everywhere.worker_up(4)
    lobby.retry()
    (worker, adopt), *_ = hand.handed
    assert (worker, adopt.account, adopt.first) == (4, "reseller1", BIND)
    assert adopt.port == first.getsockname()[1]
    lobby.close()


async def test_a_worker_that_takes_nothing_loses_the_connection_and_no_more(
    listening: socket.socket, connect: Callable[[], socket.socket]
) -> None:
    lobby = Lobby(Rules([Door()]), homes(), hand := Hand())
    hand.works = False
    lobby.open([listening])
    caller = connect()
    caller.send(BIND)
    assert await closed(caller)
    assert lobby.dropped["undeliverable"] == 1
    lobby.close()


async def test_a_worker_that_has_just_died_is_passed_over(
    listening: socket.socket, connect: Callable[[], socket.socket]
) -> None:
    everywhere = homes()
    everywhere.worker_up(1)

    class Dying(Hand):
        def __call__(self, worker: int, adopt: Adopt, sock: socket.socket) -> bool:
            if worker == 0:
                everywhere.worker_down(0)
                return False
            return super().__call__(worker, adopt, sock)

    lobby = Lobby(Rules([Door()]), everywhere, hand := Dying())
    lobby.open([listening])
    connect().send(BIND)
    await hand.news.wait()
    assert [worker for worker, _ in hand.handed] == [1]
    lobby.close()


async def test_who_leaves_before_saying_anything_is_forgotten(
    listening: socket.socket, connect: Callable[[], socket.socket]
) -> None:
    dropped: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    class Noting(dict[str, int]):
        def __setitem__(self, why: str, count: int) -> None:
            super().__setitem__(why, count)
            dropped.set_result(why)

    lobby = Lobby(Rules([Door()]), homes(), Hand())
    lobby.dropped = Noting(lobby.dropped)
    lobby.open([listening])
    connect().close()
    assert await dropped == "gone"
    lobby.close()


async def test_strangers_and_wrong_headers_are_closed_unread(
    listening: socket.socket, connect: Callable[[], socket.socket]
) -> None:
    lobby = Lobby(Rules([Door(proxy_protocol=True)]), homes(), hand := Hand())
    lobby.open([listening])
    assert await closed(connect())
    lobby.rules = Rules([Door(proxy_protocol=True)], [ipaddress.ip_network("127.0.0.0/8")])
    caller = connect()
    caller.send(BIND)
    assert await closed(caller)
    assert (lobby.dropped["untrusted"], lobby.dropped["header"], hand.handed) == (1, 1, [])
    lobby.close()


async def test_a_header_in_front_of_tls_is_taken_and_not_an_octet_more(
    listening: socket.socket, connect: Callable[[], socket.socket]
) -> None:
    rules = Rules([Door(tls=True, proxy_protocol=True)], [ipaddress.ip_network("127.0.0.0/8")])
    kept: list[bytes] = []

    class Reading(Hand):
        def __call__(self, worker: int, adopt: Adopt, sock: socket.socket) -> bool:
            kept.append(sock.recv(1000))
            return super().__call__(worker, adopt, sock)

    lobby = Lobby(rules, homes(), hand := Reading())
    lobby.open([listening])
    caller = connect()
    for octet in b"PROXY TCP4 203.0.113.5 192.0.2.1 40000 2775\r":
        caller.send(bytes([octet]))
        await asyncio.sleep(0)
    caller.send(b"\n\x16\x03\x01 hello")
    await hand.news.wait()
    assert hand.handed == [(0, Adopt(0, "203.0.113.5", 40000, "", b"", tls=True))]
    assert kept == [b"\x16\x03\x01 hello"]
    lobby.close()
