"""Who really calls: reads the PROXY header in front of a connection, and not one octet more.

The octets behind the header may be TLS, which has to find them in the socket, so the header is looked at first and
taken when it is whole.
"""

from __future__ import annotations

import asyncio
import socket

from smppproxy.net import proxy_protocol


async def caller(sock: socket.socket, peer: proxy_protocol.Endpoint) -> proxy_protocol.Endpoint:
    """Take the header off a non-blocking socket; return the address it tells, or ``peer`` where it tells none.

    Raises ProxyProtocolError, or OSError when the connection ends before. Waits as long as the caller lets it.
    """
    loop = asyncio.get_running_loop()
    seen = 0
    while True:
        octets = await _look(loop, sock)
        if len(octets) <= seen:  # woken without anything new: there will be no more
            raise ConnectionResetError("the connection ended within its PROXY header")
        seen = len(octets)
        header = proxy_protocol.parse(octets)
        if header is not None:
            sock.recv(header.used)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
            return header.source or peer
        # What was only looked at would wake us again at once.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, seen + 1)


async def _look(loop: asyncio.AbstractEventLoop, sock: socket.socket) -> bytes:
    """The octets that are there, left where they are; waits for the first."""
    readable = loop.create_future()
    loop.add_reader(sock, _wake, readable)
    try:
        await readable
    finally:
        loop.remove_reader(sock)
    return sock.recv(proxy_protocol.MAX_V2, socket.MSG_PEEK)


def _wake(readable: asyncio.Future[None]) -> None:
    if not readable.done():
        readable.set_result(None)
