"""Lookups of a day: whatever the values, a search by segments finds what reading every row finds."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state import trace_lookup, trace_segments
from smppproxy.state.errors import StoreError
from smppproxy.state.trace import FIELDS, TraceRow
from smppproxy.state.trace_lookup import Segment, behind, find, parts_of, segments
from smppproxy.state.trace_partition import Partition
from smppproxy.state.trace_query import TraceQuestion, search
from smppproxy.state.trace_store import day_of

NOON = 1_800_014_400.0

words = st.sampled_from(["", "a", "b", "c", "가", "x,y"])
octets = st.sampled_from([b"", b"1" * 16, b"2" * 16])
entries = st.lists(st.tuples(words, words, words, octets, octets), min_size=1, max_size=40)


def _row(at: float, trace_id: str, **fields: Any) -> TraceRow:
    given: dict[str, Any] = dict.fromkeys(FIELDS, "") | {"recipient": b"", "text": b"", "operation": 4, "score": 0.0}
    return TraceRow(**(given | {"status": 0, "duration": 0.0, "at": at, "trace_id": trace_id} | fields))


def _ids(connection: sqlite3.Connection, segment: Segment, wanted: dict[str, tuple[Any, ...]]) -> list[int]:
    found = find(connection, segment, wanted)
    return [] if found is None else [segment.first + each for each in found]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(trace_segments, "SEGMENT", 8)
        patch.setattr(trace_lookup, "PART", 2)
        yield


@given(entries, st.integers(1, 9), words, octets)
def test_segments_find_what_reading_finds(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], step: int, word: str, text: bytes
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trace_segments, "SEGMENT", 8)
        patch.setattr(trace_segments, "LARGE", 16)
        patch.setattr(trace_lookup, "FEW", 2)
        patch.setattr(trace_lookup, "PART", 2)
        folder = tmp_path_factory.mktemp("day")
        made = [
            _row(NOON + at, f"t{at}", sender=sender, code=code, observed=observed, recipient=recipient, text=text)
            for at, (sender, code, observed, recipient, text) in enumerate(rows)
        ]
        day = Partition(folder, day_of(NOON))
        for at in range(0, len(made), step):
            day.write(made[at : at + step], "file", at)
        for sealed in (False, True):
            if sealed:
                day.seal()
            for name, value in (("sender", word), ("code", word), ("text", text), ("observed", word.partition(",")[0])):
                if not value:
                    continue
                asked: dict[str, Any] = {name: value}
                found = search(folder, TraceQuestion(**asked))
                expected = [
                    row
                    for row in reversed(made)
                    if (value in row.observed.split(",") if name == "observed" else getattr(row, name) == value)
                ]
                assert found == expected
            both = search(folder, TraceQuestion(sender="a", recipients=(b"1" * 16, b"2" * 16), limit=2))
            assert both == [row for row in reversed(made) if row.sender == "a" and row.recipient][:2]
        day.close()


def test_a_segment_knows_its_rows_and_its_time(tmp_path: Path, small: None) -> None:
    day = Partition(tmp_path, day_of(NOON))
    rows = [_row(NOON - at, f"t{at}") for at in range(20)]
    day.write(rows[:8], "file", 1)
    day.write(rows[8:16], "file", 2)
    day.write(rows[16:], "file", 3)
    with closing(sqlite3.connect(day.path)) as connection:
        first, second = segments(connection)
        assert (first.first, first.last, second.first, second.last) == (1, 8, 9, 16)
        assert (first.since, first.until) == (NOON - 7, NOON)
        assert behind(connection) == (17, 20)
        assert _ids(connection, second, {"trace_id": ("t9", "t8", "t1")}) == [9, 10]
        assert find(connection, second, {"label": ("x",)}) is None
        assert _ids(connection, second, {"trace_id": ("t1",), "code": ("x",)}) == []
    day.close()


def test_two_values_with_one_mark_are_told_apart(tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (trace_lookup, trace_segments):
        monkeypatch.setattr(module, "crc32", lambda octets: 0xFFFFFFFF)
    day = Partition(tmp_path, day_of(NOON))
    day.write([_row(NOON + at, f"t{at}", sender=f"s{at % 3}") for at in range(16)], "file", 1)
    assert [row.trace_id for row in search(tmp_path, TraceQuestion(sender="s1"))] == ["t13", "t10", "t7", "t4", "t1"]
    day.close()


@pytest.mark.parametrize(("rows", "parts"), [(1, 1), (4096, 1), (4097, 2), (65536, 16)])
def test_a_segment_has_as_many_records_as_it_needs(rows: int, parts: int) -> None:
    assert parts_of(rows) == parts


def test_a_day_of_the_first_schema_is_read_and_taken_over(tmp_path: Path) -> None:
    day = Partition(tmp_path, day_of(NOON))
    day.write([_row(NOON, "t1", sender="a"), _row(NOON, "t2")], "file", 1)
    path = day.path
    day.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("DROP TABLE segments; DROP TABLE lookups; PRAGMA user_version = 1")
    assert [row.trace_id for row in search(tmp_path, TraceQuestion(sender="a"))] == ["t1"]
    again = Partition(tmp_path, day_of(NOON))
    sealed = again.sealed
    again.seal()
    assert (sealed, again.sealed) == (False, True)
    again.close()
    assert [row.trace_id for row in search(tmp_path, TraceQuestion(sender="a"))] == ["t1"]


def test_making_a_segment_is_all_or_nothing(tmp_path: Path, small: None) -> None:
    day = Partition(tmp_path, day_of(NOON))
    with closing(sqlite3.connect(day.path)) as connection:
        connection.execute("CREATE TRIGGER no BEFORE INSERT ON lookups BEGIN SELECT RAISE(ABORT, 'no'); END")
        with pytest.raises(StoreError, match="no"):
            day.write([_row(NOON, "t")] * 8, "file", 1)
        (many,) = connection.execute("SELECT count(*) FROM segments").fetchone()
        assert many == 0
        assert day.position("file") == 1  # the rows are there: they are found by reading them
        connection.execute("DROP TRIGGER no")
    day.seal()
    assert day.sealed
    assert len(search(tmp_path, TraceQuestion(trace_id="t"))) == 8
    day.close()


def _spans(day: Partition) -> list[tuple[int, int]]:
    with closing(sqlite3.connect(day.path)) as connection:
        return [(each.first, each.last) for each in segments(connection)]


def test_small_segments_become_large_ones_while_the_day_is_written(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_segments, "LARGE", 24)
    day = Partition(tmp_path, day_of(NOON))
    spans = []
    for n in range(7):
        day.write([_row(NOON + 8 * n + at, f"t{8 * n + at}", sender=f"s{at % 2}") for at in range(8)], "file", n)
        spans.append(_spans(day))
    assert spans[1] == [(1, 8), (9, 16)]
    assert spans[2] == [(1, 24)]
    assert spans[6] == [(1, 24), (25, 48), (49, 56)]
    found = search(tmp_path, TraceQuestion(sender="s1"))
    assert [row.trace_id for row in found] == [f"t{at}" for at in range(55, 0, -2)]
    with closing(sqlite3.connect(day.path)) as connection:
        first, *_ = segments(connection)
        assert (first.since, first.until) == (NOON, NOON + 23)
        (stale,) = connection.execute(
            "SELECT count(*) FROM lookups WHERE place >> 24 NOT IN (SELECT segment FROM segments)"
        ).fetchone()
        assert stale == 0
    day.close()


def test_a_day_that_is_over_has_few_segments_and_late_rows_write_nothing_large_again(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_segments, "LARGE", 1000)
    monkeypatch.setattr(trace_segments, "UNEVEN", 4)
    day = Partition(tmp_path, day_of(NOON))
    for n in range(4):
        day.write([_row(NOON + n, f"t{n}")] * 9, "file", n)
    day.seal()
    sealed = _spans(day)
    day.write([_row(NOON, "late")], "file", 9)
    day.seal()
    late = _spans(day)
    day.write([_row(NOON, "later")] * 12, "file", 10)
    day.seal()
    assert (sealed, late, _spans(day)) == ([(1, 36)], [(1, 36), (37, 37)], [(1, 49)])
    assert [len(search(tmp_path, TraceQuestion(trace_id=each))) for each in ("t0", "late", "later")] == [9, 1, 12]
    day.close()


def test_merging_is_all_or_nothing(tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_segments, "LARGE", 16)
    day = Partition(tmp_path, day_of(NOON))
    day.write([_row(NOON, f"t{at}") for at in range(8)], "file", 1)
    with closing(sqlite3.connect(day.path)) as connection:
        connection.execute("CREATE TRIGGER no BEFORE DELETE ON lookups BEGIN SELECT RAISE(ABORT, 'no'); END")
        with pytest.raises(StoreError, match="no"):
            day.write([_row(NOON, f"u{at}") for at in range(8)], "file", 2)
        assert _spans(day) == [(1, 8), (9, 16)]
        assert [len(search(tmp_path, TraceQuestion(trace_id=each))) for each in ("t3", "u3")] == [1, 1]
        connection.execute("DROP TRIGGER no")
    day.seal()
    assert _spans(day) == [(1, 16)]
    day.close()


def test_merging_is_broken_off_when_the_process_is_told_to_end(tmp_path: Path, small: None) -> None:
    day = Partition(tmp_path, day_of(NOON))
    for n in range(2):
        day.write([_row(NOON, f"t{n}")] * 8, "file", n)
    day.interrupt()
    with pytest.raises(StoreError, match="interrupted"):
        day.seal()
    assert _spans(day) == [(1, 8), (9, 16)]
    day.close()
    again = Partition(tmp_path, day_of(NOON))
    again.seal()
    assert _spans(again) == [(1, 16)]
    again.close()


def test_a_search_that_finds_little_needs_no_numpy() -> None:
    program = "import sys, smppproxy.state.trace_query as q; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
