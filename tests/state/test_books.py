"""The books: what workers see, when they see it, and what happens to a damaged file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lmdb
import pytest

from filters.ports import CodeEntry, CodeState
from smppproxy.state import book_layout, environment
from smppproxy.state import books as books_module
from smppproxy.state.book_layout import CODES, FILE
from smppproxy.state.book_writer import BookWriter
from smppproxy.state.books import Books, codes_held
from smppproxy.state.codes import Code
from smppproxy.state.environment import lock_of
from smppproxy.state.errors import BooksError
from smppproxy.state.ledger import Head

A, B = "301150232", "301210079"


def _code(code: str, state: CodeState = CodeState.ACTIVE, **fields: Any) -> Code:
    return Code(code=code, state=state, **fields)


def _told(entry: CodeEntry | None) -> tuple[CodeState, str] | None:
    return (entry.state, entry.owner) if entry is not None else None


def _head(revision: int) -> Head:
    return Head(revision, bytes([revision]) * 32)


def _only(codes: list[Code]) -> Any:
    return {CODES: lambda: [(each.code, each) for each in codes]}


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[BookWriter]:
    writer = BookWriter(tmp_path / FILE)
    yield writer
    writer.close()


def test_new_books_stand_for_nothing(writer: BookWriter) -> None:
    assert writer.head() is None
    writer.rebuild({}, Head())
    assert writer.head() == Head()


def test_a_change_is_seen_at_the_next_refresh_and_not_before(writer: BookWriter, clock: Any) -> None:
    books = writer.view(clock)
    version = books.version
    assert not books.refresh()
    writer.apply([(A, _code(A, owner="ACME"))], _head(1))
    assert books.code(A) is None
    assert books.refresh()
    assert books.version > version
    assert _told(books.code(A)) == (CodeState.ACTIVE, "ACME")
    assert (books.revision, len(books)) == (1, 1)
    version = books.version
    assert not books.refresh()
    assert books.version == version
    writer.apply([(A, None)], _head(2))
    books.refresh()
    assert books.code(A) is None
    books.close()


@pytest.mark.parametrize("code", ["", "x" * 600, "\udcff", "301150232\0"])
def test_what_can_be_no_code_is_not_registered(writer: BookWriter, clock: Any, code: str) -> None:
    writer.apply([(A, _code(A))], _head(1))
    books = writer.view(clock)
    assert books.code(code) is None
    books.close()


def test_dates_come_and_go_without_a_write(writer: BookWriter, clock: Any) -> None:
    now = int(clock.now)
    writer.apply(
        [(A, _code(A, valid_from=now + 10, valid_until=now + 20)), (B, _code(B, valid_until=now + 15))], _head(1)
    )
    books = writer.view(clock)
    seen = []
    for at in (9, 10, 14, 15, 19, 20, 500, 5):
        clock.now = now + at
        changed = books.refresh()
        seen.append((at, changed, *(str(entry.state) for code in (A, B) if (entry := books.code(code)))))
    assert seen == [
        (9, False, "inactive", "active"),
        (10, True, "active", "active"),
        (14, False, "active", "active"),
        (15, True, "active", "inactive"),
        (19, False, "active", "inactive"),
        (20, True, "inactive", "inactive"),
        (500, False, "inactive", "inactive"),
        (5, True, "inactive", "active"),  # a clock that is set back
    ]
    books.close()


def test_moments_of_codes_that_changed_are_forgotten(writer: BookWriter, clock: Any) -> None:
    now = int(clock.now)
    writer.apply([(A, _code(A, valid_until=now + 10))], _head(1))
    writer.apply([(A, _code(A))], _head(2))
    books = writer.view(clock)
    clock.now += 60
    assert not books.refresh()
    assert _told(books.code(A)) == (CodeState.ACTIVE, "")
    books.close()


def test_a_rebuild_replaces_everything_at_once(writer: BookWriter, clock: Any) -> None:
    writer.apply([(A, _code(A, valid_until=int(clock.now) + 9))], _head(1))
    books = writer.view(clock)
    writer.rebuild(_only([_code(B, valid_from=int(clock.now) + 1)]), _head(5))
    assert books.code(A) is not None
    books.refresh()
    assert books.code(A) is None
    clock.now += 1
    assert books.refresh()
    assert _told(books.code(B)) == (CodeState.ACTIVE, "")
    assert books.revision == 5
    books.close()


def test_a_rebuild_that_fails_leaves_the_old_books(writer: BookWriter) -> None:
    writer.apply([(A, _code(A))], _head(1))

    def half() -> Iterator[tuple[str, Code]]:
        yield B, _code(B)
        raise RuntimeError("the store went away")

    with pytest.raises(RuntimeError):
        writer.rebuild({CODES: half}, _head(2))
    assert writer.head() == _head(1)
    books = writer.view()
    assert (books.code(A) is not None, books.code(B)) == (True, None)
    books.close()


READER = """
import sys
from pathlib import Path
from smppproxy.state.books import Books
clock = [0.0]
books = Books(Path(sys.argv[1]), lambda: clock[0])
print("ready", flush=True)
for line in sys.stdin:
    if line == "kill\\n":
        break
    clock[0] += 2
    books.refresh()
    print(books.code(line.strip()), len(books), flush=True)
"""


class Reader:
    """Books in another process, as a worker has them."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", READER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def ask(self, code: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(code + "\n")
        return self._line()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


def test_another_process_follows_growth_damage_and_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "MAP_START", 1 << 17)
    path = tmp_path / FILE
    writer = BookWriter(path)
    writer.apply([(A, _code(A, owner="one"))], _head(1))
    reader = Reader(path)
    try:
        assert "owner='one'" in reader.ask(A)
        # more than the map of the reader, and than several doublings of the writer's
        many = [(f"{n:09d}", _code(f"{n:09d}", owner="x" * 300)) for n in range(3000)]
        writer.apply(many, _head(2))
        assert reader.ask("000002999").endswith(" 3001")
        # control finds its file damaged and begins a new one
        writer.close()
        path.unlink()
        path.write_bytes(b"garbage" * 1000)
        writer = BookWriter(path)
        assert writer.head() is None
        writer.rebuild(_only([_code(A, owner="two")]), _head(3))
        assert "owner='two'" in reader.ask(A)
        writer.apply([(A, _code(A, CodeState.STRUCK, owner="two"))], _head(4))
        assert "struck" in reader.ask(A)
    finally:
        reader.close()
        writer.close()


def test_a_killed_reader_keeps_no_pages(tmp_path: Path) -> None:
    path = tmp_path / FILE
    writer = BookWriter(path)
    writer.apply([(A, _code(A))], _head(1))
    Reader(path).close()
    for revision in range(2, 200):
        writer.apply([(A, _code(A, owner=str(revision)))], Head(revision, bytes(32)))
    assert path.stat().st_size < 200_000
    writer.close()


def test_full_books_grow_until_their_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "MAP_START", 1 << 17)
    monkeypatch.setattr(book_layout, "LIMIT", 1 << 20)
    writer = BookWriter(tmp_path / FILE)
    writer.apply([(f"{n}", _code(f"{n}", owner="x" * 300)) for n in range(1000)], _head(1))
    with pytest.raises(BooksError, match="full at 1048576"):
        writer.apply([(f"n{n}", _code(f"n{n}", owner="x" * 300)) for n in range(9000)], _head(2))
    assert writer.head() == _head(1)
    writer.close()


@pytest.mark.parametrize("damage", [b"", b"garbage", b"\0" * 8192])
def test_a_reader_refuses_what_is_no_book(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / FILE
    if damage:
        path.write_bytes(damage)
    with pytest.raises(BooksError, match=FILE):
        Books(path)


def test_a_file_cut_short_is_refused_by_readers_and_begun_anew_by_the_writer(tmp_path: Path) -> None:
    path = tmp_path / FILE
    writer = BookWriter(path)
    writer.apply([(f"{n}", _code(f"{n}")) for n in range(3000)], _head(1))
    writer.close()
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(BooksError, match="cut short"):
        Books(path)
    writer = BookWriter(path)
    assert writer.head() is None
    writer.close()


def test_a_reader_without_the_file_of_its_name_goes_on(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / FILE
    writer = BookWriter(path)
    writer.apply([(A, _code(A))], _head(1))
    writer.close()
    books = Books(path, clock)
    path.unlink()
    lock_of(path).unlink()
    clock.now += 5
    assert not books.refresh()
    assert books.code(A) is not None
    books.close()


def test_codes_are_counted_without_the_registry(tmp_path: Path) -> None:
    assert codes_held(tmp_path) == 0
    writer = BookWriter(tmp_path / FILE)
    writer.apply([(A, _code(A)), (B, _code(B))], _head(1))
    assert codes_held(tmp_path) is None  # open in this very process: it cannot be told
    writer.close()
    assert codes_held(tmp_path) == 2


def test_a_reader_follows_to_a_new_file(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / FILE
    writer = BookWriter(path)
    writer.apply([(A, _code(A))], _head(1))
    writer.close()
    books = Books(path, clock)
    environment.remove(path)
    path.write_bytes(b"half written")
    clock.now += 2
    assert not books.refresh()
    assert books.code(A) is not None
    path.unlink()
    writer = BookWriter(path)
    writer.rebuild(_only([_code(B)]), _head(2))
    writer.close()
    version = books.version
    assert not books.refresh()  # looked a moment ago
    clock.now += 2
    assert books.refresh()
    assert books.version > version
    assert (books.code(A), books.revision) == (None, 2)
    assert books.code(B) is not None
    books.close()


def test_a_snapshot_that_cannot_be_taken_leaves_the_old_one(
    writer: BookWriter, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing:
        def begin(self, **_: Any) -> None:
            raise lmdb.ReadersFullError("all slots are taken")

    writer.apply([(A, _code(A))], _head(1))
    books = writer.view(clock)
    monkeypatch.setattr(books, "_environment", Refusing())
    assert not books.refresh()
    assert (books.faults, _told(books.code(A))) == (1, (CodeState.ACTIVE, ""))
    monkeypatch.undo()
    books.close()


def test_books_of_another_format_stand_for_nothing(writer: BookWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.apply([(A, _code(A))], _head(1))
    monkeypatch.setattr(book_layout, "FORMAT", 99)
    assert writer.head() is None
    with writer._environment.begin(write=True) as txn:
        txn.put(b"head", b"\xc1", db=writer._meta)
    assert writer.head() is None


def test_books_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(BooksError, match="cannot be written"):
        BookWriter(tmp_path / FILE)


class Stubborn:
    """An environment whose first snapshot fails with an error, as LMDB's would."""

    def __init__(self, real: lmdb.Environment, error: lmdb.Error) -> None:
        self._real = real
        self._errors = [error]

    def begin(self, **given: Any) -> Any:
        if self._errors:
            raise self._errors.pop()
        return self._real.begin(**given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def test_a_reader_takes_over_the_writers_larger_map(
    writer: BookWriter, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopted: list[Any] = []
    monkeypatch.setattr(books_module, "adopt_growth", adopted.append)
    books = writer.view(clock)
    writer.apply([(A, _code(A))], _head(1))
    stubborn = Stubborn(writer._environment, lmdb.MapResizedError("grown"))
    monkeypatch.setattr(books, "_environment", stubborn)
    assert books.refresh()
    assert adopted == [stubborn]
    assert books.code(A) is not None
    books.close()


def test_the_writer_takes_over_a_larger_map_too(writer: BookWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    real, errors = writer._put, [lmdb.MapResizedError("grown")]

    def put(*given: Any) -> None:
        if errors:
            raise errors.pop()
        real(*given)

    monkeypatch.setattr(writer, "_put", put)
    writer.apply([(A, _code(A))], _head(1))
    assert writer.head() == _head(1)


def test_a_disk_that_refuses_leaves_the_books_as_they_were(writer: BookWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise lmdb.DiskError("No space left on device")

    writer.apply([(A, _code(A))], _head(1))
    monkeypatch.setattr(writer, "_put", refuse)
    with pytest.raises(BooksError, match="cannot be written: No space left"):
        writer.apply([(B, _code(B))], _head(2))
    assert writer.head() == _head(1)
