"""The days of the trace on both engines: exactly once, found by every field, sealed, dropped whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from smppproxy.state import trace_mover
from smppproxy.state.errors import StoreError
from smppproxy.state.spool import Spool
from smppproxy.state.trace import TraceRow
from smppproxy.state.trace_days import Day, TraceDays, node_of, open_trace
from smppproxy.state.trace_mover import TraceMover
from smppproxy.state.trace_query import TraceQuestion, search

DAY, NOON = 86_400.0, 1_800_014_400.0  # 2027-01-15T12:00:00Z
TODAY, YESTERDAY = "2027-01-15", "2027-01-14"


def _row(number: int, at: float = NOON, **fields: Any) -> TraceRow:
    row = TraceRow(
        at + number, f"t{number}", "acme", "smsc", 4, "301150232", "15881234", bytes([number]) * 16, b"", "forward", "",
        "", "", 0.0, 0, f"{number:x}", 0.25,
    )  # fmt: skip
    return row._replace(**fields)


ROWS = [
    _row(1, recipient=b"r" * 16, text=b"t" * 16),
    _row(
        2, code="301210079", action="refuse", reason="text_loan", label="loan", score=0.93, status=0x45, message_id=""
    ),
    _row(3, sender="0212345678", account="other", observed="link_listed,text_loan", route="international"),
    _row(4, at=NOON - DAY, recipient=b"r" * 16, segment="2/3", model="2026-11"),
]


@pytest.fixture
def trace(state_dir: Path, database: str) -> Iterator[TraceDays]:
    trace = open_trace(state_dir, database)
    yield trace
    trace.close()


@pytest.fixture
def mover(state_dir: Path, database: str) -> Iterator[TraceMover]:
    mover = TraceMover(state_dir, database=database)
    yield mover
    mover.close()


def _spool(state_dir: Path, *rows: TraceRow, worker: int = 0) -> None:
    spool = Spool(state_dir / "spool", worker, NOON)
    spool.write(rows)
    spool.close(NOON)


def _ids(state_dir: Path, database: str, **question: Any) -> list[str]:
    return [row.trace_id for row in search(state_dir, TraceQuestion(**question), database)]


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize(
    ("question", "found"),
    [
        ({}, ["t3", "t2", "t1", "t4"]),
        ({"limit": 2}, ["t3", "t2"]),
        ({"trace_id": "t2"}, ["t2"]),
        ({"recipients": (b"r" * 16, b"x" * 16)}, ["t1", "t4"]),
        ({"recipients": (b"r" * 16,), "since": NOON}, ["t1"]),
        ({"recipients": (b"r" * 16,), "until": NOON}, ["t4"]),
        ({"sender": "0212345678"}, ["t3"]),
        ({"code": "301210079", "reason": "text_loan"}, ["t2"]),
        ({"code": "301210079", "account": "other"}, []),
        ({"message_id": "03"}, ["t3"]),
        ({"observed": "text_loan"}, ["t3"]),
        ({"observed": "text"}, []),
        ({"text": b"t" * 16}, ["t1"]),
        ({"trace_id": "'; DROP TABLE x --"}, []),
    ],
)
def test_questions(
    state_dir: Path, database: str, trace: TraceDays, question: dict[str, Any], found: list[str], sealed: bool
) -> None:
    for day, rows in ((TODAY, ROWS[:3]), (YESTERDAY, ROWS[3:])):
        partition = trace.partition(day)
        partition.write(rows, "a", 100)
        if sealed:
            partition.seal()
            assert partition.sealed
        partition.close()
    assert _ids(state_dir, database, **question) == found


def test_rows_come_back_as_they_were(state_dir: Path, database: str, mover: TraceMover) -> None:
    _spool(state_dir, *ROWS)
    assert mover.turn(NOON)
    assert search(state_dir, TraceQuestion(), database) == [ROWS[2], ROWS[1], ROWS[0], ROWS[3]]


def test_a_day_that_is_over_is_sealed_takes_late_rows_and_is_dropped_whole(
    state_dir: Path, database: str, mover: TraceMover, trace: TraceDays
) -> None:
    _spool(state_dir, *ROWS)
    while mover.turn(NOON + DAY):
        pass
    assert trace.days() == [YESTERDAY, TODAY]
    assert all(trace.partition(day).sealed for day in trace.days())
    _spool(state_dir, _row(9), worker=1)
    while mover.turn(NOON + DAY):
        pass
    assert _ids(state_dir, database, trace_id="t9") == ["t9"]
    mover.retention = 2
    mover.turn(NOON + DAY)
    assert trace.days() == [TODAY]
    assert mover.moved.dropped == 1


@pytest.mark.parametrize("deaths", [[0], [1], [0, 1, 1], [2, 2]])
def test_each_row_comes_in_once_however_often_we_are_killed(
    state_dir: Path, database: str, deaths: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(state_dir / "spool", 0, NOON)
    for number in range(6):
        spool.write([_row(number), _row(number + 100, NOON - DAY)])
        spool.flush(NOON + number)
    spool.close(NOON + 9)
    monkeypatch.setattr(trace_mover, "CHUNK", 3)
    for death in [*deaths, 1000]:
        mover = TraceMover(state_dir, database=database)
        left = iter(range(death))
        real = mover._day

        def day(name: str, left: Iterator[int] = left, real: Callable[[str], Day] = real) -> Day:
            if next(left, None) is None:
                raise StoreError("killed")
            return real(name)

        monkeypatch.setattr(mover, "_day", day)
        try:
            while mover.turn(NOON):
                pass
        except StoreError:
            pass
        mover.close()
        found = _ids(state_dir, database, limit=1000)
        assert sorted(found) == sorted(f"t{n + more}" for n in range(6) for more in (0, 100))


def test_what_a_peer_may_send_comes_in(state_dir: Path, database: str, mover: TraceMover, trace: TraceDays) -> None:
    partition = trace.partition(TODAY)
    partition.write([_row(1, sender="15\\88\t\n'\"%s"), _row(2, code="한국")], "a", 1)
    try:
        partition.write([_row(3, sender="a\0b"), _row(4)], "a", 2)
        partition.write([_row(5, message_id="\ud800")], "a", 3)
    except UnicodeEncodeError:
        assert not database  # half a character is no text for SQLite; the spool has none
    rows = {row.trace_id: row for row in search(state_dir, TraceQuestion(), database)}
    assert rows["t1"].sender == "15\\88\t\n'\"%s"
    assert rows["t2"].code == "한국"
    assert rows["t3"].sender in ("a\0b", "a\ufffdb")
    assert "t4" in rows


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_nodes_write_to_the_same_days_each_from_its_own_spool(tmp_path: Path, database: str) -> None:
    nodes = [tmp_path / "one", tmp_path / "two"]
    for number, node in enumerate(nodes):
        _spool(node, _row(number))  # files of the same name
        names = [path.name for path in (node / "spool").iterdir()]
    assert names == [path.name for path in (nodes[0] / "spool").iterdir()]
    for node in nodes:
        mover = TraceMover(node, database=database)
        assert mover.turn(NOON)
        mover.close()
    assert [sorted(_ids(node, database)) for node in nodes] == [["t0", "t1"]] * 2
    assert node_of(nodes[0]) != node_of(nodes[1])
    assert node_of(nodes[0]) == node_of(nodes[0])


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_server_that_is_away_loses_no_row(
    state_dir: Path, database: str, mover: TraceMover, postgres_server: Any
) -> None:
    _spool(state_dir, _row(1))
    assert mover.turn(NOON)
    postgres_server.stop()
    _spool(state_dir, _row(2), worker=1)
    with pytest.raises(StoreError, match="postgresql://"):
        mover.turn(NOON)
    postgres_server.start()
    mover._trace._link._not_before = 0.0  # type: ignore[attr-defined]  # no waiting in tests
    while mover.turn(NOON):
        pass
    assert sorted(_ids(state_dir, database)) == ["t1", "t2"]


def test_a_node_has_a_name_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "node.id").write_text("mine\n")
    with pytest.raises(StoreError, match="16 hexadecimal digits"):
        node_of(tmp_path)
