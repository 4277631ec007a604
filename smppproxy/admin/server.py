"""Runs the HTTP application on a socket that somebody else opened and keeps."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LIMIT_CONCURRENCY = 100  # connections; scrapers and people are few, more get 503
KEEP_ALIVE = 15.0  # s; longer than the usual pause between two scrapes of one collector is of no use to anybody
SHUTDOWN = 1  # s for requests that are being answered
REQUEST_PATIENCE = 15.0  # s from a connection, or a request's first octet, to its last; forms are small
HEAD_LIMIT = 32 << 10  # octets of a request line with its headers; browsers send one or two thousand
READ_PATIENCE = 300.0  # s for a peer to take an answer; the largest, a report of refusals, has some 15 MB


class Patient(HttpToolsProtocol):
    """A connection that ends when its peer is too slow: a hundred of those must not keep everybody else out."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._asking: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None
        self._in_head, self._head = True, 0  # octets since the last request was whole

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        for timer in (self._asking, self._taking):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > HEAD_LIMIT:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """Wait for the rest of a request."""
        super().on_message_begin()
        if self._asking is None:
            self._expect()

    def on_headers_complete(self) -> None:
        """Answer, whatever is still to come of the body."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Have a whole request."""
        self._in_head, self._head = True, 0
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Begin to wait until the answer is taken."""
        super().on_response_complete()
        if self._taking is not None:
            self._taking.cancel()
        self._taking = self.loop.call_later(READ_PATIENCE, self._taken)

    def _expect(self) -> None:
        self._asking = self.loop.call_later(REQUEST_PATIENCE, self.transport.abort)

    def _taken(self) -> None:
        if self.transport.get_write_buffer_size():
            self.transport.abort()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals alone: the process that runs us has its own orders."""
        yield


class AdminServer:
    """An HTTP server in the running loop."""

    def __init__(self, app: Starlette) -> None:
        self._server = _Server(
            uvicorn.Config(
                app,
                http=Patient,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # a header must not make a caller local
                limit_concurrency=LIMIT_CONCURRENCY,
                timeout_keep_alive=int(KEEP_ALIVE),
                timeout_graceful_shutdown=SHUTDOWN,
            )
        )

    async def serve(self, sock: socket.socket) -> None:
        """Serves until `stop`; closes this process' copy of the socket."""
        await self._server.serve([sock])

    def stop(self) -> None:
        """Makes `serve` return soon."""
        self._server.should_exit = True
