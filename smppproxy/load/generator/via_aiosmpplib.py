"""``--engine aiosmpplib``: what a reseller on that library sees."""

from __future__ import annotations

import asyncio
import time
from itertools import count

from smppproxy.load import wire
from smppproxy.load.generator.budget import Budget, Schedule
from smppproxy.load.generator.plan import Plan, PlanError
from smppproxy.load.generator.samples import Sample
from smppproxy.load.generator.tally import Tally
from smppproxy.load.resellers.message import Outgoing
from smppproxy.load.resellers.on_aiosmpplib import AiosmpplibReseller

_TICK = 0.001  # seconds an open loop sleeps when nothing is due


async def run(plan: Plan, samples: list[Sample], tally: Tally, budget: Budget) -> None:
    """Carry the plan out on aiosmpplib; the tally is complete when it returns."""
    if any(sample.data_coding == 0x84 for sample in samples):
        raise PlanError("aiosmpplib cannot send data_coding 0x84; take another --encoding or --engine native")
    outgoing = [(outgoing_of(sample, plan), sample.kind) for sample in samples]
    resellers = [_reseller(plan, number, tally) for number in range(plan.sessions)]
    try:
        statuses = await asyncio.gather(
            *(reseller.start(plan.connect_timeout) for reseller in resellers), return_exceptions=True
        )
        bound = []
        for reseller, status in zip(resellers, statuses, strict=True):
            if status == 0:
                bound.append(reseller)
            elif isinstance(status, int):
                tally.bind_errors[status] += 1
                tally.note(f"a bind was refused with 0x{status:02x}")
            else:
                tally.connect_errors += 1
                tally.note(f"{plan.host}:{plan.port}: {status}")
        tally.bound = len(bound)
        if bound:
            await _Conductor(plan, outgoing, tally, budget).conduct(bound)
    finally:
        await asyncio.gather(*(reseller.stop() for reseller in resellers))


def outgoing_of(sample: Sample, plan: Plan) -> Outgoing:
    """A sample as the libraries' adapters take it."""
    code = (plan.codes.tag, sample.code) if plan.codes and sample.code is not None else None
    return Outgoing(
        sample.text,
        sample.octets,
        sample.data_coding,
        sample.source,
        sample.destination,
        code,
        plan.registered_delivery,
    )


def _reseller(plan: Plan, number: int, tally: Tally) -> AiosmpplibReseller:
    def delivered(message: object) -> None:
        tally.delivered += 1
        tally.receipts += bool(getattr(message, "esm_class", 0) & 0x04)

    return AiosmpplibReseller(
        plan.host,
        plan.port,
        plan.system_id.replace("%d", str(number)),
        plan.password.replace("%d", str(number)),
        delivered=delivered,
        sent=lambda pdu: tally.sending(1, wire.body_hash(pdu[16:])),
        transmitter=plan.bind == "transmitter",
    )


class _Conductor:
    """Keeps the windows of all sessions as the plan wants them."""

    def __init__(self, plan: Plan, outgoing: list[tuple[Outgoing, int]], tally: Tally, budget: Budget) -> None:
        self._plan = plan
        self._outgoing = outgoing
        self._tally = tally
        self._next = count()
        self._budget = budget
        self._due: asyncio.Queue[int] = asyncio.Queue()  # intended times, open loop

    async def conduct(self, resellers: list[AiosmpplibReseller]) -> None:
        """Run every session to its end."""
        plan, loop = self._plan, asyncio.get_running_loop()
        self._tally.mark()
        timers = [loop.call_later(plan.warm_up, self._tally.mark)] if plan.warm_up else []
        if plan.seconds:
            timers.append(loop.call_later(plan.warm_up + plan.seconds, self._budget.stop))
        try:
            async with asyncio.TaskGroup() as group:
                if plan.rate:
                    group.create_task(self._pace())
                for reseller in resellers:
                    for _ in range(plan.window):  # one worker a window slot: the library has no window of its own
                        group.create_task(self._slot(reseller))
        finally:
            for timer in timers:
                timer.cancel()
        self._tally.ended = time.perf_counter_ns()

    async def _pace(self) -> None:
        plan = self._plan
        schedule = Schedule(plan.rate, poisson=plan.poisson, seed=plan.seed, start=time.perf_counter_ns())
        while not self._budget.stopped:
            due = schedule.due(time.perf_counter_ns())
            for intended in due[: self._budget.take(len(due))]:
                self._due.put_nowait(intended)
            await asyncio.sleep(_TICK)
        for _ in range(plan.sessions * plan.window):
            self._due.put_nowait(-1)  # one farewell for each slot

    async def _slot(self, reseller: AiosmpplibReseller) -> None:
        """Send one message after the other, each when the one before is answered."""
        tally, timeout = self._tally, self._plan.response_timeout
        while True:
            if self._plan.rate:
                intended = await self._due.get()
                if intended < 0:
                    return
                tally.lateness.add(time.perf_counter_ns() - intended)
            elif self._budget.take(1):
                intended = time.perf_counter_ns()
            else:
                return
            message, kind = self._outgoing[next(self._next) % len(self._outgoing)]
            try:
                status = await asyncio.wait_for(reseller.submit(message), timeout)
            except TimeoutError:
                tally.timeouts += 1
            except (OSError, ValueError) as error:
                tally.lost += 1
                tally.note(f"aiosmpplib gave a message up: {error!r}")
            else:
                tally.answer(kind, status)
                tally.latency.add(time.perf_counter_ns() - intended)
