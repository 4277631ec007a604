"""A few lines that follow a run on a terminal."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import AbstractAsyncContextManager

from smppproxy.load.generator.plan import Plan
from smppproxy.load.generator.tally import Tally

_EVERY = 0.25  # seconds between two pictures


class LiveView(AbstractAsyncContextManager["LiveView"]):
    """Shows rate, latency and statuses while the body runs; does nothing when stderr is no terminal."""

    def __init__(self, plan: Plan, tally: Tally) -> None:
        self._plan = plan
        self._tally = tally
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> LiveView:
        if sys.stderr.isatty():
            self._task = asyncio.get_running_loop().create_task(self._show())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _show(self) -> None:
        from rich.console import Console
        from rich.live import Live

        with Live(console=Console(stderr=True), transient=True, auto_refresh=False) as live:
            seen, at = 0, time.perf_counter()
            while True:
                await asyncio.sleep(_EVERY)
                answered, now = self._tally.answered, time.perf_counter()
                live.update(self._picture((answered - seen) / (now - at)), refresh=True)
                seen, at = answered, now

    def _picture(self, rate: float) -> str:
        tally = self._tally
        statuses: dict[int, int] = {}
        for (_, status), times in tally.answers.copy().items():
            statuses[status] = statuses.get(status, 0) + times
        told = ", ".join(f"0x{status:02x}: {times:,}" for status, times in sorted(statuses.items()))
        total = f" of {self._plan.messages:,}" if self._plan.messages else ""
        latency = tally.latency
        return (
            f"{rate:>10,.0f} msgs/s   {tally.answered:,}{total} answered\n"
            f"{'p50':>10} {latency.percentile(50) / 1e6:.3f} ms   p99 {latency.percentile(99) / 1e6:.3f} ms\n"
            f"{'status':>10} {told or 'none yet'}"
        )
