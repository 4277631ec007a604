"""Texts at rest: sealed, one SQLite file a day (UTC), ``state_dir/texts/YYYY-MM-DD.db``, dropped whole.

There are texts of messages that were refused, by trace id, and texts that somebody reported, by fingerprint. Nothing
of a text can be read without ``texts.key``; beside it stand only its fingerprint and its signature, which tell whether
another text is the same or nearly so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

from smppproxy.state.errors import NewerSchemaError
from smppproxy.state.sealed import NAME_SIZE, Sealer, SealError
from smppproxy.state.store import prepare
from smppproxy.state.trace_store import day_of, days, drop_before, named, version_of

FOLDER: Final = "texts"
SCHEMA: Final = 1
BUSY_TIMEOUT: Final = 10.0  # s; an import and the workers' texts may come at once

_CREATE: Final = (
    "CREATE TABLE texts (id INTEGER PRIMARY KEY, at REAL, trace_id TEXT, text BLOB, sealed BLOB)",
    "CREATE UNIQUE INDEX texts_by_trace_id ON texts (trace_id) WHERE trace_id <> ''",
    "CREATE UNIQUE INDEX texts_reported ON texts (text) WHERE trace_id = ''",
    "CREATE INDEX texts_by_text ON texts (text)",
    "CREATE TABLE kinds (text BLOB PRIMARY KEY, signature BLOB NOT NULL) WITHOUT ROWID",
    f"PRAGMA user_version = {SCHEMA}",
)
_INSERT: Final = "INSERT INTO texts (at, trace_id, text, sealed) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_KIND: Final = "INSERT INTO kinds VALUES (?, ?) ON CONFLICT DO NOTHING"


class KeptText(NamedTuple):
    """A text to keep. ``trace_id`` is "" for one that was reported; ``signature`` may be b""."""

    at: float  # Unix seconds
    trace_id: str
    fingerprint: bytes
    signature: bytes
    text: str


class SealedText(NamedTuple):
    """A text of a message as a worker left it: sealed already."""

    at: float
    trace_id: str
    text: bytes  # fingerprint
    sealed: bytes

    def open(self, sealer: Sealer) -> str:
        """Return the text itself. Raises SealError."""
        return sealer.open(self.sealed, _context(self.trace_id, self.text)).decode()


class TextStore:
    """The texts of a state directory. Opens what it needs for each call: nothing here is on the data path."""

    def __init__(self, state_dir: Path, sealer: Sealer | None = None) -> None:
        """``sealer`` is read from the state directory where none is given. Raises StoreError."""
        self._state_dir = state_dir
        self._sealer = sealer or Sealer.load(state_dir)

    def keep(self, texts: Iterable[KeptText]) -> int:
        """Keep texts, durably, and return how many came. A text reported twice on a day is kept once.

        Raises StoreError; what is beyond the calendar is left out.
        """
        parts: dict[str, list[KeptText]] = {}
        for each in texts:
            try:
                parts.setdefault(day_of(each.at), []).append(each)
            except ValueError:
                continue
        for day, members in parts.items():
            with self._writing(day) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(
                    _INSERT, ((each.at, each.trace_id, each.fingerprint, self._sealed(each)) for each in members)
                )
                connection.executemany(
                    _KIND, {(each.fingerprint, each.signature) for each in members if each.signature}
                )
                connection.execute("COMMIT")
        return sum(map(len, parts.values()))

    def take(self, texts: Iterable[SealedText], signatures: Mapping[bytes, bytes]) -> None:
        """Keep texts that are sealed already; one of a trace id that is there is left out. Raises StoreError."""
        parts: dict[str, list[SealedText]] = {}
        for each in texts:
            try:
                parts.setdefault(day_of(each.at), []).append(each)
            except ValueError:
                continue
        for day, members in parts.items():
            with self._writing(day) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(_INSERT, members)
                kinds = {(each.text, signatures.get(each.text, b"")) for each in members}
                connection.executemany(_KIND, (kind for kind in kinds if kind[1]))
                connection.execute("COMMIT")

    def of_trace(self, trace_id: str) -> str | None:
        """Return the text of a message that was refused, None where none is kept. Raises StoreError, SealError."""
        return self._first("trace_id = ? AND trace_id <> ''", trace_id)

    def reported(self, fingerprint: bytes) -> str | None:
        """Return a text that was reported, None where none is kept (any longer). Raises StoreError, SealError."""
        return self._first("text = ? AND trace_id = ''", fingerprint)

    def alike(self, fingerprint: bytes) -> str | None:
        """Return any text of a fingerprint, None where none is kept."""
        return self._first("text = ?", fingerprint)

    def signatures(self, since: float, until: float) -> Iterator[tuple[bytes, bytes]]:
        """Yield (fingerprint, signature) of the texts kept on the days of a span."""
        begin, end = day_of(max(0.0, since)), day_of(until)
        for day, path in self._days().items():
            if begin <= day <= end:
                yield from _rows(path, "SELECT text, signature FROM kinds")

    def drop_before(self, oldest: date) -> list[str]:
        """Delete the days before one, each whole, and return them. Raises StoreError."""
        return drop_before(self._state_dir, oldest, FOLDER)

    def days(self) -> list[str]:
        """Return the days there are, oldest first."""
        return list(self._days())

    def sealed_under(self, names: Sequence[bytes]) -> int:
        """Return how many texts are sealed with some keys, by the names of these. Raises StoreError."""
        sql = f"SELECT count(*) FROM texts WHERE substr(sealed, 2, {NAME_SIZE}) IN ({', '.join('?' * len(names))})"
        found = 0
        for path in self._days().values():
            found += sum(number for (number,) in _rows(path, sql, *names))
        return found

    def reseal(self, day: str, after: int, limit: int) -> tuple[int, int, int | None]:
        """Seal the next texts of a day with the newest key, durably: (sealed, unreadable, last seen; None: the end).

        Raises StoreError.
        """
        sql = "SELECT id, trace_id, text, sealed FROM texts WHERE id > ? ORDER BY id LIMIT ?"
        with self._writing(day) as connection:
            connection.execute("BEGIN IMMEDIATE")
            rows = connection.execute(sql, (after, limit)).fetchall()
            changed, unreadable = [], 0
            for number, trace_id, text, sealed in rows:
                if self._sealer.fresh(sealed) or not self._sealer.opens(sealed):
                    continue
                context = _context(trace_id, text)
                try:
                    changed.append((self._sealer.seal(self._sealer.open(sealed, context), context), number))
                except SealError:
                    unreadable += 1
            connection.executemany("UPDATE texts SET sealed = ? WHERE id = ?", changed)
            connection.execute("COMMIT")
        return len(changed), unreadable, rows[-1][0] if len(rows) == limit else None

    def _first(self, condition: str, value: str | bytes) -> str | None:
        sql = f"SELECT trace_id, text, sealed FROM texts WHERE {condition} ORDER BY id LIMIT 1"
        for path in reversed(self._days().values()):
            for row in list(_rows(path, sql, value)):
                return self._sealer.open(row[2], _context(row[0], row[1])).decode()
        return None

    def _sealed(self, each: KeptText) -> bytes:
        return sealed_text(self._sealer, each.text, each.trace_id, each.fingerprint)

    def _days(self) -> dict[str, Path]:
        return days(self._state_dir, FOLDER)

    @contextmanager
    def _writing(self, day: str) -> Iterator[sqlite3.Connection]:
        path = prepare(self._state_dir / FOLDER) / f"{day}.db"
        with named(path):
            path.touch(mode=0o600)
            with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost texts of the last moments
                if not version_of(connection):
                    connection.execute("BEGIN IMMEDIATE")
                    if not version_of(connection):  # nobody else was quicker
                        for statement in _CREATE:
                            connection.execute(statement)
                    connection.execute("COMMIT")
                if version_of(connection) > SCHEMA:
                    raise NewerSchemaError(f"{path}: written by a newer smppproxy; run that version")
                try:
                    yield connection
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")


def sealed_text(sealer: Sealer, text: str, trace_id: str, fingerprint: bytes) -> bytes:
    """Return a text as it may be stored; it opens only beside the trace id or fingerprint it belongs to."""
    return sealer.seal(text.encode("utf-8", "replace"), _context(trace_id, fingerprint))


def _context(trace_id: str, fingerprint: bytes) -> bytes:
    return b"message " + trace_id.encode() if trace_id else b"report " + fingerprint


def _rows(path: Path, sql: str, *values: str | bytes) -> Iterator[tuple[Any, ...]]:
    """Yield what a query finds in a day; nothing in one that is only being made."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with named(path), closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)) as day:
        if version_of(day):
            yield from day.execute(sql, values)
