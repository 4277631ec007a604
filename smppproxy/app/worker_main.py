"""Entry of a worker process: what stands between the parent and the `Worker` that carries the sessions.

What it needs of the worker is in `WorkerLike`. The worker calls `released(account)` whenever an account is left without
a bind, be it that the last one is gone or that the only attempt failed; an attempt that is under way counts as a bind.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import uvloop

from smppproxy.app import handoff, lifeline, logs, memory
from smppproxy.app.channel import Channel
from smppproxy.app.rpc import Request, RpcServer
from smppproxy.app.tasks import Tasks
from smppproxy.app.tls_relay import TlsRelay
from smppproxy.imports import undisturbed
from smppproxy.loggers import get_logger

if TYPE_CHECKING:
    from smppproxy.app.settings import Settings

LOAD_INTERVAL = 2.0  # s between two reports of the share of a core in use

log = get_logger(__name__)


class WorkerLike(Protocol):
    """What carries the sessions."""

    async def start(self, sockets: list[tuple[int, socket.socket]]) -> None:
        """Begins.

        The listening sockets come with their listener's number and are none where connections are handed over.
        """

    def adopt(self, sock: socket.socket, listener: int, first: bytes, peer: tuple[str, int]) -> None:
        """Takes over a connection of which `first` has been read."""

    async def ready(self) -> None:
        """Returns when resellers are served in full."""

    def metrics(self) -> dict[str, Any]:
        """A snapshot of `app.metrics`."""

    def status(self) -> dict[str, Any]:
        """Sessions, accounts, upstreams: JSON-able."""

    async def deliver(self, request: Request) -> dict[str, Any]:
        """Delivers for another worker to a reseller bound here; the answer for it. Raises RpcError."""

    async def use_model(self, request: Request) -> dict[str, Any]:
        """Changes to the text model on record; the answer names the one in use. Raises RpcError."""

    async def save_shadow(self, request: Request) -> dict[str, Any]:
        """Writes what the comparison with a candidate has counted so far, for a report."""

    async def cut_spool(self, request: Request) -> dict[str, Any]:
        """Finishes the file of the trace, for a report."""

    async def release(self, request: Request) -> dict[str, Any]:
        """Sends messages that were held; the answer says what is known of them at once. Raises RpcError."""

    async def reload(self, settings: Settings) -> None:
        """Takes a new, valid configuration."""

    async def drain(self, timeout: float) -> int:  # noqa: ASYNC109  it answers what is left, so it cannot be cancelled
        """Finishes and unbinds; how many requests stayed unanswered."""

    async def hurry(self) -> None:
        """Makes a running `drain` return at once."""


Factory = Callable[["Settings", int, int, Callable[[str], None]], WorkerLike]


class WorkerProcess:
    """The life of one worker process: configured, ready, draining, done."""

    def __init__(self, sock: socket.socket, number: int, factory: Factory) -> None:
        self._number = number
        self._factory = factory
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[int] = self._loop.create_future()
        self._tasks = Tasks(self._failed)
        self._channel = Channel(sock, self._received, self._parent_gone)
        self._adopted: Counter[str] = Counter()
        self._worker: WorkerLike | None = None
        self._relay: TlsRelay | None = None
        self._rpc: RpcServer | None = None
        self._ready = False
        self._newer: Settings | None = None  # came while we were starting
        self._draining = False
        self._used = 0.0

    async def run(self) -> int:
        """Works until the parent says otherwise; the exit code."""
        code = await self._done
        await self._channel.flushed()
        await self._tasks.cancel()
        if self._rpc is not None:
            await self._rpc.close()
        self._channel.close()
        return code

    def _received(self, message: handoff.Message, descriptors: list[int]) -> None:
        match message:
            case handoff.Configure(_, workers, listeners):
                self._tasks.spawn(
                    self._start(handoff.settings_from(descriptors[0]), workers, listeners, descriptors[1:]), "start"
                )
            case handoff.Reload():
                self._tasks.spawn(self._reload(handoff.settings_from(descriptors[0])), "reload")
            case handoff.Adopt(listener, host, port, account, first, tls):
                self._adopt(handoff.socket_of(descriptors[0]), listener, (host, port), account, first, tls)
            case handoff.Home(request, worker):
                if self._relay is not None:
                    self._relay.home_is(request, worker)
            case handoff.Drain(timeout, hurry):
                self._tasks.spawn(self._hurry() if hurry else self._drain(timeout), "drain")
            case _:
                log.error("unexpected_message", kind=type(message).__name__)

    async def _start(
        self, settings: Settings, workers: int, listeners: tuple[int, ...], descriptors: list[int]
    ) -> None:
        logs.set_up(f"worker-{self._number}", format=settings.logs.format, level=settings.logs.level)
        worker = self._factory(settings, self._number, workers, self._released)
        directory = settings.proxy.state_path
        self._relay = TlsRelay(directory, self._number, self._where_is, worker.adopt)
        self._relay.configure(settings)
        sockets = [(number, handoff.socket_of(d)) for number, d in zip(listeners, descriptors, strict=True)]
        await worker.start(sockets)
        self._worker = worker
        self._rpc = RpcServer(
            directory / f"worker-{self._number}.sock",
            {
                "metrics": self._answer_metrics,
                "status": self._answer_status,
                "deliver": worker.deliver,
                "use_model": worker.use_model,
                "save_shadow": worker.save_shadow,
                "cut_spool": worker.cut_spool,
                "release": worker.release,
            },
            {"adopt": self._adopt_relayed},
        )
        await self._rpc.start()
        await worker.ready()
        memory.settle()
        self._ready = True
        self._channel.send(handoff.Ready())
        if self._newer is not None:
            await self._reload(self._newer)
        if workers > 1:
            self._used = time.process_time()  # starting up is no load that lasts
            self._loop.call_later(LOAD_INTERVAL, self._report_load)

    def _adopt(
        self, sock: socket.socket, listener: int, peer: tuple[str, int], account: str, first: bytes, tls: bool
    ) -> None:
        if self._worker is None or self._relay is None or self._draining:
            sock.close()
        elif tls:
            self._tasks.spawn(self._relay.serve(sock, listener, peer), "tls")
        else:
            self._adopted[account] += 1
            self._worker.adopt(sock, listener, first, peer)

    def _adopt_relayed(self, request: Request, sock: socket.socket, rest: bytes) -> None:
        """A reseller's stream, decrypted elsewhere, follows `{"do": "adopt", "listener": 0, "peer": "ip:port"}`."""
        host, _, port = str(request.get("peer", "")).rpartition(":")
        listener = request.get("listener")
        if self._worker is None or self._draining or not isinstance(listener, int) or not host or not port.isdigit():
            sock.close()
            return
        self._worker.adopt(sock, listener, rest, (host.strip("[]"), int(port)))

    def _released(self, account: str) -> None:
        self._channel.send(handoff.Released(account, self._adopted[account]))

    def _where_is(self, request: int, account: str) -> None:
        self._channel.send(handoff.WhereIs(request, account))

    def _report_load(self) -> None:
        used = time.process_time()
        self._channel.send(handoff.Load(min((used - self._used) / LOAD_INTERVAL, 1.0)))
        self._used = used
        self._loop.call_later(LOAD_INTERVAL, self._report_load)

    async def _answer_metrics(self, _: Request) -> dict[str, Any]:
        return {"ok": True, "worker": self._number, "metrics": self._worker.metrics() if self._worker else {}}

    async def _answer_status(self, _: Request) -> dict[str, Any]:
        relayed = self._relay.count if self._relay else 0
        status = self._worker.status() if self._worker else {}
        return {"ok": True, "worker": self._number, "pid": os.getpid(), "tls_relayed": relayed, "status": status}

    async def _reload(self, settings: Settings) -> None:
        if self._worker is None or self._relay is None or not self._ready:
            self._newer = settings
            return
        logs.set_level(settings.logs.level)
        self._relay.configure(settings)
        await self._worker.reload(settings)

    async def _drain(self, within: float) -> None:
        if self._draining:
            return
        self._draining = True
        unanswered = 0
        if self._worker is not None:
            until = self._loop.time() + within
            unanswered = await self._worker.drain(within)
            if self._relay is not None:  # sessions of other workers that come in through us
                await self._relay.drained(until - self._loop.time())
        self._end(unanswered)

    async def _hurry(self) -> None:
        if self._worker is None or not self._draining:
            self._end(0)
            return
        if self._relay is not None:
            self._relay.hurry()
        await self._worker.hurry()

    def _end(self, unanswered: int) -> None:
        if not self._done.done():
            self._channel.send(handoff.Drained(unanswered))
            self._done.set_result(0)

    def _parent_gone(self) -> None:
        if not self._done.done():
            self._done.set_result(1)

    def _failed(self, error: BaseException) -> None:
        log.error("task_failed", exc_info=error)
        if not self._ready and not self._done.done():
            self._done.set_result(1)


def main(factory: Factory | None = None) -> int:
    """Runs a worker process; `factory` makes what carries the sessions."""
    sock, number = lifeline.begin()
    if factory is None:
        with undisturbed():
            from smppproxy.app.worker import Worker

        factory = Worker

    async def run() -> int:
        return await WorkerProcess(sock, number, factory).run()

    try:
        return uvloop.run(run())
    finally:
        logs.flush()
