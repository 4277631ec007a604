"""The keeper: moves beside the loop, follows the configuration, tells faults once, ends when told."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from smppproxy.app.metrics import Metrics
from smppproxy.app.trace_keeper import TraceKeeper
from smppproxy.state.errors import StoreError
from smppproxy.state.spool import Spool
from smppproxy.state.trace_query import TraceQuestion, search


def _spool(state_dir: Path, worker: int, at: float) -> None:
    spool = Spool(state_dir / "spool", worker, at)
    spool.write(
        [(at, f"t{worker}", "acme", "smsc", 4, "", "1588", bytes(16), b"", "forward", "", "", "", 0.0, 0, "", 0.1)]
    )
    spool.close(at)


async def test_what_is_spooled_is_moved_and_the_old_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    _spool(tmp_path, 1, now)
    _spool(tmp_path, 2, now - 5 * 86_400)
    keeper = TraceKeeper(tmp_path, lambda: 2)
    idle, loop, turn = asyncio.Event(), asyncio.get_running_loop(), keeper._mover.turn

    def watched(now: float) -> bool:
        more = turn(now)
        if not more:
            loop.call_soon_threadsafe(idle.set)
        return more

    monkeypatch.setattr(keeper._mover, "turn", watched)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(keeper.run())
        await asyncio.wait_for(idle.wait(), 60)
        task.cancel()
    assert list((tmp_path / "spool").iterdir()) == []
    assert len(list((tmp_path / "trace").glob("*.db"))) == 1
    assert [row.trace_id for row in search(tmp_path, TraceQuestion())] == ["t1"]
    metrics = Metrics()
    keeper.collect(metrics)
    assert metrics.counter("trace_rows_moved_total").value == 2
    assert metrics.counter("trace_days_dropped_total").value == 1
    assert metrics.gauge("trace_lag_seconds").value == 0.0


async def test_a_fault_is_told_once_and_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = TraceKeeper(tmp_path, lambda: 2)
    outcomes: Any = iter([StoreError("disk full"), StoreError("disk full"), False])

    def turn(now: float) -> bool:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return bool(outcome)

    monkeypatch.setattr(keeper._mover, "turn", turn)
    with capture_logs() as told:
        assert [keeper._turn() for _ in range(3)] == [False, False, False]
    assert [each["event"] for each in told] == ["trace_not_moved", "trace_moves_again"]


def test_torn_files_and_dropped_days_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = TraceKeeper(tmp_path, lambda: 2)

    def turn(now: float) -> bool:
        keeper._mover.moved.torn += 1
        keeper._mover.moved.dropped += 3
        return True

    monkeypatch.setattr(keeper._mover, "turn", turn)
    with capture_logs() as told:
        assert keeper._turn()
    assert [each["event"] for each in told] == ["trace_file_torn", "trace_days_dropped"]
