"""The spool: what is written can be read, whatever became of the writer or the disk."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state import spool as spool_module
from smppproxy.state.spool import BATCH, FILE_AGE, FLUSH_INTERVAL, RETRY_INTERVAL, Spool, read_batches, read_spool
from smppproxy.state.trace import TraceRow

ROW = (
    1.5, "7f3a", "reseller1", "smsc", 4, "301150232", "0215881588", b"r" * 16, b"t" * 8,
    "refuse", "text_gambling", "", "gambling", 0.93, 0x45, "m1", 0.0003,
)  # fmt: skip


def _row(n: int) -> tuple[Any, ...]:
    return (float(n), *ROW[1:])


def _files(directory: Path) -> list[Path]:
    return sorted(directory.iterdir())


def _all(directory: Path) -> list[float]:
    return [row.at for path in _files(directory) for row in read_spool(path)]


def test_rows_wait_for_the_interval(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 0, 0.0)
    spool.write([ROW])
    spool.flush(FLUSH_INTERVAL / 2)
    assert (spool.pending, _all(tmp_path)) == (1, [])
    spool.flush(FLUSH_INTERVAL)
    assert (spool.pending, _all(tmp_path)) == (0, [1.5])
    spool.close(1.0)


def test_many_rows_do_not_wait(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 0, 0.0)
    spool.write([_row(n) for n in range(BATCH)])
    spool.flush(FLUSH_INTERVAL / 2)
    assert _all(tmp_path) == list(map(float, range(BATCH)))
    assert (spool.pending, spool.rows_written) == (0, BATCH)
    spool.close(1.0)


def test_rows_that_are_encoded_already_keep_their_place(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 0, 0.0)
    spool.write([_row(1)])
    spool.write_encoded(b"".join(map(msgspec.msgpack.encode, [_row(2), _row(3)])), 2)
    spool.write_encoded(b"", 0)
    spool.write([_row(4)])
    assert spool.pending == 4
    spool.close(1.0)
    assert _all(tmp_path) == [1.0, 2.0, 3.0, 4.0]
    assert spool.rows_written == 4


def test_rows_come_back_whole_and_named(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 3, 0.0)
    spool.write([ROW, (*ROW, "international", "2/3", "v1")])
    spool.close(1.0)
    (path,) = _files(tmp_path)
    assert path.name == "003-000000000001000-000000.spool"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(read_spool(path)) == [TraceRow(*ROW), TraceRow(*ROW, "international", "2/3", "v1")]
    spool.close(2.0)


def test_files_are_finished_by_size_and_by_age(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 0, 0.0, file_limit=2000)
    for n in range(60):
        spool.write([_row(n)])
        spool.flush(float(n))
    finished = [path for path in _files(tmp_path) if path.suffix == ".spool"]
    assert len(finished) > 2
    assert all(path.stat().st_size < 2400 for path in finished)
    spool.flush(60.0 + FILE_AGE)
    assert {path.suffix for path in _files(tmp_path)} == {".spool"}
    assert _all(tmp_path) == list(map(float, range(60)))
    spool.close(999.0)


def test_the_oldest_files_go_when_the_spool_is_over_its_limit(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 0, 0.0, file_limit=1000, limit_bytes=5000)
    for n in range(200):
        spool.write([_row(n)])
        spool.flush(float(n))
    spool.close(200.0)
    left = _all(tmp_path)
    assert left == list(map(float, range(int(left[0]), 200)))
    assert sum(path.stat().st_size for path in _files(tmp_path)) <= 5000
    assert spool.files_lost > 10
    assert spool.bytes_lost > 10_000


def test_a_worker_minds_its_own_files(tmp_path: Path) -> None:
    first, second = Spool(tmp_path, 1, 0.0), Spool(tmp_path, 2, 0.0)
    first.write([_row(1)])
    second.write([_row(2)])
    first.flush(1.0)
    second.flush(1.0)
    third = Spool(tmp_path, 1, 2.0)  # the next of its number, while the first still drains
    assert [path.suffix for path in _files(tmp_path)] == [".open", ".open"]
    for each in (first, second, third):
        each.close(3.0)
    assert _all(tmp_path) == [1.0, 2.0]


KILLED = """
import os, signal, sys
from pathlib import Path
from smppproxy.state.spool import Spool
spool = Spool(Path(sys.argv[1]), 0, 0.0)
row = eval(sys.argv[2])
for n in range(5):
    spool.write([(float(n), *row[1:])])
    spool.flush(1.0 + n)
spool.write([row])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_costs_what_was_waiting(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, tmp_path, repr(ROW)], check=False)
    assert [path.suffix for path in _files(tmp_path)] == [".open"]
    assert _all(tmp_path) == [0.0, 1.0, 2.0, 3.0, 4.0]
    Spool(tmp_path, 0, 9.0).close(9.0)
    assert [path.suffix for path in _files(tmp_path)] == [".spool"]


@given(st.data())
def test_a_torn_end_costs_that_frame_only(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    directory = tmp_path_factory.mktemp("spool")
    spool = Spool(directory, 0, 0.0)
    ends = []
    for n in range(3):
        spool.write([_row(n)])
        spool.flush(1.0 + n)
        ends.append(_files(directory)[0].stat().st_size)
    spool.close(9.0)
    (path,) = _files(directory)
    octets = path.read_bytes()
    cut = data.draw(st.integers(0, len(octets)))
    path.write_bytes(octets[:cut] + data.draw(st.sampled_from([b"", b"\0" * 100, b"\xff" * 7])))
    assert [row.at for row in read_spool(path)] == [float(n) for n, end in enumerate(ends) if end <= cut]


def test_a_reader_goes_on_where_it_was(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 0, 0.0)
    spool.write([_row(1)])
    spool.flush(1.0)
    (path,) = _files(tmp_path)
    ((offset, _),) = read_batches(path)
    spool.write([_row(2)])
    spool.flush(2.0)
    assert [row.at for _, rows in read_batches(path, offset) for row in rows] == [2.0]
    spool.close(3.0)


def test_rows_of_another_version_are_read_by_name(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 0, 0.0, fields=("code", "at", "colour"))
    spool.write([("301150232", 7.0, "red")])
    spool.close(1.0)
    (row,) = read_spool(_files(tmp_path)[0])
    assert (row.code, row.at, row.account, row.score, row.recipient, row.route) == (
        "301150232", 7.0, "", 0.0, b"", "domestic",
    )  # fmt: skip


@pytest.mark.parametrize("bad", ["\udcff", 1 << 70, object()])
def test_a_row_that_cannot_be_written_costs_itself_only(tmp_path: Path, bad: Any) -> None:
    spool = Spool(tmp_path, 0, 0.0)
    spool.write([_row(1), (2.0, bad), _row(3)])
    spool.flush(1.0)
    assert _all(tmp_path) == [1.0, 3.0]
    assert (spool.rows_lost, spool.rows_written, spool.fault) == (1, 2, "")
    spool.close(2.0)


def test_a_disk_that_refuses_is_told_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "PENDING_LIMIT", 3)
    spool = Spool(tmp_path, 0, 0.0)
    tmp_path.chmod(0o700)
    (tmp_path / "gone").mkdir()
    spool._directory = tmp_path / "gone" / "away"
    for n in range(5):
        spool.write([_row(n)])
        spool.flush(1.0 + n)
    assert spool.faults == 5
    assert "No such file" in spool.fault
    assert (spool.pending, spool.rows_lost) == (3, 2)
    spool._directory = tmp_path
    spool.flush(5.0 + RETRY_INTERVAL / 2)
    assert spool.faults == 5
    spool.flush(5.0 + RETRY_INTERVAL)
    assert (spool.fault, spool.pending) == ("", 0)
    spool.close(9.0)
    (tmp_path / "gone").rmdir()
    assert _all(tmp_path) == [2.0, 3.0, 4.0]


def test_what_is_dropped_is_whole_batches_and_no_more_than_must_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "PENDING_LIMIT", 5)
    monkeypatch.setattr(os, "writev", _refuse)
    spool = Spool(tmp_path, 0, 0.0)
    for first in (1, 4, 7):
        spool.write_encoded(b"".join(msgspec.msgpack.encode(_row(first + n)) for n in range(3)), 3)
        spool.flush(float(first))
    assert (spool.pending, spool.rows_lost) == (6, 3)
    monkeypatch.undo()
    spool.close(9.0)
    assert _all(tmp_path) == [4.0, 5.0, 6.0, 7.0, 8.0, 9.0]
    assert (spool.rows_written, spool.pending) == (6, 0)


def test_frames_of_any_writer_are_read(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 0, 0.0)
    spool.write([_row(1)])
    spool.close(1.0)
    (path,) = _files(tmp_path)
    for rows in ([_row(2)], [_row(3)] * 20, []):  # lists with a head as short as it can be, as earlier versions wrote
        payload = msgspec.msgpack.encode(rows)
        with path.open("ab") as file:
            file.write(len(payload).to_bytes(4, "little") + zlib.crc32(payload).to_bytes(4, "little") + payload)
    assert _all(tmp_path) == [1.0, 2.0, *[3.0] * 20]


FULL_DISK = """
import resource, sys
from pathlib import Path
from smppproxy.state.spool import Spool
spool = Spool(Path(sys.argv[1]), 0, 0.0)
row = eval(sys.argv[2])
soft = 5000
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))
for n in range(100):
    spool.write([(float(n), *row[1:])])
    spool.flush(1.5 * n)
print(spool.faults > 0, bool(spool.fault), spool.pending + spool.rows_written)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
spool.flush(2000.0)
print(spool.fault == "", spool.pending, spool.rows_lost)
spool.close(2001.0)
"""


def test_a_full_disk_loses_nothing_and_tears_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path, repr(ROW)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["True True 100", "True 0 0"]
    assert _all(tmp_path) == list(map(float, range(100)))


def test_what_is_no_spool_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.spool"
    for octets in (b"", b"garbage" * 9, os.urandom(64)):
        path.write_bytes(octets)
        assert list(read_spool(path)) == []


def test_the_format_is_what_the_documentation_says(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 5, 0.0)
    spool.write([ROW])
    spool.close(1.0)
    octets = _files(tmp_path)[0].read_bytes()
    length = int.from_bytes(octets[:4], "little")
    head = msgspec.msgpack.decode(octets[8 : 8 + length])
    assert (head["format"], head["worker"], head["fields"][0]) == (1, 5, "at")
    assert msgspec.msgpack.decode(octets[8 + length + 8 :]) == [list(ROW)]


def _refuse(*_: Any) -> Any:
    raise OSError(28, "No space left on device")


def test_a_write_cut_short_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path, 0, 0.0)
    spool.write([_row(1)])
    spool.flush(1.0)
    whole = _files(tmp_path)[0].stat().st_size
    monkeypatch.setattr(os, "writev", lambda descriptor, parts: os.write(descriptor, parts[1][:10]))
    spool.write([_row(2)])
    spool.flush(2.0)
    assert "full" in spool.fault
    assert _files(tmp_path)[0].stat().st_size == whole
    monkeypatch.undo()
    spool.flush(4.0)
    spool.close(5.0)
    assert _all(tmp_path) == [1.0, 2.0]


def test_a_write_that_cannot_be_undone_ends_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path, 0, 0.0)
    spool.write([_row(1)])
    spool.flush(1.0)
    monkeypatch.setattr(os, "writev", lambda descriptor, parts: os.write(descriptor, parts[1][:10]))
    monkeypatch.setattr(os, "ftruncate", _refuse)
    spool.write([_row(2)])
    spool.flush(2.0)
    monkeypatch.undo()
    spool.flush(4.0)
    spool.close(5.0)
    assert len(_files(tmp_path)) == 2
    assert _all(tmp_path) == [1.0, 2.0]


def test_a_file_that_gets_no_header_is_discarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path, 0, 0.0)
    monkeypatch.setattr(os, "writev", _refuse)
    spool.write([_row(1)])
    spool.flush(1.0)
    assert _files(tmp_path) == []
    assert spool.fault == "No space left on device"
    monkeypatch.undo()
    spool.close(2.0)
    assert _all(tmp_path) == [1.0]


def test_a_file_that_cannot_be_renamed_is_adopted_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path, 0, 0.0)
    spool.write([_row(1)])
    monkeypatch.setattr(Path, "rename", _refuse)
    spool.close(1.0)
    assert (spool.faults, spool.fault) == (1, "No space left on device")
    monkeypatch.undo()
    Spool(tmp_path, 0, 2.0)
    assert [path.suffix for path in _files(tmp_path)] == [".spool"]


def test_files_taken_away_meanwhile_do_not_count(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 0, 0.0, limit_bytes=0, file_limit=1)
    (tmp_path / "000-000000000000000-000000.spool").symlink_to(tmp_path / "gone")
    spool.write([_row(1)])
    spool.close(1.0)
    assert _all(tmp_path) == [1.0]
    assert (spool.files_lost, spool.bytes_lost) == (1, 0)


def test_a_file_is_cut_on_request(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 0, 0.0)
    spool.write([_row(1)])
    spool.cut(0.0)  # neither the interval nor the age of the file is over
    assert [path.suffix for path in _files(tmp_path)] == [".spool"]
    assert _all(tmp_path) == [1.0]
    spool.cut(0.0)  # nothing to cut
    spool.write([_row(2)])
    spool.close(1.0)
    assert _all(tmp_path) == [1.0, 2.0]
