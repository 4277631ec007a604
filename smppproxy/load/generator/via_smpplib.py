"""``--engine smpplib``: what a reseller on that library sees; one thread a session, windows filled by hand."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Lock

from smppproxy.load import wire
from smppproxy.load.generator.budget import Budget, Schedule
from smppproxy.load.generator.plan import Plan
from smppproxy.load.generator.samples import Sample
from smppproxy.load.generator.tally import Tally
from smppproxy.load.generator.via_aiosmpplib import outgoing_of
from smppproxy.load.resellers.on_smpplib import LIBRARY_ERRORS, SmpplibReseller


async def run(plan: Plan, samples: list[Sample], tally: Tally, budget: Budget) -> None:
    """Carry the plan out on smpplib; the tally is complete when it returns."""
    loop = asyncio.get_running_loop()
    tally.mark()
    timers = [loop.call_later(plan.warm_up, tally.mark)] if plan.warm_up else []
    if plan.seconds:
        timers.append(loop.call_later(plan.warm_up + plan.seconds, budget.stop))
    shared = _Shared(plan, samples, budget, tally)
    with ThreadPoolExecutor(plan.sessions, thread_name_prefix="smpplib") as threads:
        try:
            await asyncio.gather(
                *(loop.run_in_executor(threads, _Thread(shared, number).run) for number in range(plan.sessions))
            )
        finally:
            budget.stop()  # the threads end by it, also after Ctrl-C
            for timer in timers:
                timer.cancel()
    tally.ended = time.perf_counter_ns()


class _Shared:
    """What the threads of a run share; everything in it is used under the lock."""

    def __init__(self, plan: Plan, samples: list[Sample], budget: Budget, tally: Tally) -> None:
        self.plan = plan
        self.outgoing = [(outgoing_of(sample, plan), sample.kind) for sample in samples]
        self.budget = budget
        self.tally = tally
        self.lock = Lock()
        self.next = count()


class _Thread:
    """One session. In an open loop each session carries its share of the rate."""

    def __init__(self, shared: _Shared, number: int) -> None:
        self._shared = shared
        self._number = number
        self._pending: dict[int, tuple[int, int]] = {}  # sequence_number: (kind, when it should have left)
        self._backlog: list[int] = []
        self._schedule: Schedule | None = None

    def run(self) -> None:
        """Bind, submit until the budget is spent, unbind."""
        shared, plan = self._shared, self._shared.plan
        reseller = SmpplibReseller(
            plan.host,
            plan.port,
            plan.system_id.replace("%d", str(self._number)),
            plan.password.replace("%d", str(self._number)),
            answered=self._answered,
            delivered=self._delivered,
            # an open loop must wake up for its next message; a closed one only to see that time is up
            timeout=min(plan.response_timeout, 0.05 if plan.rate else 1.0),
            tls=plan.tls,
            transmitter=plan.bind == "transmitter",
        )
        try:
            status = reseller.bind()
        except LIBRARY_ERRORS as error:
            with shared.lock:
                shared.tally.connect_errors += 1
                shared.tally.note(f"{plan.host}:{plan.port}: {error}")
            return
        with shared.lock:
            if status:
                shared.tally.bind_errors[status] += 1
                shared.tally.note(f"session {self._number}: the bind was refused with 0x{status:02x}")
            else:
                shared.tally.bound += 1
        if status == 0:
            self._submit(reseller)
        reseller.close()

    def _submit(self, reseller: SmpplibReseller) -> None:
        shared, plan = self._shared, self._shared.plan
        if plan.rate:
            self._schedule = Schedule(
                plan.rate / plan.sessions,
                poisson=plan.poisson,
                seed=plan.seed + self._number,
                start=time.perf_counter_ns(),
            )
        try:
            while True:
                for intended in self._due():
                    with shared.lock:
                        message, kind = shared.outgoing[next(shared.next) % len(shared.outgoing)]
                    sequence_number, octets = reseller.submit(message)
                    self._pending[sequence_number] = (kind, intended)
                    with shared.lock:
                        shared.tally.sending(1, wire.body_hash(octets[16:]))
                if self._pending:
                    reseller.read()
                    self._expire()
                elif shared.budget.stopped and not self._backlog:
                    return
                else:
                    time.sleep(0.001)  # nothing due yet and nothing to read
        except LIBRARY_ERRORS as error:
            with shared.lock:
                shared.tally.disconnects += 1
                shared.tally.lost += len(self._pending)
                shared.tally.note(f"session {self._number}: {error!r}")

    def _due(self) -> list[int]:
        """When the messages to be sent now should leave: as many as the window takes."""
        shared = self._shared
        now = time.perf_counter_ns()
        free = shared.plan.window - len(self._pending)
        with shared.lock:
            if self._schedule is None:
                return [now] * shared.budget.take(max(0, free))
            due = self._schedule.due(now) if not shared.budget.stopped else []
            self._backlog += due[: shared.budget.take(len(due))]
            leaving, self._backlog = self._backlog[: max(0, free)], self._backlog[max(0, free) :]
            for intended in leaving:
                shared.tally.lateness.add(now - intended)
        return leaving

    def _answered(self, sequence_number: int, status: int) -> None:
        row = self._pending.pop(sequence_number, None)
        now = time.perf_counter_ns()
        with self._shared.lock:
            if row is None:
                self._shared.tally.strays += 1
                return
            self._shared.tally.answer(row[0], status)
            self._shared.tally.latency.add(now - row[1])

    def _delivered(self, pdu: object) -> None:
        with self._shared.lock:
            self._shared.tally.delivered += 1
            self._shared.tally.receipts += bool((getattr(pdu, "esm_class", 0) or 0) & 0x04)

    def _expire(self) -> None:
        limit = time.perf_counter_ns() - int(self._shared.plan.response_timeout * 1e9)
        late = [number for number, (_, intended) in self._pending.items() if intended < limit]
        for number in late:
            del self._pending[number]
        with self._shared.lock:
            self._shared.tally.timeouts += len(late)
