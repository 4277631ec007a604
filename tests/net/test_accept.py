"""The door: plain, headed and TLS callers over TCP, callers that come no further, and a process without descriptors."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from typing import Any

import pytest

from smppproxy.net import accept, proxy_protocol
from smppproxy.net.accept import Acceptor, Door
from smppproxy.net.tls import client_context, server_context
from smppproxy.net.wire import Wire

LOOPBACK = next(proxy_protocol.ipaddress.ip_network(each) for each in ["127.0.0.0/8"])
V1 = b"PROXY TCP4 198.51.100.7 203.0.113.1 4000 2775\r\n"


class Desk:
    """Remembers who came and who did not."""

    def __init__(self, turns: Any, door: Door) -> None:
        self.t = turns()
        self.came: list[tuple[Wire, tuple[str, int]]] = []
        self.refused: list[tuple[tuple[str, int], str]] = []
        self.starved: list[str] = []
        self.changed = asyncio.Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = self.listening.getsockname()
        self.acceptor = Acceptor(self.listening, door, self._wire, self._refused, self._starved)

    def _wire(self, peer: tuple[str, int]) -> Wire:
        return Wire(self.t.pump, made=lambda wire: self._note(self.came, (wire, peer)))

    def _refused(self, peer: tuple[str, int], why: str) -> None:
        self._note(self.refused, (peer, why))

    def _starved(self, why: str) -> None:
        self._note(self.starved, why)

    def _note(self, where: list[Any], what: Any) -> None:
        where.append(what)
        self.changed.set()

    async def until(self, condition: Any) -> None:
        while not condition():
            self.changed.clear()
            await self.changed.wait()

    async def connect(self) -> socket.socket:
        sock = socket.socket()
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, self.address)
        return sock

    async def close(self) -> None:
        await self.acceptor.close()
        for wire, _ in self.came:
            wire.abort()
        await self.t.until(lambda: all(self.t.ended(wire) for wire, _ in self.came))
        for _ in range(2):  # TLS tells its transport of the end a turn later; so does one that was cancelled on its way
            await asyncio.sleep(0)


async def closed(sock: socket.socket) -> bool:
    try:
        return await asyncio.get_running_loop().sock_recv(sock, 1) == b""
    except ConnectionError:
        return True


def test_callers_become_wires(run, turns):
    async def main() -> None:
        desk = Desk(turns, Door())
        callers = [await desk.connect() for _ in range(100)]
        for sock in callers:
            sock.send(b"hello")
        await desk.until(lambda: len(desk.came) == 100)
        assert {peer for _, peer in desk.came} == {sock.getsockname() for sock in callers}
        await desk.t.until(lambda: all(desk.t.octets(wire) == b"hello" for wire, _ in desk.came))
        await desk.close()
        for sock in callers:
            assert await closed(sock)
            sock.close()

    run(main())


def test_a_headed_caller_is_who_the_header_says(run, turns):
    async def main() -> None:
        desk = Desk(turns, Door(headed=True, trusted=[LOOPBACK]))
        sock = await desk.connect()
        for octet in V1:
            sock.send(bytes([octet]))
            await asyncio.sleep(0)
        sock.send(b"hello")
        await desk.until(lambda: desk.came)
        wire, peer = desk.came[0]
        assert peer == ("198.51.100.7", 4000)
        await desk.t.until(lambda: desk.t.octets(wire) == b"hello")
        await desk.close()
        sock.close()

    run(main())


@pytest.mark.parametrize(
    ("sent", "trusted", "why"),
    [
        (V1, [], "not trusted"),
        (b"\0\0\0\x10\0\0\0\x15\0\0\0\0\0\0\0\1", [LOOPBACK], "does not begin with a PROXY header"),
        (b"PROXY TCP4 nonsense\r\n", [LOOPBACK], "PROXY line"),
        (b"", [LOOPBACK], "not through the door within 0.05 s"),
        (V1[:9], [LOOPBACK], "not through the door within 0.05 s"),
    ],
    ids=["not trusted", "no header", "garbage", "silent", "half a header"],
)
def test_a_headed_door_is_closed_to(run, turns, sent, trusted, why):
    async def main() -> None:
        patience = 0.05 if "within" in why else 20.0
        desk = Desk(turns, Door(headed=True, trusted=trusted, patience=patience))
        sock = await desk.connect()
        sock.send(sent)
        assert await closed(sock)
        await desk.until(lambda: desk.refused)
        assert why in desk.refused[0][1]
        assert desk.came == []
        await desk.close()
        sock.close()

    run(main())


def tls_in_a_thread(address: tuple[str, int], context: ssl.SSLContext, first: bytes = b"") -> Any:
    """A blocking TLS client: connects, says who it is, says hello and waits for the end."""

    def talk() -> str:
        with socket.create_connection(address, 20) as sock:
            sock.sendall(first)
            with context.wrap_socket(sock, server_hostname="localhost") as tls:
                version = str(tls.version())
                tls.sendall(b"hello")
                try:
                    tls.recv(1)
                except OSError:
                    pass
                return version

    return asyncio.get_running_loop().run_in_executor(None, talk)


@pytest.mark.parametrize("headed", [False, True])
def test_tls_begins_behind_the_header(run, turns, certificates, headed):
    async def main() -> None:
        context = server_context(certificates.server, certificates.server_key, None)
        desk = Desk(turns, Door(tls=context, headed=headed, trusted=[LOOPBACK]))
        client = client_context(certificates.ca, None, None)
        talk = tls_in_a_thread(desk.address, client, V1 if headed else b"")
        await desk.until(lambda: desk.came)
        wire, peer = desk.came[0]
        assert (peer[0] == "198.51.100.7") is headed
        await desk.t.until(lambda: desk.t.octets(wire) == b"hello")
        await desk.close()
        assert (await talk).startswith("TLSv1")

    run(main())


@pytest.mark.parametrize("said", [b"", b"\0\0\0\x10\0\0\0\x15\0\0\0\0\0\0\0\1", b"\x16\x03\x01"])
def test_who_does_not_shake_hands_comes_no_further(run, turns, certificates, said):
    async def main() -> None:
        context = server_context(certificates.server, certificates.server_key, None)
        desk = Desk(turns, Door(tls=context, patience=0.1))
        sock = await desk.connect()
        sock.send(said)
        await desk.until(lambda: desk.refused)
        await asyncio.get_running_loop().sock_recv(sock, 100) if said[:1] == b"\0" else None
        assert desk.came == []
        await desk.close()
        sock.close()

    run(main())


def test_a_caller_without_the_certificate_asked_for_comes_no_further(run, turns, certificates):
    async def main() -> None:
        context = server_context(certificates.server, certificates.server_key, certificates.ca)
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # 1.3 tells the client later, and the server at once
        desk = Desk(turns, Door(tls=context))
        with pytest.raises(OSError):  # the alert, or a reset that overtakes it
            await tls_in_a_thread(desk.address, client_context(certificates.ca, None, None))
        await desk.until(lambda: desk.refused)
        assert desk.came == []
        known = client_context(certificates.ca, certificates.client, certificates.client_key)
        talk = tls_in_a_thread(desk.address, known)
        await desk.until(lambda: desk.came)
        await desk.close()
        await talk

    run(main())


def test_a_new_door_is_for_those_who_come_later(run, turns):
    async def main() -> None:
        desk = Desk(turns, Door())
        early = await desk.connect()
        await desk.until(lambda: desk.came)
        desk.acceptor.door = Door(headed=True, trusted=[LOOPBACK])
        early.send(b"hello")
        late = await desk.connect()
        late.send(V1)
        await desk.until(lambda: len(desk.came) == 2)
        assert desk.came[1][1] == ("198.51.100.7", 4000)
        await desk.t.until(lambda: desk.t.octets(desk.came[0][0]) == b"hello")
        await desk.close()
        early.close()
        late.close()

    run(main())


def test_those_who_say_nothing_cannot_lock_out_those_who_do(run, turns, monkeypatch):
    async def main() -> None:
        monkeypatch.setattr(accept, "PENDING_LIMIT", 3)
        desk = Desk(turns, Door(headed=True, trusted=[LOOPBACK]))
        silent = [await desk.connect() for _ in range(4)]
        assert await closed(silent[0])
        speaking = await desk.connect()
        speaking.send(V1)
        await desk.until(lambda: desk.came)
        await desk.close()
        for sock in (*silent, speaking):
            sock.close()

    run(main())


def test_without_descriptors_it_looks_away_for_a_while(run, turns, monkeypatch):
    async def main() -> None:
        monkeypatch.setattr(accept, "STARVED_PAUSE", 0.01)
        desk = Desk(turns, Door())
        attempts = []

        class Short:
            """A listening socket of a process that gets its descriptors at the third attempt."""

            def accept(self) -> Any:
                attempts.append(1)
                if len(attempts) < 3:
                    raise OSError(errno.EMFILE, "Too many open files")
                return desk.listening.accept()

            def __getattr__(self, name: str) -> Any:
                return getattr(desk.listening, name)

        desk.acceptor._sock = Short()  # type: ignore[assignment]
        sock = await desk.connect()
        await desk.until(lambda: desk.came)
        assert len(desk.starved) == 2
        assert "Too many open files" in desk.starved[0]
        await desk.close()
        sock.close()

    run(main())


def test_closing_ends_the_pause_and_who_is_at_the_door(run, turns, monkeypatch):
    async def main() -> None:
        desk = Desk(turns, Door(headed=True, trusted=[LOOPBACK]))
        sock = await desk.connect()
        await desk.until(lambda: desk.acceptor._pending) if desk.acceptor._pending else await asyncio.sleep(0.01)
        await desk.close()
        assert await closed(sock)
        sock.close()

    run(main())
