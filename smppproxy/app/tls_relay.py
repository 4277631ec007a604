"""Ends TLS in the worker that got the connection, and carries the plain octets to the account's home worker.

A TLS session cannot be handed to another process. So this worker shakes hands, reads the bind, asks the parent for the
home, and moves octets both ways: over the home's Unix socket, or over a socket pair where the home is this very worker,
which then sees no difference between a relayed stream and a connection of its own. Runs only with several workers.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec

from smppproxy.app import opening
from smppproxy.app.listen import spelled
from smppproxy.loggers import get_logger
from smppproxy.net.tls import server_context
from smppproxy.state.protocol import reachable

if TYPE_CHECKING:
    from smppproxy.app.settings import Settings

LIMIT_UNSENT = 256 << 10  # octets kept for a side that does not read, before reading from the other side pauses
ANSWER = 5.0  # s for the parent to say where an account lives, and for that worker to take the stream
SHUTDOWN = 0.5  # s for the peer's part of the TLS closing handshake, which many leave out

Adopt = Callable[[socket.socket, int, bytes, tuple[str, int]], None]

log = get_logger(__name__)


class Side(asyncio.Protocol):
    """One end of a relayed connection: what it reads, the other end writes, and each pauses for the other."""

    def __init__(self) -> None:
        self.other: Side | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=LIMIT_UNSENT)

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.write(data)

    def eof_received(self) -> bool:
        if self.other is not None:
            self.other.close()
        return False

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.pause(True)

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other.pause(False)

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None
        if not self.ended.done():
            self.ended.set_result(None)
        if self.other is not None:
            self.other.close()

    def write(self, data: bytes) -> None:
        """Sends octets, or forgets them where the connection is gone."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def pause(self, paused: bool) -> None:
        """Stops or resumes reading."""
        if self._transport is None or self._transport.is_closing():
            return
        if paused:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def close(self) -> None:
        """Sends what is left and closes."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Closes and forgets what is left."""
        if self._transport is not None:
            self._transport.abort()


class ResellerSide(Side):
    """The TLS end: gathers what comes until it is known whose bind it is."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: asyncio.Future[opening.Opening] = asyncio.get_running_loop().create_future()
        self.octets = bytearray()

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.write(data)
            return
        self.octets += data
        if self.opened.done():
            return  # read before the pause took hold
        seen = opening.read(bytes(self.octets))
        del self.octets[: seen.used]
        self.write(seen.answers)
        if seen.kind is not opening.Kind.MORE:
            self.pause(True)
            self.opened.set_result(seen)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if not self.opened.done():
            self.opened.cancel()


class TlsRelay:
    """The relayed connections of one worker. `where_is` asks the parent, whose answer comes to `home_is`."""

    def __init__(self, directory: Path, number: int, where_is: Callable[[int, str], None], adopt: Adopt) -> None:
        self._directory = directory
        self._number = number
        self._where_is = where_is
        self._adopt = adopt
        self._contexts: dict[int, ssl.SSLContext] = {}
        self._session_init = 10.0
        self._asked: dict[int, asyncio.Future[int]] = {}
        self._requests = itertools.count(1)
        self._sides: set[ResellerSide] = set()

    @property
    def count(self) -> int:
        """Connections that are being relayed or are about to be."""
        return len(self._sides)

    def configure(self, settings: Settings) -> None:
        """Takes the TLS parts of a configuration; certificates are read anew.

        A listener whose files cannot be read keeps the old ones.
        """
        self._session_init = settings.proxy.timers.session_init
        for number, listener in enumerate(settings.listeners):
            if listener.tls is None:
                self._contexts.pop(number, None)
                continue
            try:
                tls = listener.tls
                self._contexts[number] = server_context(tls.certificate, tls.key, tls.client_ca)
            except OSError as error:  # ssl.SSLError is one
                log.error("certificate_unusable", listener=str(listener.address), reason=str(error))  # noqa: TRY400

    def home_is(self, request: int, worker: int) -> None:
        """The parent's answer."""
        asked = self._asked.get(request)
        if asked is not None and not asked.done():
            asked.set_result(worker)

    async def serve(self, sock: socket.socket, listener: int, peer: tuple[str, int]) -> None:
        """Carries one connection from handshake to end."""
        context = self._contexts.get(listener)
        if context is None:
            sock.close()
            return
        reseller = ResellerSide()
        self._sides.add(reseller)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: reseller,
                sock,
                ssl=context,
                ssl_handshake_timeout=self._session_init,
                ssl_shutdown_timeout=SHUTDOWN,
            )
            async with asyncio.timeout(self._session_init):
                seen = await reseller.opened
            await self._connect(reseller, listener, peer, await self._home(seen))
            await reseller.ended
        except (OSError, TimeoutError) as error:
            log.info("tls_ended_before_bind", peer=spelled(*peer), reason=str(error) or "timeout")
        except asyncio.CancelledError:
            if not reseller.opened.cancelled():
                raise  # the process ends; otherwise the peer went away before it said anything
        finally:
            self._sides.discard(reseller)
            reseller.close()
            sock.close()

    async def drained(self, within: float) -> None:
        """Waits until the connections have ended, `within` seconds at most."""
        ended = [side.ended for side in self._sides]
        if ended:
            await asyncio.wait(ended, timeout=max(within, 0.0))

    def hurry(self) -> None:
        """Ends all connections at once."""
        for side in list(self._sides):
            side.abort()

    async def _home(self, seen: opening.Opening) -> int:
        if seen.kind is not opening.Kind.BIND:
            return self._number
        request = next(self._requests)
        asked: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._asked[request] = asked
        try:
            self._where_is(request, seen.system_id)
            async with asyncio.timeout(ANSWER):
                return await asked
        finally:
            del self._asked[request]

    async def _connect(self, reseller: ResellerSide, listener: int, peer: tuple[str, int], worker: int) -> None:
        """Joins the reseller's connection with a plain one that the home worker adopts."""
        loop = asyncio.get_running_loop()
        home = Side()
        if worker == self._number:
            near, far = socket.socketpair()
            far.setblocking(False)
            near.setblocking(False)
            await loop.create_unix_connection(lambda: home, sock=near)
            self._adopt(far, listener, b"", peer)
        else:
            async with asyncio.timeout(ANSWER):
                with reachable(self._directory / f"worker-{worker}.sock") as path:
                    await loop.create_unix_connection(lambda: home, path)
            home.write(msgspec.json.encode({"do": "adopt", "listener": listener, "peer": spelled(*peer)}) + b"\n")
        home.write(bytes(reseller.octets))
        home.other = reseller
        if reseller.ended.done():
            home.close()
            return
        reseller.other = home
        reseller.pause(False)
