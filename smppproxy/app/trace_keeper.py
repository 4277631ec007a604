"""Keeps the trace: moves what the workers spooled into the store, in a thread of its own beside control's loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from smppproxy.app.metrics import Metrics
from smppproxy.loggers import get_logger
from smppproxy.state.errors import StateError
from smppproxy.state.stats.tally import Tally
from smppproxy.state.text_mover import RETENTION, TextMover
from smppproxy.state.trace_mover import TraceMover

INTERVAL: Final = 1.0  # s between looks into a spool that had nothing finished
RETRY: Final = 10.0  # s after a fault such as a full disk; the rows wait in the spool

log = get_logger(__name__)


class TraceKeeper:
    """Lives in the process that holds the control lock."""

    def __init__(
        self,
        state_dir: Path,
        retention: Callable[[], int],
        tally: Tally | None = None,
        *,
        database: str = "",
        text_retention: Callable[[], int] = lambda: RETENTION,
    ) -> None:
        """``retention`` and ``text_retention`` tell the days rows and texts are kept, as of the newest configuration.

        ``tally`` counts the rows.
        """
        self._mover = TraceMover(state_dir, database=database, tally=tally)
        self._texts = TextMover(state_dir)
        self._retention, self._text_retention = retention, text_retention
        self._lag = 0.0
        self._fault = ""

    async def run(self) -> None:
        """Work until cancelled; the turn that runs then ends within a second and is remembered."""
        loop = asyncio.get_running_loop()
        thread = ThreadPoolExecutor(1, thread_name_prefix="trace")
        try:
            while True:
                more = await loop.run_in_executor(thread, self._turn)
                if not more:
                    await asyncio.sleep(RETRY if self._fault else INTERVAL)
        finally:
            self._mover.stop()
            thread.shutdown(wait=True)
            self._mover.close()

    def collect(self, metrics: Metrics) -> None:
        """Copy what was counted."""
        moved = self._mover.moved
        metrics.counter("trace_rows_moved_total").value = moved.rows
        metrics.counter("trace_rows_misdated_total").value = moved.lost
        metrics.counter("trace_files_torn_total").value = moved.torn + self._texts.torn
        metrics.counter("trace_days_dropped_total").value = moved.dropped
        metrics.gauge("trace_lag_seconds").value = self._lag
        metrics.counter("texts_kept_total").value = self._texts.moved

    def _turn(self) -> bool:
        """Move one file; tell each new fault once, and its end."""
        mover = self._mover
        mover.retention = self._retention()
        torn, dropped = mover.moved.torn, mover.moved.dropped
        more, fault = False, ""
        try:
            now = time.time()
            self._lag = mover.lag(now)
            more = mover.turn(now)
            self._texts.retention = self._text_retention()
            more |= self._texts.turn(now)
        except (StateError, OSError) as error:
            fault = str(error)
        if fault != self._fault and not mover.stopping:
            self._fault = fault
            if fault:
                log.error("trace_not_moved", reason=fault)
            else:
                log.info("trace_moves_again")
        if mover.moved.torn > torn:
            log.warning("trace_file_torn", kept="spool/*.torn")
        if mover.moved.dropped > dropped:
            log.info("trace_days_dropped", days=mover.moved.dropped - dropped)
        return more
