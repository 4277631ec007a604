"""A worker: the house on one side, sockets and clocks on the other, one turn of the loop at a time.

A turn takes everything that was read since the last one, lets the house treat it, judges what waits for the judge as
long as a turn may last, and writes once per connection. What the house orders (connect, verify, ask another
worker) is done in tasks whose results come back as inputs.
"""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Callable
from typing import Any, Final

import structlog

from filters.text.filter import TextFilter
from smppproxy.app import build
from smppproxy.app.errands import Errands
from smppproxy.app.metrics import Metrics, sources
from smppproxy.app.pressure import Pressure
from smppproxy.app.recorder import Recorder
from smppproxy.app.settings import Settings
from smppproxy.app.tasks import Tasks
from smppproxy.net.caller import HeadedWire
from smppproxy.net.tls import server_context
from smppproxy.net.wire import Pump, Wire
from smppproxy.relay.house import House
from smppproxy.relay.links import Carrier, Link, Reseller
from smppproxy.relay.ticket import Route
from smppproxy.state.books import FILE as BOOKS_FILE
from smppproxy.state.books import Books
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.routes import Routes
from smppproxy.state.spool import Spool

#: Seconds one turn may spend judging before it lets the sockets have their say.
JUDGE_HOLD: Final = 0.0005

#: Seconds between two looks at the clock: the precision of every timeout.
TICK: Final = 0.1

#: Seconds to wait at start for the first attempt of each shared upstream link.
FIRST_ATTEMPT: Final = 5.0

log = structlog.get_logger(__name__)


class Worker:
    """Carries the sessions of one process. ``released`` is told of accounts whose last bind is gone."""

    def __init__(self, settings: Settings, number: int, workers: int, released: Callable[[str], None]) -> None:
        self.settings = settings
        self.number = number
        self.workers = workers
        self._released = released
        self._chance = random.Random()
        self._tasks = Tasks(self._failed)
        self._servers: list[asyncio.Server] = []
        self._ticker: asyncio.TimerHandle | None = None
        self._hurry = asyncio.Event()
        self._attempted = asyncio.Event()  # each shared upstream was bound, or its first attempt has failed
        self._draining = False
        self._metrics = Metrics()
        self._turn_seconds = self._metrics.histogram("turn_seconds")
        self._judge_seconds = self._metrics.histogram("judge_seconds")

    # ------------------------------------------------------------ life

    async def start(self, sockets: list[tuple[int, socket.socket]]) -> None:
        """Open the books, warm the judge, listen. Raises BooksError, ModelError, OSError."""
        self._loop = asyncio.get_running_loop()
        settings = self.settings
        self.books = Books(settings.proxy.state_path / BOOKS_FILE)
        self._rules = build.Rules(self.books, time.time())
        self.text = _warmed(settings)
        plan = build.plan(settings, self._rules, self.number, self.workers)
        self._recorder = self._begin_trace(settings)
        pooled = any(upstream.mode == "pooled" for upstream in settings.upstreams)
        self._routes = Routes(settings.proxy.state_path / "routes", self.number, time.time(), Route) if pooled else None
        self.house = House(
            plan,
            build.gate(settings, self.text),
            self.text,
            build.session_limits(settings),
            clock=time.time,
            routes=self._routes,
            recorder=self._recorder,
            chance=self._chance,
            siblings=self.workers > 1,
        )
        self._pressure = Pressure(self.house)
        self._pump = Pump(self._turn, lambda wire, full: self._pressure.wire_full(wire, full, self._now()))
        self._pump.high_water = settings.proxy.limits.write_buffer
        siblings = {n: settings.proxy.state_path / f"worker-{n}.sock" for n in range(self.workers) if n != self.number}
        self._errands = Errands(
            self.house, self._pump, self._tasks, self._chance, siblings, lambda link: self._gone(link, self._now())
        )
        self._errands.targets = build.targets(settings)
        self._metrics.collect(sources.of_house(self.house))
        if self._recorder is not None:
            self._metrics.collect(sources.of_spool(self._recorder.spool))
        self.house.start(self._now())
        for number, sock in sockets:
            await self._listen(number, sock)
        self._ticker = self._loop.call_later(TICK, self._tick)
        self._turn()

    def _begin_trace(self, settings: Settings) -> Recorder | None:
        """Open the spool. Raises StoreError, OSError."""
        trace = settings.trace
        if not trace.enabled:
            return None
        spool = Spool(
            settings.proxy.state_path / "spool",
            self.number,
            time.time(),
            limit_bytes=trace.spool_limit,
            file_limit=trace.part_size,
            file_age=trace.part_age,
        )
        model = self.text.version if self.text is not None else ""
        return Recorder(spool, Pseudonymiser.load(settings.proxy.state_path), self.number, model)

    async def _listen(self, number: int, sock: socket.socket) -> None:
        listener = self.settings.listeners[number]
        tls = listener.tls
        context = server_context(tls.certificate, tls.key, tls.client_ca or None) if tls is not None else None
        proxy = self.settings.proxy

        def wire() -> Wire:
            if listener.proxy_protocol:
                return HeadedWire(
                    self._pump,
                    lambda made, peer: self._arrived(made, peer[0], number),
                    proxy.trusted_proxies,
                    proxy.timers.session_init,
                )
            return Wire(self._pump, made=lambda made: self._arrived(made, made.peer[0], number))

        handshake = proxy.timers.session_init if context is not None else None
        self._servers.append(
            await self._loop.create_server(wire, sock=sock, ssl=context, ssl_handshake_timeout=handshake)
        )

    def adopt(self, sock: socket.socket, listener: int, first: bytes, peer: tuple[str, int]) -> None:
        """Take over a connection of which ``first`` has been read."""
        self._tasks.spawn(self._adopt(sock, listener, first, peer[0]), "adopt")

    async def _adopt(self, sock: socket.socket, listener: int, first: bytes, peer: str) -> None:
        wire = Wire(self._pump, made=lambda made: self._arrived(made, peer, listener))
        sock.setblocking(False)
        try:
            await self._loop.connect_accepted_socket(lambda: wire, sock)
        except OSError as error:
            log.info("connection_ended", side="reseller", peer=peer, reason=str(error))
            return
        if first:
            wire.inject(first)

    async def ready(self) -> None:
        """Return when each shared upstream is bound or its first attempt has failed, after 5 s at most."""
        try:
            async with asyncio.timeout(FIRST_ATTEMPT):
                await self._attempted.wait()
        except TimeoutError:
            log.warning("upstream_slow", waited=FIRST_ATTEMPT)

    async def reload(self, settings: Settings) -> None:
        """Follow a new configuration without dropping a session. Raises ModelError, OSError: the old one stays."""
        text = self.text
        if build.text_settings(settings) != build.text_settings(self.settings):
            text = _warmed(settings)
        targets = build.targets(settings)
        rules = build.Rules(self.books, time.time())
        plan = build.plan(settings, rules, self.number, self.workers)
        self.text, self._rules, self.settings = text, rules, settings
        self._errands.targets = targets
        if self._recorder is not None:
            self._recorder.model = text.version if text is not None else ""
        self.house.reload(plan, build.gate(settings, text), text, self._now())
        self._turn()

    async def drain(self, timeout: float) -> int:  # noqa: ASYNC109  it answers what is left, so it cannot be cancelled
        """Stop accepting, finish what is in flight, unbind both sides. Returns how many requests stayed unanswered."""
        until = self._now() + timeout
        self._draining = True
        for server in self._servers:
            server.close()
        self.house.drain()
        while self.house.desk.count.in_flight and self._now() < until and not self._hurry.is_set():
            await self._pause()
        unanswered = self.house.desk.count.in_flight
        within = max(0.0, min(self.settings.proxy.timers.unbind, until - self._now()))
        if self._hurry.is_set():
            within = 0.0
        self.house.farewell(self._now(), within)
        self._turn()
        last = self._now() + within + self.house.limits.close_grace
        while (self.house.resellers or self.house.carriers) and self._now() < last and not self._hurry.is_set():
            await self._pause()
        for link in (*self.house.resellers, *self.house.carriers):
            if isinstance(link.wire, Wire):
                link.wire.abort()
        if self._ticker is not None:
            self._ticker.cancel()
        await self._tasks.cancel()
        if self._recorder is not None:
            self._recorder.flush(time.time())
            self._recorder.spool.close(time.time())
        if self._routes is not None:
            self._routes.close(time.time())
        self.books.close()
        return unanswered

    async def hurry(self) -> None:
        """Make a running :meth:`drain` return at once."""
        self._hurry.set()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(TICK / 10):
                await self._hurry.wait()
        except TimeoutError:
            return

    # ------------------------------------------------------------ a turn

    @staticmethod
    def _now() -> float:
        return time.monotonic()

    def _turn(self) -> None:
        """Everything since the last turn: treat, judge, write."""
        house = self.house
        self.books.refresh()
        self._rules.refresh(time.time())
        now = time.monotonic()
        recorder = self._recorder
        if recorder is not None:
            recorder.now = now
        for wire, data in self._pump.take():
            link = wire.owner
            if link is None:
                continue
            if data is None:
                self._lost(link, now)
            elif not link.session.closing:
                house.sent(link, data, now)
        if house.judging.waiting:
            self._judge_some(now)
        self._obey()
        self._write(now)
        if recorder is not None:
            recorder.flush(time.time())
        if self._routes is not None:
            self._routes.flush(time.time())
        self._turn_seconds.observe(time.monotonic() - now)
        if not self._attempted.is_set() and all(u.attempted for u in house.upstreams.values()):
            self._attempted.set()

    def _judge_some(self, now: float) -> None:
        """Judge until nothing waits or the turn has lasted long enough; then the sockets come first."""
        house = self.house
        started = time.monotonic()
        until = started + JUDGE_HOLD
        while house.judge(now):
            if time.monotonic() >= until:
                self._pump.wake()
                break
        self._judge_seconds.observe(time.monotonic() - started)

    def _write(self, now: float) -> None:
        house = self.house
        dirty = house.dirty
        if not dirty:
            return
        links = list(dirty)
        dirty.clear()
        for link in links:
            wire = link.wire
            if not isinstance(wire, Wire):
                if link.session.closing and not link.gone:  # never connected, or still dialling: nothing to write
                    self._gone(link, now)
                continue
            octets = link.take()
            if octets:
                wire.write(octets)
            if link.session.closing:
                wire.close(house.limits.close_grace)
            else:
                house.watch(link, now)

    def _obey(self) -> None:
        """Have done what the house ordered."""
        self._errands.run()
        doors = self.house.doors
        if doors.released:
            names, doors.released = doors.released, []
            for name in names:
                self._released(name)

    def _tick(self) -> None:
        self._ticker = self._loop.call_later(TICK, self._tick)
        now = self._now()
        self.house.tick(now)
        self._pressure.tick(now, self.settings.proxy.timers.response)
        self._turn()

    # ------------------------------------------------------------ connections

    def _arrived(self, wire: Wire, peer: str, listener: int) -> None:
        reseller = self.house.arrived(peer, listener, self._now())
        if reseller is None:
            wire.abort()
            return
        reseller.wire = wire
        wire.owner = reseller

    def _lost(self, link: Link, now: float) -> None:
        reason = link.session.reason or "connection lost"
        if isinstance(link, Carrier) or link.session.state.value != "open":
            log.info("link_closed", side=_side(link), account=_account(link), reason=reason)
        self._gone(link, now)

    def _gone(self, link: Link, now: float) -> None:
        self.house.gone(link, now)
        self._pressure.gone(link, now)

    # ------------------------------------------------------------ what others ask

    async def deliver(self, request: dict[str, Any]) -> dict[str, Any]:
        """Deliver for another worker to a reseller bound here; see :meth:`Errands.deliver`."""
        return await self._errands.deliver(request)

    def metrics(self) -> dict[str, Any]:
        """A snapshot for ``app.metrics``."""
        return self._metrics.snapshot()

    def status(self) -> dict[str, Any]:
        """Sessions, accounts, upstreams: what a person asks first."""
        house = self.house
        return {
            "sessions": len(house.resellers),
            "bound": house.bound,
            "in_flight": house.desk.count.in_flight,
            "accounts": {
                account.name: {"binds": len(account.binds), "upstream": account.plan.upstream}
                for account in house.doors.accounts.values()
                if account.binds
            },
            "upstreams": {
                name: {
                    "mode": "paired" if upstream.plan.paired else "pooled",
                    "links": sum(carrier.bound for carrier in upstream.carriers),
                    "waiting": len(upstream.waiting),
                }
                for name, upstream in house.upstreams.items()
            },
        }

    def _failed(self, error: BaseException) -> None:
        log.error("task_failed", exc_info=error)


def _warmed(settings: Settings) -> TextFilter | None:
    """The text judge, ready to judge; ``judge_chunk`` beats what it measured of itself."""
    text = build.text_filter(settings)
    if text is not None:
        text.warm()
        text.chunk = settings.proxy.limits.judge_chunk or text.chunk
    return text


def _side(link: Link) -> str:
    return "reseller" if isinstance(link, Reseller) else "upstream"


def _account(link: Link) -> str:
    if isinstance(link, Reseller) and link.account is not None:
        return link.account.name
    return link.upstream.plan.name if isinstance(link, Carrier) else ""
