"""The client: through control while it runs, by its own hands while it does not, never both."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from smppproxy.state import client as client_module
from smppproxy.state.authority import Authority
from smppproxy.state.books import FILE, Books
from smppproxy.state.client import Client
from smppproxy.state.errors import BusyError, InputError, NotFoundError, ProtocolError
from smppproxy.state.lock import ControlLock
from smppproxy.state.protocol import SOCKET, reachable

A = "301150232"


@pytest.fixture
def control(state_dir: Path) -> Iterator[Authority]:
    """The control process, as a thread with its own loop."""
    loop = asyncio.new_event_loop()
    started, stop = threading.Event(), asyncio.Event()
    authorities = []

    async def serve() -> None:
        authority = Authority.take(state_dir)
        authorities.append(authority)
        with reachable(state_dir / SOCKET) as address:
            server = await asyncio.start_unix_server(authority.service.handle, address)
        started.set()
        async with server:
            await stop.wait()
        authority.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    started.wait()
    yield authorities[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


def test_by_its_own_hands_and_at_once_in_the_books(state_dir: Path) -> None:
    client = Client(state_dir)
    assert client.request("codes.add", code=A)["changed"]
    books = Books(state_dir / FILE)
    assert books.code(A) is not None
    books.close()
    assert client.request("codes.show", code=A)["code"]["code"] == A
    with pytest.raises(NotFoundError):
        client.request("codes.show", code="1")


def test_octets_that_are_no_text_are_refused(state_dir: Path) -> None:
    with pytest.raises(InputError, match="UTF-8"):
        Client(state_dir).request("codes.show", code="\udcff")


def test_through_control(control: Authority, state_dir: Path) -> None:
    client = Client(state_dir, patience=0)
    assert client.request("codes.add", code=A)["changed"]
    assert control.codes.show(A).code == A
    with pytest.raises(InputError) as caught:
        client.request("codes.import", text="code,state\n1,asleep\n")
    assert caught.value.faults[0].row == 2


def test_a_long_file_goes_in_pieces(control: Authority, state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PIECE", 1000)
    told: list[tuple[int, int]] = []
    text = "".join(f"{n:09d}\n" for n in range(250))
    outcome = Client(state_dir).request("codes.import", text=text, progress=lambda *now: told.append(now))
    assert outcome["added"] == 250
    assert told == [(0, 2500), (1000, 2500), (2000, 2500), (0, 250)]


def test_a_socket_nobody_listens_on_is_passed_by(state_dir: Path) -> None:
    state_dir.mkdir()
    with socket.socket(socket.AF_UNIX) as left, reachable(state_dir / SOCKET) as address:
        left.bind(address)
    assert Client(state_dir).request("codes.add", code=A)["changed"]


def test_a_lock_that_is_held_in_silence_is_told(state_dir: Path) -> None:
    lock = ControlLock.take(state_dir)
    with pytest.raises(BusyError, match=r"held by process \d+, which does not answer"):
        Client(state_dir, patience=0).request("codes.add", code=A)
    lock.release()


def test_a_lock_held_for_a_moment_is_waited_for(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = ControlLock.take(state_dir)
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            lock.release()

    monkeypatch.setattr(client_module.time, "sleep", nap)
    assert Client(state_dir).request("codes.add", code=A)["changed"]
    assert len(naps) == 3


@pytest.mark.parametrize(("answer", "told"), [(b"", "without an answer"), (b"what?\n", "not a JSON object")])
def test_a_control_that_dies_or_babbles(state_dir: Path, answer: bytes, told: str) -> None:
    state_dir.mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        with reachable(state_dir / SOCKET) as address:
            server.bind(address)
        server.listen()

        def once() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(answer)

        thread = threading.Thread(target=once)
        thread.start()
        with pytest.raises(ProtocolError, match=told):
            Client(state_dir).request("codes.add", code=A)
        thread.join()


def test_a_control_that_breaks_off_is_told(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> dict[str, Any]:
        raise ConnectionResetError(104, "Connection reset by peer")

    state_dir.mkdir()
    monkeypatch.setattr(client_module, "_answer", broken)
    with socket.socket(socket.AF_UNIX) as server:
        with reachable(state_dir / SOCKET) as address:
            server.bind(address)
        server.listen()
        with pytest.raises(ProtocolError, match="Connection reset by peer"):
            Client(state_dir).request("codes.add", code=A)


def test_two_commands_at_once_both_succeed(state_dir: Path) -> None:
    failures: list[Any] = []

    def add(code: str) -> None:
        try:
            Client(state_dir).request("codes.add", code=code)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=add, args=(f"{n:09d}",)) for n in range(4)]
    run_all(threads)
    assert failures == []
    assert Client(state_dir).request("codes.count")["counts"]["active"] == 4


def run_all(threads: list[threading.Thread]) -> None:
    each: Callable[[threading.Thread], None]
    for each in (threading.Thread.start, threading.Thread.join):
        for thread in threads:
            each(thread)


def test_a_control_that_hangs_is_given_up(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "SILENCE", 0.01)
    state_dir.mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        with reachable(state_dir / SOCKET) as address:
            server.bind(address)
        server.listen()
        with pytest.raises(BusyError, match="did not answer"):
            Client(state_dir).request("codes.add", code=A)


def test_a_socket_that_cannot_be_used_is_named(state_dir: Path) -> None:
    state_dir.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other, reachable(state_dir / SOCKET) as address:
        other.bind(address)
        with pytest.raises(ProtocolError, match=SOCKET):
            Client(state_dir).request("codes.add", code=A)
