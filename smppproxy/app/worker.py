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
from contextlib import suppress
from functools import partial
from typing import Any, Final

from filters.text.manifest import ModelError
from smppproxy.app import build, descriptors, judges, logs, overview, reception
from smppproxy.app.errands import Errands
from smppproxy.app.holds import Holds
from smppproxy.app.inquirer import Inquirer
from smppproxy.app.knocks import tell_closed
from smppproxy.app.memory import Collector
from smppproxy.app.metrics import Metrics, sources
from smppproxy.app.mishaps import Mishaps
from smppproxy.app.pressure import Pressure
from smppproxy.app.prompt import Prompt
from smppproxy.app.reception import Reception
from smppproxy.app.recorder import open_recorder
from smppproxy.app.records import Records
from smppproxy.app.rpc import RpcError
from smppproxy.app.settings import Settings
from smppproxy.app.tasks import Tasks
from smppproxy.app.trials import Trials
from smppproxy.app.writer import Durable, Writer
from smppproxy.loggers import get_logger
from smppproxy.net.wire import Pump, Wire
from smppproxy.relay.house import House
from smppproxy.relay.links import Carrier, Link
from smppproxy.relay.ticket import Route
from smppproxy.relay.turns import in_turn
from smppproxy.state.books import FILE as BOOKS_FILE
from smppproxy.state.books import Books
from smppproxy.state.routes import Routes
from smppproxy.state.shared_pace import SharedPace

#: Seconds between two looks at the clock: the precision of every timeout.
TICK: Final = 0.1

#: Seconds to wait at start for the first attempt of each shared upstream link.
FIRST_ATTEMPT: Final = 5.0

log = get_logger(__name__)


class Worker:
    """Carries the sessions of one process. ``released`` is told of accounts whose last bind is gone."""

    def __init__(self, settings: Settings, number: int, workers: int, released: Callable[[str], None]) -> None:
        self.settings = settings
        self.number = number
        self.workers = workers
        self._released = released
        self._chance = random.Random()
        self._tasks = Tasks(self._failed)
        self._ticker: asyncio.TimerHandle | None = None
        self._hurry = asyncio.Event()
        self._attempted = asyncio.Event()  # each shared upstream was bound, or its first attempt has failed
        self._reloading = asyncio.Lock()
        self._judges = judges.Judges()
        self._draining = False
        self._ended = False
        self._metrics = Metrics()
        self._turn_seconds = self._metrics.histogram("turn_seconds")
        self._judge_seconds = self._metrics.histogram("judge_seconds")

    # ------------------------------------------------------------ life

    async def start(self, sockets: list[tuple[int, socket.socket]]) -> None:
        """Open the books, warm the judge, listen. Raises BooksError, ModelError, OSError."""
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(self._uncaught)
        settings = self.settings
        descriptors.provide(descriptors.needed(settings, self.workers))
        self.books = Books(settings.proxy.state_path / BOOKS_FILE)
        self._rules = build.Rules(self.books, time.time())
        self.text = self._judges.first(settings)
        plan = build.plan(settings, self._rules, self.number, self.workers)
        model = judges.told(self.text)["model"]
        self._recorder = open_recorder(settings, self.number, model) if settings.trace.enabled else None
        # Also where no upstream is pooled yet: a reload may add one.
        self._routes = Routes(settings.proxy.state_path / "routes", self.number, time.time(), Route)
        self.house = House(
            plan,
            build.gate(settings, self.text, self.books),
            self.text,
            build.session_limits(settings),
            clock=time.time,
            routes=self._routes,
            recorder=self._recorder,
            chance=self._chance,
            siblings=self.workers > 1,
            timer=time.thread_time,
        )
        self._writer = Writer(self.house, self._gone, lambda error, link, now: self._mishap("write", error, link, now))
        if self._recorder is not None and settings.trace.durability == "commit":
            self._writer.durable = Durable(self._recorder.spool, self._loop)
        self._records = Records(self.house, self._recorder, settings, self.number)
        self.house.desk.sanctions = build.sanctions(settings, self.books, SharedPace(settings.proxy.state_path))
        self._metrics.collect(self._records.collect)
        self.cut_spool = self._records.cut
        self._mishaps = Mishaps(self.house)
        self._pressure = Pressure(self.house)
        self._pump = Pump(self._turn, lambda wire, full: self._pressure.wire_full(wire, full, self._now()))
        self._pump.high_water = settings.proxy.limits.write_buffer
        self._pump.prompt = self._prompt = Prompt(self.house, self._pump, self._writer, self._begin, self._mishap)
        self.trials = Trials(self.house, self._tasks, self._pump.wake, settings.proxy.state_path, self.number)
        siblings = {n: settings.proxy.state_path / f"worker-{n}.sock" for n in range(self.workers) if n != self.number}
        self._errands = Errands(
            self.house, self._pump, self._tasks, self._chance, siblings, lambda link: self._gone(link, self._now())
        )
        self._errands.targets = build.targets(settings)
        self._holds = Holds(self.house, self._tasks, self._pump.wake, settings, self.number)
        self.release = self._holds.release
        self._inquirer = Inquirer(self.house, self._tasks, self._pump.wake)
        self._inquirer.follow(settings)
        self._metrics.collect(self._inquirer.collect)
        self._metrics.collect(sources.of_house(self.house))
        self._metrics.collect(self.trials.collect)
        sink = logs.sink()
        if sink is not None:
            self._metrics.collect(sources.of_process(sink))
        if self._recorder is not None:
            self._recorder.candidate = self.trials.version
            self._metrics.collect(sources.of_spool(self._recorder.spool))
        self.house.start(self._now())
        self._reception = Reception(self._pump, self._tasks, self._arrived)
        self._reception.open(sockets, reception.doors(settings) if sockets else ())
        self._ticker = self._loop.call_later(TICK, self._tick)
        self._collector = Collector(self._turn_seconds.observe)
        self._turn()

    def adopt(self, sock: socket.socket, listener: int, first: bytes, peer: tuple[str, int]) -> None:
        """Take over a connection of which ``first`` has been read."""
        self._reception.adopt(sock, listener, first, peer)

    async def ready(self) -> None:
        """Return when each shared upstream is bound or its first attempt has failed, after 5 s at most."""
        with suppress(RpcError):
            await self.use_model({})  # it may have changed after ours was loaded and before we could be told
        try:
            async with asyncio.timeout(FIRST_ATTEMPT):
                await self._attempted.wait()
        except TimeoutError:
            log.warning("upstream_slow", waited=FIRST_ATTEMPT)

    async def reload(self, settings: Settings) -> None:
        """Follow a new configuration without dropping a session; where it cannot be followed, the old one stays."""
        async with self._reloading:  # loading a model takes a while, and the last one to come is to win
            if self._draining:
                return
            try:
                await self._reload(settings)
            except (ModelError, OSError) as error:
                log.error("reload_refused", reason=str(error))  # noqa: TRY400  the text is for the operator

    async def _reload(self, settings: Settings) -> None:
        text, before = await self._judges.follow(settings, self.text), self.text
        targets = build.targets(settings)
        doors = reception.doors(settings)
        rules = build.Rules(self.books, time.time())
        plan = build.plan(settings, rules, self.number, self.workers)
        gate = build.gate(settings, text, self.books, self.house.desk.gate)
        self.text, self._rules, self.settings = text, rules, settings
        self._holds.settings = settings
        self._errands.targets = targets
        self._inquirer.follow(settings)
        self.house.desk.sanctions = build.sanctions(settings, self.books, self.house.desk.sanctions.pace)
        self._reception.follow(doors)
        self._pump.high_water = settings.proxy.limits.write_buffer
        if self._recorder is not None:
            self._recorder.model = judges.told(text)["model"]
        self.house.reload(plan, gate, text, self._now(), build.session_limits(settings))
        self._records.follow(settings)
        self._pump.wake()
        if text is not before:
            await self._judges.retire(before)
        await self.trials.follow(settings, text)

    async def use_model(self, _: dict[str, Any]) -> dict[str, Any]:
        """Judge by the model on record, and try out the candidate, from the next turn on. Raises RpcError."""
        async with self._reloading:
            self.text = await self._judges.change(self.settings, self.text, self.house, self._recorder)
            await self.trials.follow(self.settings, self.text, retry=True)
        return {"ok": True, "worker": self.number, **judges.told(self.text), **self.trials.told()}

    async def save_shadow(self, _: dict[str, Any]) -> dict[str, Any]:
        """Write what the comparison with a candidate has counted so far."""
        return await self.trials.save()

    async def drain(self, timeout: float) -> int:  # noqa: ASYNC109  it answers what is left, so it cannot be cancelled
        """Stop accepting, finish what is in flight, unbind both sides. Returns how many requests stayed unanswered."""
        until = self._now() + timeout
        self._draining = True
        await self._reception.close()
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
        await self._leave()
        return unanswered

    async def _leave(self) -> None:
        """End what is left and close the files."""
        if self._ticker is not None:
            self._ticker.cancel()
        await self._holds.close()
        await self._inquirer.close()
        await self._tasks.cancel()
        for link in (*self.house.resellers, *self.house.carriers):
            if isinstance(link.wire, Wire):
                link.wire.abort()
        await asyncio.sleep(0)  # their ends are read in the next turn of the loop
        self._turn()
        self._ended = True  # what comes now finds no books
        self._collector.close()
        self.trials.close()
        self._records.close(time.time())
        self._routes.close(time.time())
        self.books.close()

    async def hurry(self) -> None:
        """Make a running :meth:`drain` return at once."""
        self._hurry.set()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK / 10):
                await self._hurry.wait()

    # ------------------------------------------------------------ a turn

    @staticmethod
    def _now() -> float:
        return time.monotonic()

    def _turn(self) -> None:
        """Everything since the last turn: treat, judge, write."""
        if self._ended:
            return
        house, pump = self.house, self._pump
        asked, pump.asked = pump.asked, False
        began, now, unix = self._prompt.end(), time.monotonic(), time.time()
        reads = pump.take()
        if asked or (not began and not (len(reads) == 1 and isinstance(reads[0][0].owner, Carrier))):
            self._begin(now, unix, asked)  # no answer asks the books anything
        elif self._recorder is not None:
            self._records.begin(now, unix)
        for wire, data in reads:
            link = wire.owner
            if link is None:
                continue
            try:
                if data is None:
                    asked = True
                    self._lost(link, now)
                elif not link.session.closing:
                    octets = house.sent(link, data, now)
                    if octets is not None:
                        self._writer.send(link.pair, octets, now)
                        continue
                    asked = True
                    if link.pair is not None:  # nobody else writes there: waiting for the others would only take time
                        self._writer.run(now)
            except Exception as error:  # one link's trouble is not that of the others
                self._mishap("read", error, link, now)
        if asked:  # else everything was sent on at once
            if house.to_judge:
                self._judge_some(now)
            self._obey()
            self._writer.run(now)
            self._routes.flush(unix)
        if asked or self._records.pressing:
            self._records.flush(unix)
        if self._writer.durable is not None:
            self._writer.durable.turn(unix)
        self._turn_seconds.observe(time.monotonic() - (began or now))
        if self.trials.active:
            self.trials.work(unix)

    def _begin(self, now: float, unix: float, asked: bool) -> None:
        """Look at the books; ``now`` is monotonic time."""
        if asked or self._recorder is not None:
            self._records.begin(now, unix)
        try:
            if self.books.refresh() or asked:
                self._rules.refresh(unix)
            self.house.desk.gate.refresh(unix)
        except Exception as error:  # go on with the last books
            self._mishap("books", error, None, now)

    def _judge_some(self, now: float) -> None:
        """Judge until nothing waits or the turn has lasted long enough; then the sockets come first."""
        started = time.monotonic()
        try:
            if in_turn(partial(self.house.judge, now), self.house.hold, time.monotonic):
                self._pump.wake()
        except Exception as error:  # the tray's other texts have their turn at the next tick
            self._mishap("judge", error, None, now)
        self._judge_seconds.observe(time.monotonic() - started)

    def _mishap(self, where: str, error: Exception, link: Link | None, now: float) -> None:
        """A bug met us: end the connection it happened on, and those whose requests it has lost."""
        self._mishaps.tell(where, error, side=overview.side(link), account=overview.account(link))
        ended: list[Link] = [link] if link is not None else []
        ended += self._mishaps.bereft(link)
        for each in ended:
            try:
                each.session.close("internal error")
                if isinstance(each.wire, Wire):
                    each.wire.abort()
                self._gone(each, now)
            except Exception as again:  # it is on its way out as it is
                self._mishaps.tell("end", again)

    def _obey(self) -> None:
        """Have done what the house ordered."""
        self._errands.run()
        self._holds.run()
        self._inquirer.run()
        if not self._attempted.is_set() and all(u.attempted for u in self.house.upstreams.values()):
            self._attempted.set()
        names, self.house.doors.released = self.house.doors.released, []
        for name in names:
            self._released(name)

    def _tick(self) -> None:
        self._ticker = self._loop.call_later(TICK, self._tick)
        now = self._now()
        try:
            self.house.tick(now)
        except Exception as error:  # the next tick does what this one left
            self._mishap("tick", error, None, now)
        self._holds.tick(now)
        self._pressure.tick(now, self.settings.proxy.timers.response)
        self._collector.tick(quiet=not self.house.desk.count.in_flight)
        self._pump.asked = True
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
        tell_closed(link)
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
        return overview.of(self.house) | judges.told(self.text) | self.trials.told()

    def _failed(self, error: BaseException) -> None:
        self._mishaps.tell("task", error)

    def _uncaught(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What the loop caught in a callback of ours, or in its own machinery."""
        error = context.get("exception")
        self._mishaps.tell("loop", error if error is not None else RuntimeError(context.get("message", "")))
