"""The native engine: sessions on one event loop, closed or open."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from smppproxy.load.generator.budget import Budget, Schedule
from smppproxy.load.generator.plan import Plan
from smppproxy.load.generator.pool import Pool
from smppproxy.load.generator.session import NativeSession
from smppproxy.load.generator.tally import Tally

_CONNECT_PARALLEL = 128  # dials at a time: a listener's backlog is commonly 128 or more
_SWEEP = 0.1  # seconds between looks for answers that are overdue
_TICK = 0.001  # seconds between rounds of an open loop that does not spin: the loop's clock has 1 ms steps


async def run(plan: Plan, pool: Pool, tally: Tally, budget: Budget) -> None:
    """Carry the plan out; the tally is complete when it returns."""
    sessions = [NativeSession(plan, number, pool, budget, tally) for number in range(plan.sessions)]
    async with asyncio.TaskGroup() as group:
        gate = asyncio.Semaphore(_CONNECT_PARALLEL)
        for session in sessions:
            group.create_task(_connect(session, gate, tally))
    ready = [session for session in sessions if session.bound.done() and session.bound.result() == 0]
    tally.bound = len(ready)
    try:
        if ready:
            await _submit(plan, ready, budget, tally)
            tally.ended = time.perf_counter_ns()
            await _linger(plan, tally)
    finally:
        budget.stop()
        await asyncio.gather(*(session.leave() for session in sessions))


async def _connect(session: NativeSession, gate: asyncio.Semaphore, tally: Tally) -> None:
    """Dial and bind; failures are counted, not raised."""
    plan = session.plan
    async with gate:
        try:
            async with asyncio.timeout(plan.connect_timeout):
                server_name = (plan.server_name or plan.host) if plan.tls else None
                await asyncio.get_running_loop().create_connection(
                    lambda: session, plan.host, plan.port, ssl=plan.tls, server_hostname=server_name
                )
                status = await asyncio.shield(session.bound)
        except TimeoutError:
            tally.connect_errors += 1
            tally.note(f"session {session.number}: no bind_resp within {plan.connect_timeout:g} s")
        except OSError as error:
            tally.connect_errors += 1
            tally.note(f"{plan.host}:{plan.port}: cannot connect ({error.strerror or error})")
        else:
            if status > 0:
                tally.bind_errors[status] += 1
                tally.note(f"session {session.number}: the bind was refused with 0x{status:02x}")


async def _submit(plan: Plan, sessions: list[NativeSession], budget: Budget, tally: Tally) -> None:
    """Send what the plan wants and wait for the answers."""
    loop = asyncio.get_running_loop()
    tally.mark()
    timers: list[asyncio.TimerHandle] = []
    pacer = Pacer(plan, sessions, budget, tally) if plan.rate else None
    for session in sessions:
        session.start()
    if pacer is not None:
        pacer.start()
    if plan.warm_up:
        timers.append(loop.call_later(plan.warm_up, tally.mark))
    if plan.seconds:
        timers.append(loop.call_later(plan.warm_up + plan.seconds, budget.stop))
    try:
        while not (
            budget.stopped and (pacer is None or pacer.empty) and all(session.idle.is_set() for session in sessions)
        ):
            await _next_idle(sessions)
            now = time.perf_counter_ns()
            for session in sessions:
                session.expire(now)
                if budget.stopped:
                    session.settle()
            if all(session.closed.done() for session in sessions):
                break
    finally:
        for timer in timers:
            timer.cancel()
        if pacer is not None:
            pacer.stop()


async def _next_idle(sessions: list[NativeSession]) -> None:
    """Wait for the first session that still works, at most one sweep."""
    busy = next((session for session in sessions if not session.idle.is_set()), None)
    try:
        async with asyncio.timeout(_SWEEP):
            if busy is not None:
                await busy.idle.wait()
    except TimeoutError:
        return


async def _linger(plan: Plan, tally: Tally) -> None:
    """Wait for receipts: until every accepted message has one, or the time is up."""
    wanted = sum(times for (_, status), times in tally.answers.items() if status == 0)
    for _ in range(round(plan.linger / _SWEEP)):
        if tally.receipts >= wanted:
            return
        await asyncio.sleep(_SWEEP)


class Pacer:
    """The open loop: hands every due message to a session with credit, in turn; the rest waits in a backlog.

    A message that waits keeps its intended time, so a slow peer shows in the latency instead of slowing the
    generator down (no coordinated omission).
    """

    def __init__(self, plan: Plan, sessions: list[NativeSession], budget: Budget, tally: Tally) -> None:
        self._plan = plan
        self._sessions = sessions
        self._budget = budget
        self._tally = tally
        self._backlog: deque[int] = deque()
        self._turn = 0
        self._schedule: Schedule | None = None
        self._handle: asyncio.Handle | None = None

    @property
    def empty(self) -> bool:
        """True when no message waits for credit."""
        return not self._backlog

    def start(self) -> None:
        """Begin now."""
        plan = self._plan
        self._schedule = Schedule(plan.rate, poisson=plan.poisson, seed=plan.seed, start=time.perf_counter_ns())
        self._round()

    def stop(self) -> None:
        """No further rounds."""
        if self._handle is not None:
            self._handle.cancel()

    def _round(self) -> None:
        now = time.perf_counter_ns()
        if self._schedule is not None and not self._budget.stopped:
            due = self._schedule.due(now)
            self._backlog.extend(due[: self._budget.take(len(due))])
        if self._backlog:
            self._deal_out(now)
        if self._backlog or not self._budget.stopped:
            again: Callable[[], None] = self._round
            loop = asyncio.get_running_loop()
            self._handle = loop.call_soon(again) if self._plan.spin else loop.call_later(_TICK, again)

    def _deal_out(self, now: int) -> None:
        sessions = self._sessions
        backlog = self._backlog
        for offset in range(len(sessions)):
            session = sessions[(self._turn + offset) % len(sessions)]
            share = -(-len(backlog) // (len(sessions) - offset))
            number = min(share, session.credit, len(backlog))
            if number > 0:
                times = [backlog.popleft() for _ in range(number)]
                for intended in times:
                    self._tally.lateness.add(now - intended)
                session.submit(times)
                if not backlog:
                    self._turn = (self._turn + offset + 1) % len(sessions)
                    return
