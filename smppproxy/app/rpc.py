"""JSON lines over a Unix socket: how the processes of one proxy, and the command line, ask each other.

A request is one JSON object on one line, `{"do": "status"}`; the answer is one line, `{"ok": true, ...}` or
`{"ok": false, "error": {"kind": ..., "message": ...}}`.
A request may also turn its connection into something else (`upgrades`).
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from smppproxy.app.tasks import Tasks
from smppproxy.loggers import get_logger
from smppproxy.state.protocol import reachable

LIMIT_LINE = 16 << 20  # octets; an import of a million codes goes in pieces
LIMIT_CONNECTIONS = 1024  # per socket; callers are local, but a worker asks once per account it has receipts for

log = get_logger(__name__)

Request = dict[str, Any]
Handler = Callable[[Request], Awaitable[Mapping[str, Any]]]
Upgrade = Callable[[Request, socket.socket, bytes], None]  # the connection's socket and what was read beyond the line


class RpcError(Exception):
    """A request could not be answered; `kind` is for programs, the text for people."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class RpcServer:
    """Serves one Unix socket, mode 0600. An unknown `do` goes to the handler named "" where there is one."""

    def __init__(
        self, path: Path, handlers: Mapping[str, Handler], upgrades: Mapping[str, Upgrade] | None = None
    ) -> None:
        self._path = path
        self._handlers = handlers
        self._upgrades = upgrades or {}
        self._listening: socket.socket | None = None
        self._tasks = Tasks(lambda error: log.error("request_failed", exc_info=error))
        self._open = 0

    async def start(self) -> None:
        """Listens; replaces a socket file that a killed process left behind. Raises OSError."""
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.setblocking(False)
        try:
            self._path.unlink(missing_ok=True)
            with reachable(self._path) as address:
                before = os.umask(0o177)  # the socket's mode is the authentication
                try:
                    listening.bind(address)
                finally:
                    os.umask(before)
            listening.listen(LIMIT_CONNECTIONS)
        except OSError:
            listening.close()
            raise
        self._listening = listening
        self._tasks.spawn(self._accept(listening), "accept")

    async def close(self) -> None:
        """Ends every connection and removes the socket file."""
        await self._tasks.cancel()
        if self._listening is not None:
            self._listening.close()
            self._listening = None
            self._path.unlink(missing_ok=True)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            sock, _ = await loop.sock_accept(listening)
            sock.setblocking(False)
            if self._open >= LIMIT_CONNECTIONS:
                sock.close()
            else:
                self._open += 1
                self._tasks.spawn(self._serve(sock), "serve")

    async def _serve(self, sock: socket.socket) -> None:
        kept = False
        try:
            kept = await self._converse(sock)
        except OSError:
            pass  # the caller went away
        finally:
            self._open -= 1
            if not kept:
                sock.close()

    async def _converse(self, sock: socket.socket) -> bool:
        """Answers line after line; True when the socket was given away."""
        loop = asyncio.get_running_loop()
        buffer = bytearray()
        while True:
            end = buffer.find(b"\n")
            if end < 0:
                octets = await loop.sock_recv(sock, 65536)
                if not octets or len(buffer) > LIMIT_LINE:
                    return False
                buffer += octets
                continue
            line, rest = bytes(buffer[:end]), buffer[end + 1 :]
            request = _request(line)
            upgrade = self._upgrades.get(_name(request))
            if upgrade is not None:
                upgrade(request, sock, bytes(rest))
                return True
            buffer = rest
            await loop.sock_sendall(sock, msgspec.json.encode(await self._answer(request)) + b"\n")

    async def _answer(self, request: Request) -> Mapping[str, Any]:
        name = _name(request)
        handler = self._handlers.get(name, self._handlers.get(""))
        if handler is None:
            return _failure("unknown_request", f"no such request: {name!r}")
        try:
            return await handler(request)
        except RpcError as error:
            return _failure(error.kind, str(error))
        except Exception:
            log.exception("request_failed", request=name)
            return _failure("internal", "the request failed; the log of the process says why")


async def ask(path: Path, request: Request, within: float) -> dict[str, Any]:
    """Sends one request and returns the answer, `within` seconds.

    Raises OSError, TimeoutError, or RpcError where the answer is an error or is none.
    """
    async with asyncio.timeout(within):
        with reachable(path) as address:
            reader, writer = await asyncio.open_unix_connection(address, limit=LIMIT_LINE)
        try:
            writer.write(msgspec.json.encode(request) + b"\n")
            line = await reader.readline()
        finally:
            writer.close()
    if not line:
        raise RpcError("gone", f"{path.name} closed the connection without an answer")
    answer = _request(line)
    if answer.get("ok") is not True:
        error = answer.get("error") or {}
        raise RpcError(str(error.get("kind", "unknown")), str(error.get("message", "no reason given")))
    return answer


def _name(request: Request) -> str:
    name = request.get("do")
    return name if isinstance(name, str) else ""


def _request(line: bytes) -> Request:
    try:
        decoded = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return {}
    return decoded if isinstance(decoded, dict) else {}


def _failure(kind: str, message: str) -> dict[str, Any]:
    return {"ok": False, "error": {"kind": kind, "message": message}}
