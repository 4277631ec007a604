"""The trace in the store: one SQLite file a day (UTC), ``state_dir/trace/YYYY-MM-DD.db``.

Rows have no index: each one costs a good part of the writing rate. What a search needs is made for some rows at a time
(:mod:`smppproxy.state.trace_lookup`), so that the day being written is searched as fast as any other; a day that is
over is *sealed*: its last rows get theirs. Days are dropped whole: deleting rows is dear. Beside its rows a day
remembers how far each spool file was read, in the same transaction: each row comes in exactly once, whenever the power
fails.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from smppproxy.state import trace_lookup
from smppproxy.state.errors import NewerSchemaError, StoreError
from smppproxy.state.store import prepare
from smppproxy.state.trace import FIELDS
from smppproxy.state.trace_lookup import Marks

FOLDER: Final = "trace"
SCHEMA: Final = 2
CACHE: Final = 64 << 10  # KiB; holds the rows of a segment, which are read again when it is made
BUSY_TIMEOUT: Final = 10.0  # s to wait for another writer; there should be none
PAGE_SIZE: Final = 8192  # octets; some fifty rows

_TYPES: Final = {
    "at": "REAL", "recipient": "BLOB", "text": "BLOB", "operation": "INTEGER", "score": "REAL", "status": "INTEGER",
    "duration": "REAL",
}  # fmt: skip
_CREATE: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE messages (id INTEGER PRIMARY KEY, {", ".join(f'"{name}" {_TYPES.get(name, "TEXT")}' for name in FIELDS)});
CREATE TABLE moved (file TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
{trace_lookup.CREATE}
PRAGMA user_version = {SCHEMA};
COMMIT;
"""
_UPGRADE: Final = f"BEGIN IMMEDIATE; {trace_lookup.CREATE} PRAGMA user_version = {SCHEMA}; COMMIT;"
_LOOKED_UP: Final = tuple(FIELDS.index(name) for name in trace_lookup.FIELDS)
COLUMNS: Final = ", ".join(f'"{name}"' for name in FIELDS)
_INSERT: Final = f"INSERT INTO messages ({COLUMNS}) VALUES ({', '.join('?' * len(FIELDS))})"
_MOVED: Final = "INSERT INTO moved VALUES (?, ?) ON CONFLICT (file) DO UPDATE SET position = excluded.position"
_NAME: Final = re.compile(r"(\d{4}-\d{2}-\d{2})\.db").fullmatch


def day_of(at: float) -> str:
    """Return the day (UTC) an instant belongs to, such as ``2026-12-31``. Raises ValueError beyond the calendar."""
    try:
        return datetime.fromtimestamp(at, UTC).date().isoformat()
    except (OverflowError, OSError) as error:
        raise ValueError(f"{at!r} is no instant") from error


def days(state_dir: Path, folder: str = FOLDER) -> dict[str, Path]:
    """Return the files of all days there are, oldest first."""
    found = {}
    for path in sorted((state_dir / folder).glob("*.db")):
        match = _NAME(path.name)
        if match is not None:
            found[match[1]] = path
    return found


class Partition:
    """One day, for writing. There is one writer, which holds the control lock."""

    def __init__(self, state_dir: Path, day: str) -> None:
        """Open a day, creating it where it is absent. Raises StoreError, NewerSchemaError."""
        self.path = prepare(state_dir / FOLDER) / f"{day}.db"
        with named(self.path):
            self.path.touch(mode=0o600)
            self._marks = Marks()
            self._connection = sqlite3.connect(
                self.path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
            )
            try:
                self._configure()
            except BaseException:
                self._connection.close()
                raise

    def position(self, file: str) -> int:
        """Return how far a spool file was read for this day, in octets."""
        with named(self.path):
            row = self._connection.execute("SELECT position FROM moved WHERE file = ?", (file,)).fetchone()
        return row[0] if row else 0

    def write(self, rows: Sequence[Sequence[Any]], file: str, position: int) -> None:
        """Take rows, and that the file was read up to ``position``: both or neither, on the disk. Raises StoreError."""
        with named(self.path):
            cursor = self._connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                cursor.executemany(_INSERT, rows)
                cursor.execute(_MOVED, (file, position))
                cursor.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise
            self._marks.add(_looked_up(rows), len(rows))
            if self._marks.rows >= trace_lookup.SEGMENT:
                self._make_segments(trace_lookup.SEGMENT)

    @property
    def sealed(self) -> bool:
        """Whether every row can be looked up."""
        with named(self.path):
            first, last = trace_lookup.behind(self._connection)
        return last < first

    def seal(self) -> None:
        """Let every row be looked up, and bring all into one file. Rows may still come late; then seal it again."""
        with named(self.path):
            self._make_segments(1)
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def interrupt(self) -> None:
        """Break off what another thread does with this day; it raises StoreError there."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close the file. Calling it twice does no harm."""
        self._connection.close()

    def _make_segments(self, least: int) -> None:
        """Make segments of the rows that are in none, while these are so many at least."""
        connection = self._connection
        marks, self._marks = self._marks, Marks()
        first, last = trace_lookup.behind(connection)
        while last - first + 1 >= least:
            # Rows of an earlier life, whose marks are gone, may be many.
            end = last if marks.rows == last - first + 1 else min(last, first + trace_lookup.SEGMENT - 1)
            connection.execute("BEGIN IMMEDIATE")
            try:
                trace_lookup.build(connection, first, end, marks)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            first = end + 1

    def _configure(self) -> None:
        connection = self._connection
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # a spool file is deleted once its rows survive a power cut
        connection.execute(f"PRAGMA cache_size = -{CACHE}")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            raise NewerSchemaError(f"{self.path}: written by a newer smppproxy; run that version")
        if version < SCHEMA:
            connection.executescript(_UPGRADE if version else _CREATE)


def _looked_up(rows: Sequence[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Return the columns of rows that can be looked up."""
    columns = tuple(zip(*rows, strict=True))
    return (columns[place] for place in _LOOKED_UP)


def drop_before(state_dir: Path, oldest: date, folder: str = FOLDER) -> list[str]:
    """Delete the days before one, each whole, and return them. Raises StoreError."""
    dropped = []
    for day, path in days(state_dir, folder).items():
        if day < oldest.isoformat():
            for suffix in ("-wal", "-shm", ""):
                try:
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
                except OSError as error:
                    raise StoreError(f"{path}: cannot be deleted: {error.strerror}") from error
            dropped.append(day)
    return dropped


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn the errors of SQLite and of files into StoreError, each naming the file."""
    try:
        yield
    except sqlite3.Error as error:
        damaged = getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
        advice = ": the day is damaged; move the file away, `sqlite3 FILE .recover` saves what is readable"
        raise StoreError(f"{path}: {error}{advice if damaged else ''}") from error
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error
