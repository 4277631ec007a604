"""Where resellers come in: the listening sockets of this worker, and connections that others have accepted for it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence

from smppproxy.app.settings import Settings
from smppproxy.app.tasks import Tasks
from smppproxy.loggers import get_logger
from smppproxy.net.accept import Acceptor, Door
from smppproxy.net.tls import server_context
from smppproxy.net.wire import Pump, Wire

log = get_logger(__name__)

Endpoint = tuple[str, int]


def doors(settings: Settings) -> list[Door]:
    """How each listener treats its callers; certificates are read. Raises OSError."""
    proxy = settings.proxy
    return [
        Door(
            tls=server_context(tls.certificate, tls.key, tls.client_ca) if (tls := listener.tls) is not None else None,
            headed=listener.proxy_protocol,
            trusted=proxy.trusted_proxies,
            patience=proxy.timers.session_init,
        )
        for listener in settings.listeners
    ]


class Reception:
    """Makes a wire of each connection. ``arrived`` gets it, with the peer's address and the listener's number."""

    def __init__(self, pump: Pump, tasks: Tasks, arrived: Callable[[Wire, str, int], None]) -> None:
        self.turned_away = 0  # callers that came no further than the door
        self._pump = pump
        self._tasks = tasks
        self._arrived = arrived
        self._acceptors: dict[int, Acceptor] = {}

    def open(self, sockets: Sequence[tuple[int, socket.socket]], doors: Sequence[Door]) -> None:
        """Begin to accept on listening sockets, which come with their listener's number."""
        for number, sock in sockets:
            self._acceptors[number] = Acceptor(sock, doors[number], self._wire_of(number), self._refused, self._starved)

    def follow(self, doors: Sequence[Door]) -> None:
        """Treat callers from now on as a new configuration wants it."""
        for number, acceptor in self._acceptors.items():
            acceptor.door = doors[number]

    def adopt(self, sock: socket.socket, listener: int, first: bytes, peer: Endpoint) -> None:
        """Take over a connection of which ``first`` has been read."""
        self._tasks.spawn(self._adopt(sock, listener, first, peer), "adopt")

    async def close(self) -> None:
        """Accept nobody any more."""
        for acceptor in self._acceptors.values():
            await acceptor.close()
        self._acceptors.clear()

    def _wire_of(self, number: int) -> Callable[[Endpoint], Wire]:
        return lambda peer: Wire(self._pump, made=lambda made: self._arrived(made, peer[0], number))

    async def _adopt(self, sock: socket.socket, listener: int, first: bytes, peer: Endpoint) -> None:
        def arrived(made: Wire) -> None:
            self._arrived(made, peer[0], listener)
            if first:  # before anything that is read from now on
                made.inject(first)

        wire = Wire(self._pump, made=arrived)
        sock.setblocking(False)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: wire, sock)
        except OSError as error:
            sock.close()
            self._refused(peer, str(error))

    def _refused(self, peer: Endpoint, why: str) -> None:
        self.turned_away += 1
        # Anybody can cause it, as often as they like: no more than a detail.
        log.debug("caller_turned_away", peer=peer[0], reason=why)

    def _starved(self, why: str) -> None:
        log.error("cannot_accept", reason=why)
