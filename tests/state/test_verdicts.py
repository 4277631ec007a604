"""What workers tell the sanctions: files that are read back whole, in part where a writer was killed, never twice."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state import verdicts
from smppproxy.state.verdicts import ABANDONED, FILE_AGE, VerdictRow, VerdictSpool, VolumeRow

ROW = VerdictRow(
    5.0, "t-1", "one", "301150232", "0215880000", bytes(16), b"text", b"near", "evil.top",
    "text_loan", "loan", 0.98, "m1", "text", True, True, "domestic", 3,
)  # fmt: skip


NUMBERS = st.integers(0, 1 << 40)
TIMES = st.floats(0, 1e10)
ROWS = st.builds(VerdictRow, at=TIMES, score=st.floats(0, 1), recipients=NUMBERS)
VOLUMES = st.builds(VolumeRow, at=TIMES, messages=NUMBERS)


def filled(directory: Path, *rows: VerdictRow, volumes: tuple[VolumeRow, ...] = ()) -> Path:
    spool = VerdictSpool(directory, 3, 100.0)
    spool.put(rows, volumes)
    spool.close(101.0)
    (path,) = verdicts.finished(directory)
    return path


def test_a_file_is_finished_soon_after_its_first_row(tmp_path: Path) -> None:
    spool = VerdictSpool(tmp_path, 0, 100.0)
    spool.put([ROW])
    spool.flush(100.15)
    assert verdicts.finished(tmp_path) == []
    spool.flush(100.16 + FILE_AGE)
    assert len(verdicts.finished(tmp_path)) == 1


@given(
    st.lists(ROWS, max_size=5),
    st.lists(VOLUMES, max_size=5),
)
def test_rows_come_back(tmp_path_factory: object, rows: list[VerdictRow], volumes: list[VolumeRow]) -> None:
    directory: Path = tmp_path_factory.mktemp("rows")  # type: ignore[attr-defined]
    if rows or volumes:
        assert verdicts.read(filled(directory, *rows, volumes=tuple(volumes))) == (rows, volumes, True)


def test_of_a_file_that_was_cut_the_whole_frames_are_read(tmp_path: Path) -> None:
    spool = VerdictSpool(tmp_path, 0, 100.0)
    spool.put([ROW])
    spool.flush(100.15)
    spool.put([ROW._replace(code="2")])
    spool.close(100.2)
    (path,) = verdicts.finished(tmp_path)
    os.truncate(path, path.stat().st_size - 3)
    assert verdicts.read(path) == ([ROW], [], False)


def test_rows_of_a_newer_version_are_read_by_name(tmp_path: Path, monkeypatch: object) -> None:
    newer = ("colour", *verdicts.FIELDS)
    monkeypatch.setattr(verdicts, "FIELDS", newer)  # type: ignore[attr-defined]
    spool = VerdictSpool(tmp_path, 0, 100.0)
    spool.write([(0, "red", *ROW), (1, 6.0, "one", "2", 9)])
    spool.close(101.0)
    assert verdicts.read(verdicts.finished(tmp_path)[0]) == ([ROW], [VolumeRow(6.0, "one", "2", 9)], True)


def test_what_a_dead_writer_left_is_taken_and_what_a_live_one_writes_is_not(tmp_path: Path) -> None:
    alive = VerdictSpool(tmp_path, 0, 100.0)
    alive.put([ROW])
    alive.flush(100.15)
    left = tmp_path / verdicts.FOLDER / "001-000000000000001-000000.open"
    left.write_bytes(b"")
    late = left.stat().st_mtime + ABANDONED + 1
    assert verdicts.adopt(tmp_path, late) == 1
    assert [path.name for path in verdicts.finished(tmp_path)] == ["001-000000000000001-000000.spool"]
    alive.close(101.0)


def test_files_are_told_oldest_first_whatever_worker_wrote_them(tmp_path: Path) -> None:
    for worker, at in ((2, 100.0), (1, 200.0)):
        spool = VerdictSpool(tmp_path, worker, at)
        spool.put([ROW])
        spool.close(at + 1)
    assert [path.name[:3] for path in verdicts.finished(tmp_path)] == ["002", "001"]
