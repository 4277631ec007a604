"""Counts in the store: exactly once, whatever breaks; late rows too; bounded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppproxy.state.errors import StoreError
from smppproxy.state.spool import Spool
from smppproxy.state.stats import tally as tally_module
from smppproxy.state.stats.tally import DAYS_KEPT, Tally
from smppproxy.state.store import Store
from smppproxy.state.trace import TraceRow
from smppproxy.state.trace_mover import TraceMover
from smppproxy.state.trace_partition import Partition

NOON = 1_800_014_400.0  # 2027-01-15T12:00:00Z
DAY = 86_400.0


def _row(number: int, at: float = NOON, code: str = "301150232") -> tuple[Any, ...]:
    return (at, f"t{number}", "acme", "smsc", 4, code, "15881234", bytes(16), b"", "forward", "", "", "", 0.0, 0,
            f"{number:x}", 0.1)  # fmt: skip


def _counts(state_dir: Path) -> dict[str, int]:
    store = Store.open(state_dir, thorough=False)
    try:
        return dict(store.query("SELECT period, CAST(sum(messages) AS INTEGER) FROM traffic_counts GROUP BY period"))
    finally:
        store.close()


@pytest.fixture
def mover(state_dir: Path) -> Iterator[TraceMover]:
    mover = TraceMover(state_dir, tally=Tally(Store.open(state_dir), 0))
    yield mover
    mover.close()


def _spool(state_dir: Path, *rows: tuple[Any, ...], at: float = NOON) -> None:
    spool = Spool(state_dir / "spool", 0, at)
    spool.write(rows)
    spool.close(at)


def test_rows_are_counted_by_day_and_month_as_they_are_moved(state_dir: Path, mover: TraceMover) -> None:
    _spool(state_dir, _row(1), _row(2), _row(3, NOON - 20 * DAY))
    while mover.turn(NOON):
        pass
    assert _counts(state_dir) == {"2027-01-15": 2, "2027-01": 2, "2026-12-26": 1, "2026-12": 1}


def test_late_rows_count_for_their_day_even_when_the_trace_has_dropped_it(state_dir: Path, mover: TraceMover) -> None:
    _spool(state_dir, _row(1, NOON - 200 * DAY))
    mover.turn(NOON)
    mover.turn(NOON)  # drops the day: 90 days are kept
    _spool(state_dir, _row(2, NOON - 200 * DAY), at=NOON + 1)
    mover.turn(NOON)
    assert _counts(state_dir)["2026-06-29"] == 2


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.integers(-1, 1), min_size=1, max_size=4), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=4),
)
def test_each_row_counts_once_however_often_we_are_killed(
    tmp_path_factory: pytest.TempPathFactory, frames: list[list[int]], deaths: list[tuple[int, int]]
) -> None:
    state_dir = tmp_path_factory.mktemp("var")
    spool = Spool(state_dir / "spool", 0, NOON)
    numbers = iter(range(1000))
    for step, frame in enumerate(frames, start=1):
        spool.write([_row(next(numbers), NOON + day * DAY) for day in frame])
        spool.flush(NOON + step)
    spool.close(NOON + 99)
    real_write, real_add = Partition.write, Tally.add
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("smppproxy.state.trace_mover.CHUNK", 3)
        for death in [*deaths, (1000, 1000)]:
            left, right = iter(range(death[0])), iter(range(death[1]))

            def write(self: Partition, *arguments: Any, left: Iterator[int] = left) -> None:
                if next(left, None) is None:
                    raise StoreError("killed")
                real_write(self, *arguments)

            def add(self: Tally, *arguments: Any, right: Iterator[int] = right) -> None:
                if next(right, None) is None:
                    raise StoreError("killed")
                real_add(self, *arguments)

            patch.setattr(Partition, "write", write)
            patch.setattr(Tally, "add", add)
            mover = TraceMover(state_dir, tally=Tally(Store.open(state_dir, thorough=False), 0))
            try:
                while mover.turn(NOON):
                    pass
            except StoreError:
                pass
            mover.close()
    assert sum(n for period, n in _counts(state_dir).items() if len(period) == 10) == sum(map(len, frames))
    assert not list((state_dir / "spool").iterdir())


def test_codes_beyond_the_limit_count_as_one(
    state_dir: Path, mover: TraceMover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally_module, "CODES_LIMIT", 3)
    _spool(state_dir, *(_row(n, code=f"30115{n:04}") for n in range(9)))
    mover.turn(NOON)
    _spool(state_dir, _row(10, code="301150000"), _row(11, code="301150099"), at=NOON + 1)
    mover.close()
    mover = TraceMover(state_dir, tally=Tally(Store.open(state_dir), 0))  # a later process knows them too
    mover.turn(NOON)
    mover.close()
    store = Store.open(state_dir)
    found = store.query("SELECT code, messages FROM traffic_counts WHERE period = '2027-01-15'")
    store.close()
    assert sorted(pair for pair in found) == [("*", 7), ("301150000", 2), ("301150001", 1), ("301150002", 1)]


def test_what_is_too_old_is_kept_by_months_only(state_dir: Path, mover: TraceMover) -> None:
    _spool(state_dir, _row(1))
    mover.turn(NOON)
    mover.turn(NOON + (DAYS_KEPT + 2) * DAY)
    assert _counts(state_dir) == {"2027-01": 1}
    store = Store.open(state_dir)
    assert store.query("SELECT * FROM traffic_counted") == []  # the file is gone
    store.close()


def test_nodes_that_share_a_store_count_each_its_own_files(state_dir: Path, database: str) -> None:
    """Their spools may hold files of one name, and neither may forget how far the other's was counted."""
    rows = [TraceRow(*_row(1))]
    one, two = (Tally(Store.open(database or state_dir, thorough=False), 0, node) for node in ("a1", "b2"))
    one.add("000-1", [(10, rows)])
    two.add("000-1", [(10, rows)])
    (state_dir / "spool").mkdir(parents=True, exist_ok=True)
    (state_dir / "spool" / "000-1.spool").touch()
    two.tidy(state_dir / "elsewhere", NOON)  # its own file is gone
    one.add("000-1", [(10, rows)])  # read again after a crash
    store = Store.open(database or state_dir, thorough=False)
    assert store.query("SELECT file, position FROM traffic_counted") == [("a1/000-1", 10)]
    assert store.query("SELECT messages FROM traffic_counts WHERE period = '2027-01'") == [(2,)]
    assert store.query("SELECT messages FROM traffic_course WHERE period = '2027-01-15'") == [(2,)]
    for each in (one, two, store):
        each.close()
