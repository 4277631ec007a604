"""Moving the spool into the trace: none lost, none twice, whatever breaks on the way."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppproxy.state import trace_mover
from smppproxy.state.errors import StoreError
from smppproxy.state.spool import Spool
from smppproxy.state.trace_mover import ABANDONED, TraceMover
from smppproxy.state.trace_partition import Partition
from smppproxy.state.trace_query import TraceQuestion, search
from smppproxy.state.trace_store import day_of, days

NOON = 1_800_014_400.0  # 2027-01-15T12:00:00Z
DAY = 86_400.0


def _row(number: int, at: float = NOON) -> tuple[Any, ...]:
    return (at, f"t{number}", "acme", "smsc", 4, "301150232", "15881234", bytes(16), b"", "forward", "", "", "", 0.0, 0,
            f"{number:x}", 0.1)  # fmt: skip


@pytest.fixture
def spool(state_dir: Path) -> Spool:
    return Spool(state_dir / "spool", 0, NOON)


@pytest.fixture
def mover(state_dir: Path) -> Iterator[TraceMover]:
    mover = TraceMover(state_dir)
    yield mover
    mover.close()


def _spool(spool: Spool, *rows: tuple[Any, ...]) -> None:
    spool.write(rows)
    spool.close(NOON)


def _ids(state_dir: Path, **question: Any) -> list[str]:
    return [row.trace_id for row in search(state_dir, TraceQuestion(**question))]


def _stored(state_dir: Path) -> dict[str, int]:
    counts = {}
    for day, path in days(state_dir).items():
        connection = sqlite3.connect(path)
        counts[day] = connection.execute("SELECT count(*) FROM messages").fetchone()[0]
        connection.close()
    return counts


def test_a_finished_file_is_moved_and_deleted(state_dir: Path, spool: Spool, mover: TraceMover) -> None:
    _spool(spool, _row(1), _row(2))
    assert mover.turn(NOON)
    assert not mover.turn(NOON)
    assert _stored(state_dir) == {"2027-01-15": 2}
    assert list((state_dir / "spool").iterdir()) == []
    assert (mover.moved.rows, mover.moved.files) == (2, 1)
    assert days(state_dir)["2027-01-15"].stat().st_mode & 0o777 == 0o600


def test_rows_go_to_their_days(state_dir: Path, spool: Spool, mover: TraceMover) -> None:
    _spool(spool, _row(1, NOON - DAY), _row(2), _row(3, NOON - DAY), _row(4, float("inf")), _row(5, float("nan")))
    mover.turn(NOON)
    assert _stored(state_dir) == {"2027-01-14": 2, "2027-01-15": 1}
    assert mover.moved.lost == 2


def test_what_a_worker_is_writing_is_left_alone(state_dir: Path, spool: Spool, mover: TraceMover) -> None:
    spool.write([_row(1)])
    spool.flush(NOON + 1)
    assert not mover.turn(NOON + 9)
    (path,) = (state_dir / "spool").iterdir()
    os.utime(path, (NOON - ABANDONED, NOON - ABANDONED))
    assert not mover.turn(NOON + 9)  # its writer holds the lock
    assert _ids(state_dir) == ["t1"]
    spool.close(NOON + 9)


def test_files_whose_worker_does_not_come_back_are_taken(state_dir: Path, mover: TraceMover) -> None:
    spool = Spool(state_dir / "spool", 7, NOON)
    spool.write([_row(1)])
    spool.flush(NOON + 1)
    os.close(spool._descriptor)  # as a killed process does
    spool._descriptor = -1
    (path,) = (state_dir / "spool").iterdir()
    os.utime(path, (NOON, NOON))
    assert not mover.turn(NOON + ABANDONED - 1)
    assert mover.turn(NOON + ABANDONED)
    assert _stored(state_dir) == {"2027-01-15": 1}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.integers(-1, 1), min_size=1, max_size=4), min_size=1, max_size=6),
    st.lists(st.integers(0, 8), max_size=4),
    st.integers(1, 6),
)
def test_each_row_comes_in_once_however_often_we_are_killed(
    tmp_path_factory: pytest.TempPathFactory, frames: list[list[int]], deaths: list[int], chunk: int
) -> None:
    state_dir = tmp_path_factory.mktemp("var")
    spool = Spool(state_dir / "spool", 0, NOON)
    numbers = iter(range(1000))
    for step, frame in enumerate(frames, start=1):
        spool.write([_row(next(numbers), NOON + day * DAY) for day in frame])
        spool.flush(NOON + step)
    spool.close(NOON + 99)
    total = sum(map(len, frames))
    everything = sorted(f"t{n}" for n in range(total))
    real = Partition.write
    with pytest.MonkeyPatch.context() as patch:
        for life, death in enumerate([*deaths, 1000]):
            patch.setattr(trace_mover, "CHUNK", chunk + life)  # another version may cut files otherwise
            left = iter(range(death))

            def write(self: Partition, *arguments: Any, left: Iterator[int] = left) -> None:
                if next(left, None) is None:
                    raise StoreError("killed")
                real(self, *arguments)

            patch.setattr(Partition, "write", write)
            mover = TraceMover(state_dir)
            try:
                while mover.turn(NOON):
                    pass
            except StoreError:
                pass
            mover.close()
            assert sorted(_ids(state_dir, limit=1000)) == everything
    assert sum(_stored(state_dir).values()) == total
    assert not list((state_dir / "spool").iterdir())


@pytest.mark.parametrize("cut", [1, 9, 40])
def test_a_torn_file_gives_what_is_whole(state_dir: Path, spool: Spool, mover: TraceMover, cut: int) -> None:
    spool.write([_row(1)])
    spool.flush(NOON + 1)
    spool.write([_row(2)])
    spool.close(NOON + 2)
    (path,) = (state_dir / "spool").iterdir()
    os.truncate(path, path.stat().st_size - cut)
    assert mover.turn(NOON)
    assert not mover.turn(NOON)
    assert _ids(state_dir) == ["t1"]
    assert [each.suffix for each in (state_dir / "spool").iterdir()] == [".torn"]
    assert mover.moved.torn == 1


def test_garbage_is_kept_for_people_and_nothing_is_no_file(state_dir: Path, spool: Spool, mover: TraceMover) -> None:
    (state_dir / "spool" / "000-1-1.spool").write_bytes(b"garbage")
    (state_dir / "spool" / "000-2-1.spool").write_bytes(b"")
    assert mover.turn(NOON)
    assert mover.turn(NOON)
    assert not mover.turn(NOON)
    assert [each.name for each in (state_dir / "spool").iterdir()] == ["000-1-1.torn"]
    assert _ids(state_dir) == []


def test_days_are_sealed_when_over_and_take_late_rows(state_dir: Path, spool: Spool, mover: TraceMover) -> None:
    _spool(spool, _row(1))
    mover.turn(NOON)
    assert not mover.turn(NOON + DAY / 2)  # the first minutes of the next day
    assert mover.turn(NOON + DAY)
    assert not mover.turn(NOON + DAY)
    late = Spool(state_dir / "spool", 1, NOON)
    _spool(late, _row(2))
    assert mover.turn(NOON + DAY)
    assert sorted(_ids(state_dir)) == ["t1", "t2"]
    assert mover.turn(NOON + DAY)
    partition = Partition(state_dir, "2027-01-15")
    assert partition.sealed
    partition.close()


def test_days_are_dropped_whole(state_dir: Path, spool: Spool, mover: TraceMover) -> None:
    _spool(spool, _row(1, NOON - 2 * DAY), _row(2, NOON - DAY), _row(3))
    mover.turn(NOON)
    mover.retention = 2
    mover.turn(NOON)
    assert list(days(state_dir)) == ["2027-01-14", "2027-01-15"]
    assert mover.moved.dropped == 1
    assert not list((state_dir / "trace").glob("2027-01-13*"))


def test_torn_files_go_with_their_days(state_dir: Path, spool: Spool, mover: TraceMover) -> None:
    for name, age in (("000-1-1", 1), ("000-1-2", 91)):
        path = state_dir / "spool" / f"{name}.torn"
        path.touch()
        os.utime(path, (NOON, NOON - age * DAY))
    mover.turn(NOON)
    assert [each.name for each in (state_dir / "spool").iterdir()] == ["000-1-1.torn"]


def test_a_file_that_its_worker_deleted_is_passed_over(
    state_dir: Path, spool: Spool, mover: TraceMover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mover, "_next", lambda now: state_dir / "spool" / "000-1-1.spool")
    assert mover.turn(NOON)
    assert mover.moved.files == 0


def test_days_that_are_not_used_are_closed(state_dir: Path, spool: Spool, mover: TraceMover) -> None:
    _spool(spool, *(_row(n, NOON - n * DAY) for n in range(6)))
    mover.turn(NOON)
    assert len(mover._days) == 3
    assert len(_ids(state_dir)) == 6


def test_a_fault_of_the_store_loses_nothing(state_dir: Path, spool: Spool, mover: TraceMover) -> None:
    _spool(spool, _row(1))
    (state_dir / "trace").mkdir()
    damaged = state_dir / "trace" / "2027-01-15.db"
    damaged.write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match=r"2027-01-15\.db.*damaged; move the file away"):
        mover.turn(NOON)
    with pytest.raises(StoreError, match="damaged"):
        search(state_dir, TraceQuestion())
    damaged.unlink()
    assert mover.turn(NOON)
    assert _ids(state_dir) == ["t1"]


def test_a_newer_day_is_refused(state_dir: Path, spool: Spool, mover: TraceMover) -> None:
    partition = Partition(state_dir, "2027-01-15")
    partition._connection.execute("PRAGMA user_version = 9")
    partition.close()
    _spool(spool, _row(1))
    with pytest.raises(StoreError, match="newer smppproxy"):
        mover.turn(NOON)


def test_a_mover_that_is_stopped_leaves_the_file(state_dir: Path, spool: Spool, mover: TraceMover) -> None:
    _spool(spool, _row(1))
    mover.stop()
    mover.turn(NOON)
    assert _stored(state_dir) == {}
    assert _ids(state_dir) == ["t1"]


def test_instants_beyond_the_calendar_have_no_day() -> None:
    with pytest.raises(ValueError, match="no instant"):
        day_of(1e300)
