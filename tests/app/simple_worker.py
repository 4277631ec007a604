"""A worker process whose sessions are simple: each PDU is answered with JSON that says who answered and what was seen.

submit_sm with the body `hold` is answered only after one with the body `let go`, so that something can be in flight.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from smppproxy.app.metrics import Metrics
from smppproxy.app.settings import Settings
from smppproxy.app.worker_main import main


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, worker: SimpleWorker, listener: int, peer: tuple[str, int] | None, first: bytes) -> None:
        self.worker = worker
        self.listener = listener
        self.peer = peer
        self.first = first
        self.buffer = bytearray()
        self.account = ""
        self.held: list[int] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.peer = self.peer or transport.get_extra_info("peername")[:2]
        self.worker.sessions.add(self)
        self.data_received(self.first)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while len(self.buffer) >= 16:
            length, command, _, sequence = struct.unpack_from("!IIII", self.buffer)
            if length < 16 or len(self.buffer) < length:
                if length < 16 or length > 70000:
                    self.answer(0x80000000, sequence)
                    self.transport.close()
                return
            body = bytes(self.buffer[16:length])
            del self.buffer[:length]
            self.treat(command, sequence, body)

    def treat(self, command: int, sequence: int, body: bytes) -> None:
        if command in (1, 2, 9):
            self.account = body.partition(b"\0")[0].decode()
            self.worker.binds[self.account] += 1
        if body == b"hold":
            self.held.append(sequence)
            return
        for each in self.held if body == b"let go" else []:
            self.answer(0x80000004, each)
        if body == b"let go":
            self.held = []
        self.answer(command | 0x80000000, sequence)
        if command == 6:
            self.transport.close()
        self.worker.look()

    def answer(self, command: int, sequence: int) -> None:
        seen = {"worker": self.worker.number, "listener": self.listener, "peer": self.peer, "first": self.first.hex()}
        body = json.dumps(
            seen | {"drain_timeout": self.worker.settings.proxy.drain_timeout, "pid": os.getpid()}
        ).encode()
        self.transport.write(struct.pack("!IIII", 16 + len(body), command, 0, sequence) + body)

    def connection_lost(self, _: Exception | None) -> None:
        self.worker.sessions.discard(self)
        if self.account:
            self.worker.binds[self.account] -= 1
            if not self.worker.binds[self.account]:
                self.worker.released(self.account)
        self.worker.look()


class SimpleWorker:
    """What `worker_main` runs in these tests."""

    def __init__(self, settings: Settings, number: int, workers: int, released: Callable[[str], None]) -> None:
        self.settings = settings
        self.number = number
        self.released = released
        self.sessions: set[Session] = set()
        self.binds: Counter[str] = Counter()
        self.servers: list[asyncio.Server] = []
        self.idle = asyncio.Event()

    async def start(self, sockets: list[tuple[int, socket.socket]]) -> None:
        loop = asyncio.get_running_loop()
        for number, sock in sockets:
            server = await loop.create_server(lambda number=number: Session(self, number, None, b""), sock=sock)
            self.servers.append(server)

    def adopt(self, sock: socket.socket, listener: int, first: bytes, peer: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        self.adopting = loop.create_task(
            loop.connect_accepted_socket(lambda: Session(self, listener, peer, first), sock)
        )

    async def ready(self) -> None:
        if "FAIL_TO_START" in os.environ:
            raise RuntimeError("as the test wants it")

    def metrics(self) -> dict[str, Any]:
        metrics = Metrics()
        metrics.gauge("sessions", side="reseller").value = len(self.sessions)
        return metrics.snapshot()

    def status(self) -> dict[str, Any]:
        return {"sessions": len(self.sessions), "upstreams": {"smsc": {"usable": "UNUSABLE" not in os.environ}}}

    async def deliver(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "delivered_by": self.number, "account": request["account"]}

    async def use_model(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "model": "simple"}

    async def release(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "fates": {}}

    async def cut_spool(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True}

    async def save_shadow(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True}

    async def reload(self, settings: Settings) -> None:
        self.settings = settings

    def look(self) -> None:
        if not any(session.held for session in self.sessions):
            self.idle.set()

    async def drain(self, timeout: float) -> int:  # noqa: ASYNC109
        for server in self.servers:
            server.close()
        self.idle.clear()
        self.look()
        try:
            await asyncio.wait_for(self.idle.wait(), timeout)
        except TimeoutError:
            pass
        unanswered = sum(len(session.held) for session in self.sessions)
        for session in list(self.sessions):
            session.transport.close()
        return unanswered

    async def hurry(self) -> None:
        self.idle.set()


if __name__ == "__main__":
    sys.exit(main(SimpleWorker))
