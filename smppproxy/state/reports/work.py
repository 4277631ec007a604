"""The workbench of an import: a database of its own, in a file that has no name and goes with the process.

A file of any length is laid down here row by row, so that memory does not grow with it, faults of the whole file are
found before anything is changed, and rows can be compared with each other and with the trace.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from smppproxy.state.errors import StoreError
from smppproxy.state.reports.record import Report

CACHE: Final = 64 << 10  # KiB
_CREATE: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE rows (
    n INTEGER PRIMARY KEY, mark BLOB, place INTEGER, received INTEGER, reported INTEGER, label TEXT, category TEXT,
    channel TEXT, sender TEXT, origin TEXT, relay TEXT, recipient TEXT, said TEXT, text BLOB
);
CREATE TABLE seen (content BLOB PRIMARY KEY, times INTEGER) WITHOUT ROWID;
CREATE TABLE numbered (content BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE texts (text BLOB PRIMARY KEY, campaign BLOB, signature BLOB, similarity REAL, said TEXT, at INTEGER);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY, at REAL, trace_id TEXT, account TEXT, code TEXT, route TEXT, sender TEXT, recipient BLOB,
    text BLOB, refused INTEGER
);
CREATE TABLE matches (n INTEGER, message INTEGER, confidence REAL, why TEXT);
"""
_ROW: Final = f"INSERT INTO rows VALUES (NULL, {', '.join('?' * 13)})"


class Work:
    """Rows of a file, their texts, the messages they may be about. Open it with ``with``."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` is where to work, else where temporary files go."""
        self.rows = 0
        self.duplicates = 0
        self._folder = TemporaryDirectory(prefix="smppproxy-reports-", dir=folder)
        with self.named():
            self.connection = sqlite3.connect(Path(self._folder.name) / "work.db", isolation_level=None)
            self.connection.executescript(_CREATE)
            self.connection.execute(f"PRAGMA cache_size = -{CACHE}")
        # Open and without a name: what people wrote is gone with this process, whatever ends it. Without a journal
        # the database is never looked for by its name again.
        self._folder.cleanup()

    def __enter__(self) -> Work:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def lay(self, report: Report, fingerprint: bytes) -> bool:
        """Lay down a report; False where the file tells the very same one twice.

        Most files name no reporter: two rows that say the same are two people's, unless their numbers in the file are
        one. The n-th of them has the same mark in every file, so that a row which comes again counts once.
        """
        content = blake2b(msgspec.msgpack.encode(report[1:-1]), digest_size=16)
        if report.number:
            mine = content.copy()
            mine.update(report.number.encode())
            numbered = self.connection.execute("INSERT OR IGNORE INTO numbered VALUES (?)", (mine.digest(),))
            if not numbered.rowcount:
                self.duplicates += 1
                return False
        (times,) = self.connection.execute(
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT (content) DO UPDATE SET times = times + 1 RETURNING times",
            (content.digest(),),
        ).fetchone()
        content.update(times.to_bytes(8, "big"))
        self.connection.execute(
            _ROW,
            (content.digest(), report.place, report.received, report.reported, report.label, report.category,
             report.channel, report.sender, report.origin, report.relay, report.recipient, report.text, fingerprint),
        )  # fmt: skip
        self.rows += 1
        return True

    @contextmanager
    def laying(self) -> Iterator[None]:
        """Make what is laid down inside one transaction. Raises StoreError where the disk is full."""
        with self.named():
            self.connection.execute("BEGIN")
            yield
            self.connection.execute("COMMIT")

    def query(self, sql: str, parameters: tuple[Any, ...] = ()) -> Iterator[Any]:
        """Yield what a statement finds."""
        with self.named():
            yield from self.connection.execute(sql, parameters)

    def all(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        """Return what a statement finds, at once: for those that are asked once a report."""
        try:
            return self.connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            with self.named():
                raise error

    @contextmanager
    def named(self) -> Iterator[None]:
        """Turn the errors of the workbench into StoreError, with what to do."""
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(
                f"{self._folder.name}: {error}; an import needs room for twice its file where temporary files go "
                "(TMPDIR), and nothing of it counts before it ends: make room and run it again"
            ) from error
