"""Runs the HTTP application on a socket that somebody else opened and keeps."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

LIMIT_CONCURRENCY = 100  # connections; scrapers and people are few, more get 503
KEEP_ALIVE = 15.0  # s; longer than the usual pause between two scrapes of one collector is of no use to anybody
SHUTDOWN = 1  # s for requests that are being answered


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
                http="httptools",
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
