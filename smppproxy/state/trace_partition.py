"""The writer of one day of the trace: rows as they come, segments when enough have, few large ones of many small."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from smppproxy.state import trace_lookup, trace_segments
from smppproxy.state.errors import NewerSchemaError
from smppproxy.state.store import prepare
from smppproxy.state.trace import FIELDS
from smppproxy.state.trace_segments import Marks
from smppproxy.state.trace_store import BUSY_TIMEOUT, COLUMNS, FOLDER, named

SCHEMA: Final = 2
CACHE: Final = 64 << 10  # KiB; holds the rows of a segment, which are read again when it is made
PAGE_SIZE: Final = 8192  # octets; some fifty rows
JOURNAL: Final = 64 << 20  # octets the WAL is cut back to; to merge segments takes five times as much for a moment

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
_INSERT: Final = f"INSERT INTO messages ({COLUMNS}) VALUES ({', '.join('?' * len(FIELDS))})"
_MOVED: Final = "INSERT INTO moved VALUES (?, ?) ON CONFLICT (file) DO UPDATE SET position = excluded.position"


class Partition:
    """One day, for writing. There is one writer, which holds the control lock."""

    def __init__(self, state_dir: Path, day: str) -> None:
        """Open a day, creating it where it is absent. Raises StoreError, NewerSchemaError."""
        self.path = prepare(state_dir / FOLDER) / f"{day}.db"
        with named(self.path):
            self.path.touch(mode=0o600)
            self._marks = Marks()
            self._interrupted = False
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
            with _transaction(self._connection):
                self._connection.executemany(_INSERT, rows)
                self._connection.execute(_MOVED, (file, position))
            self._marks.add(_looked_up(rows), len(rows))
            if self._marks.rows >= trace_segments.SEGMENT:
                self._make_segments(trace_segments.SEGMENT)
                self._merge(over=False)

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
            self._merge(over=True)
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def interrupt(self) -> None:
        """Break off what another thread does with this day; it raises StoreError there."""
        self._interrupted = True
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
            end = last if marks.rows == last - first + 1 else min(last, first + trace_segments.SEGMENT - 1)
            with _transaction(connection):
                trace_segments.build(connection, first, end, marks)
            first = end + 1

    def _merge(self, *, over: bool) -> None:
        """Make few large segments of many small ones."""
        while some := trace_segments.mergeable(self._connection, over=over):
            with _transaction(self._connection):
                trace_segments.merge(self._connection, some, lambda: self._interrupted)

    def _configure(self) -> None:
        connection = self._connection
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # a spool file is deleted once its rows survive a power cut
        connection.execute(f"PRAGMA journal_size_limit = {JOURNAL}")
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


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
