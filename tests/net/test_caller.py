"""Reading a PROXY header off a socket: whole or octet by octet, and never one octet more."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from smppproxy.net.caller import caller
from smppproxy.net.proxy_protocol import SIGNATURE, ProxyProtocolError

PEER = ("192.0.2.9", 9)
V1 = b"PROXY TCP4 198.51.100.7 203.0.113.1 4000 2775\r\n"
V2 = SIGNATURE + b"\x21\x11" + struct.pack("!H4s4sHH", 12, bytes([198, 51, 100, 7]), bytes(4), 4000, 2775)


def connection() -> tuple[socket.socket, socket.socket]:
    near, far = socket.socketpair()
    near.setblocking(False)
    return near, far


@pytest.mark.parametrize("header", [V1, V2], ids=["v1", "v2"])
def test_the_header_is_taken_and_nothing_else(run, header):
    async def main() -> None:
        near, far = connection()
        with near, far:
            far.send(header + b"the session")
            assert await caller(near, PEER) == ("198.51.100.7", 4000)
            assert near.recv(100) == b"the session"

    run(main())


def tcp() -> tuple[socket.socket, socket.socket]:
    """SO_RCVLOWAT is for TCP: a Unix socket wakes for every octet."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        far = socket.create_connection(listening.getsockname())
        near, _ = listening.accept()
    far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    near.setblocking(False)
    return near, far


@pytest.mark.parametrize("header", [V1, V2], ids=["v1", "v2"])
def test_a_header_may_come_octet_by_octet(run, header):
    async def main() -> None:
        near, far = tcp()
        with near, far:
            reading = asyncio.ensure_future(caller(near, PEER))
            for octet in header:
                far.send(bytes([octet]))
                await asyncio.sleep(0)
            assert await reading == ("198.51.100.7", 4000)
            far.send(b"!")
            await asyncio.sleep(0)
            assert near.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT) == 1

    run(main())


@pytest.mark.parametrize("header", [b"PROXY UNKNOWN\r\n", SIGNATURE + b"\x20\x00\x00\x00"], ids=["v1", "v2"])
def test_a_balancer_that_speaks_for_itself_leaves_the_peer(run, header):
    async def main() -> None:
        near, far = connection()
        with near, far:
            far.send(header)
            assert await caller(near, PEER) == PEER

    run(main())


def test_what_is_no_header_is_told_at_once(run):
    async def main() -> None:
        near, far = connection()
        with near, far:
            far.send(b"\0\0\0\x2f\0\0\0\x09")
            with pytest.raises(ProxyProtocolError):
                await caller(near, PEER)

    run(main())


@pytest.mark.parametrize("beginning", [b"", V1[:20], V2[:20]], ids=["nothing", "v1", "v2"])
def test_a_connection_that_ends_within_its_header_ends_the_wait(run, beginning):
    async def main() -> None:
        near, far = tcp()
        with near, far:
            far.send(beginning)
            far.shutdown(socket.SHUT_WR)
            with pytest.raises(ConnectionResetError, match="within its PROXY header"):
                await caller(near, PEER)

    run(main())


def test_a_wait_that_is_given_up_leaves_no_reader(run):
    async def main() -> None:
        near, far = connection()
        with near, far:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await caller(near, PEER)
            assert not asyncio.get_running_loop().remove_reader(near)

    run(main())
