"""The workbench of an import: a database of its own, in a file that has no name and goes with the process.

A file of any length is laid down here row by row, so that memory does not grow with it, faults of the whole file are
found before anything is changed, and rows can be compared with each other and with the trace.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from smppproxy.state.errors import StoreError
from smppproxy.state.reports.record import Report

CACHE: Final = 64 << 10  # KiB
TOGETHER: Final = 1000  # reports laid down at once
BATCH: Final = 500  # values of one statement
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
_encode: Final = msgspec.msgpack.Encoder().encode
_ROW: Final = f"INSERT INTO rows VALUES (NULL, {', '.join('?' * 13)})"


class Work:
    """Rows of a file, their texts, the messages they may be about. Open it with ``with``."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` is where to work, else where temporary files go."""
        self.rows = 0
        self.duplicates = 0
        self._waiting: list[tuple[Report, bytes]] = []
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

    def lay(self, report: Report, fingerprint: bytes) -> None:
        """Lay down a report, unless the file tells the very same one twice; :meth:`flush` it when all are there.

        Most files name no reporter: two rows that say the same are two people's, unless their numbers in the file are
        one. The n-th of them has the same mark in every file, so that a row which comes again counts once.
        """
        self._waiting.append((report, fingerprint))
        if len(self._waiting) >= TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Lay down what waits."""
        waiting, self._waiting = self._waiting, []
        contents = [blake2b(_encode(report[1:-1]), digest_size=16) for report, _ in waiting]
        again = self._told_again(
            [(report.number, content) for (report, _), content in zip(waiting, contents, strict=True)]
        )
        digests = [content.digest() for content in contents]
        times = dict(self._known("SELECT content, times FROM seen WHERE content IN", digests))
        rows = []
        for (report, fingerprint), content, digest, repeated in zip(waiting, contents, digests, again, strict=True):
            if repeated:
                continue
            times[digest] = times.get(digest, 0) + 1
            content.update(times[digest].to_bytes(8, "big"))
            rows.append(
                (content.digest(), report.place, report.received, report.reported, report.label, report.category,
                 report.channel, report.sender, report.origin, report.relay, report.recipient, report.text, fingerprint)
            )  # fmt: skip
        self.connection.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", times.items())
        self.connection.executemany(_ROW, rows)
        self.rows += len(rows)
        self.duplicates += len(waiting) - len(rows)

    def _told_again(self, reports: Sequence[tuple[str, blake2b]]) -> list[bool]:
        """Return which reports were told before under the number they have in the file."""
        if not any(number for number, _ in reports):
            return [False] * len(reports)
        marks = []
        for number, content in reports:
            mine = content.copy()
            mine.update(number.encode())
            marks.append(mine.digest() if number else b"")
        told = {mark for (mark,) in self._known("SELECT content FROM numbered WHERE content IN", marks)}
        new, again = [], []
        for mark in marks:
            again.append(bool(mark) and mark in told)
            if mark and mark not in told:
                told.add(mark)
                new.append((mark,))
        self.connection.executemany("INSERT INTO numbered VALUES (?)", new)
        return again

    def _known(self, sql: str, marks: Sequence[bytes]) -> Iterator[Any]:
        for start in range(0, len(marks), BATCH):
            some = marks[start : start + BATCH]
            yield from self.connection.execute(f"{sql} ({', '.join('?' * len(some))})", some)

    @contextmanager
    def laying(self) -> Iterator[None]:
        """Make what is laid down inside one transaction. Raises StoreError where the disk is full."""
        with self.named():
            self.connection.execute("BEGIN")
            yield
            self.flush()
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
