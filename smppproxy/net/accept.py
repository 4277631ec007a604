"""Takes connections from a listening socket: PROXY header, TLS, and what happens when descriptors run out."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from smppproxy.net import proxy_protocol
from smppproxy.net.caller import caller
from smppproxy.net.wire import Wire

#: Connections taken in one go; then the loop gets its turn.
ACCEPTS_PER_WAKE: Final = 64

#: Connections within their PROXY header or TLS handshake, per listener; when there are more, the oldest must go, so
#: that callers who say nothing cannot lock out those who do.
PENDING_LIMIT: Final = 1000

#: Seconds until the next attempt when the process or the machine has nothing left to accept with.
STARVED_PAUSE: Final = 1.0

_STARVED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


@dataclass(frozen=True, slots=True)
class Door:
    """How a listener treats its callers. It may be changed at any time, for those who come later."""

    tls: ssl.SSLContext | None = None
    headed: bool = False  # a PROXY header comes first, and only ``trusted`` peers may send one
    trusted: Sequence[proxy_protocol.Network] = ()
    patience: float = 10.0  # s for the header and the handshake together


class Acceptor:
    """One listening socket. ``wire`` makes the wire of a caller, whose address it is given."""

    def __init__(
        self,
        sock: socket.socket,
        door: Door,
        wire: Callable[[proxy_protocol.Endpoint], Wire],
        refused: Callable[[proxy_protocol.Endpoint, str], None],
        starved: Callable[[str], None],
    ) -> None:
        """``refused`` is told of callers that came no further than the door; ``starved`` why none can be taken."""
        self.door = door
        self._sock = sock
        self._wire = wire
        self._refused = refused
        self._starved = starved
        self._loop = asyncio.get_running_loop()
        self._pending: dict[asyncio.Task[None], None] = {}
        self._pause: asyncio.TimerHandle | None = None
        sock.setblocking(False)
        self._loop.add_reader(sock, self._accept)

    async def close(self) -> None:
        """Stop: the socket is closed, and so is whoever is still at the door."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._sock)
        self._sock.close()
        pending = list(self._pending)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    def _accept(self) -> None:
        for _ in range(ACCEPTS_PER_WAKE):
            try:
                sock, address = self._sock.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno in _STARVED:
                    # The socket stays readable: look away, or the loop would spin.
                    self._loop.remove_reader(self._sock)
                    self._pause = self._loop.call_later(STARVED_PAUSE, self._again)
                    self._starved(str(error))
                return
            self._enter(sock, (str(address[0]), int(address[1])))

    def _again(self) -> None:
        self._pause = None
        self._loop.add_reader(self._sock, self._accept)

    def _enter(self, sock: socket.socket, peer: proxy_protocol.Endpoint) -> None:
        sock.setblocking(False)
        if self.door.headed and not proxy_protocol.is_trusted(peer[0], self.door.trusted):
            sock.close()
            self._refused(peer, "sends a PROXY header and is not trusted")
            return
        if len(self._pending) >= PENDING_LIMIT:
            next(iter(self._pending)).cancel()
        task = self._loop.create_task(self._connect(sock, peer, self.door))
        self._pending[task] = None
        task.add_done_callback(self._pending.pop)

    async def _connect(self, sock: socket.socket, peer: proxy_protocol.Endpoint, door: Door) -> None:
        made: list[Wire] = []
        connected = False
        try:
            if door.headed or door.tls is not None:
                async with asyncio.timeout(door.patience):
                    await self._open(sock, peer, door, made)
            else:
                await self._open(sock, peer, door, made)
            connected = True
        except TimeoutError:
            self._refused(peer, f"not through the door within {door.patience:g} s")
        except (OSError, proxy_protocol.ProxyProtocolError) as error:  # ssl.SSLError is an OSError
            self._refused(peer, str(error) or type(error).__name__)
        finally:
            if not connected:
                for wire in made:
                    wire.forsake()
                sock.close()

    async def _open(self, sock: socket.socket, peer: proxy_protocol.Endpoint, door: Door, made: list[Wire]) -> None:
        who = await caller(sock, peer) if door.headed else peer
        handshake = door.patience if door.tls is not None else None

        def wire() -> Wire:
            made.append(self._wire(who))
            return made[0]

        await self._loop.connect_accepted_socket(wire, sock, ssl=door.tls, ssl_handshake_timeout=handshake)
