"""The days of the trace in either engine: files of SQLite in the state directory, or tables of PostgreSQL."""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from smppproxy.state import trace_store
from smppproxy.state.errors import StoreError
from smppproxy.state.stats.counting import CountedRow
from smppproxy.state.store import is_url, prepare
from smppproxy.state.trace import TraceRow
from smppproxy.state.trace_store import BUSY_TIMEOUT, named, version_of

if TYPE_CHECKING:
    from smppproxy.state.trace_query import TraceQuestion

NODE: Final = "node.id"
SCANNED: Final = 10_000  # rows held at once while a whole day is read; some 3 MB


class Day(Protocol):
    """One day, for writing."""

    def position(self, file: str) -> int:
        """Return how far a spool file was read for this day, in octets."""

    def write(self, rows: Sequence[Sequence[Any]], file: str, position: int) -> None:
        """Take rows, and that the file was read up to ``position``: both or neither, on the disk."""

    @property
    def sealed(self) -> bool:
        """Whether every row can be found as quickly as in any other day."""

    def seal(self) -> None:
        """Do what a day needs when it is over."""

    def interrupt(self) -> None:
        """Break off what another thread does with this day; it raises StoreError there."""

    def close(self) -> None:
        """Close the day. Calling it twice does no harm."""


class TraceDays(Protocol):
    """All days. Every method raises StoreError where the store cannot be read or written."""

    def days(self) -> list[str]:
        """Return the days there are, such as ``2026-12-31``, oldest first."""

    def partition(self, day: str) -> Day:
        """Open a day for writing, creating it where it is absent."""

    def drop_before(self, oldest: date) -> list[str]:
        """Drop the days before one, each whole, and return them."""

    def read(self, day: str, question: TraceQuestion) -> tuple[dict[str, int], list[TraceRow]]:
        """Return how far this node's spool files were read, and the rows that fit, newest first, as of one moment."""

    def scan(self, day: str, since: float, until: float) -> Iterator[list[CountedRow]]:
        """Yield the rows of a day within a time (Unix seconds, ``until`` exclusive), some thousand at a time."""

    def close(self) -> None:
        """Close what is open. Calling it twice does no harm."""


class FileDays:
    """Days as files of SQLite."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir

    def days(self) -> list[str]:
        """Return the days there are, oldest first."""
        return list(trace_store.days(self._state_dir))

    def partition(self, day: str) -> Day:
        """Open a day for writing."""
        from smppproxy.state.trace_partition import Partition  # with numpy, which no search needs

        return Partition(self._state_dir, day)

    def drop_before(self, oldest: date) -> list[str]:
        """Delete the files of the days before one."""
        return trace_store.drop_before(self._state_dir, oldest)

    def read(self, day: str, question: TraceQuestion) -> tuple[dict[str, int], list[TraceRow]]:
        """Return positions and rows; see :meth:`TraceDays.read`."""
        from smppproxy.state.trace_query import stored

        path = self._state_dir / trace_store.FOLDER / f"{day}.db"
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with (
            named(path),
            closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)) as connection,
        ):
            connection.execute("BEGIN")
            if not version_of(connection):
                return {}, []
            positions: dict[str, int] = dict(connection.execute("SELECT file, position FROM moved"))
            return positions, stored(connection, question)

    def scan(self, day: str, since: float, until: float) -> Iterator[list[CountedRow]]:
        """Yield the rows of a day within a time; see :meth:`TraceDays.scan`."""
        path = self._state_dir / trace_store.FOLDER / f"{day}.db"
        uri = f"{path.absolute().as_uri()}?mode=ro"
        columns = ", ".join(f'"{name}"' for name in CountedRow._fields)
        with (
            named(path),
            closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)) as connection,
        ):
            found = connection.execute(f"SELECT {columns} FROM messages WHERE at >= ? AND at < ?", (since, until))
            while rows := found.fetchmany(SCANNED):
                yield [CountedRow(*row) for row in rows]

    def close(self) -> None:
        """Nothing is held."""


def open_trace(state_dir: Path, database: str = "") -> TraceDays:
    """Return the days of a store, as ``database`` in the configuration names it. Does not connect yet."""
    if not is_url(database):
        return FileDays(state_dir)
    from smppproxy.state.postgres_trace import PostgresTrace

    return PostgresTrace(database, node_of(state_dir))


def node_of(state_dir: Path) -> str:
    """Return the name of this node among those that share a store, making one at the first time. Raises StoreError."""
    path = prepare(state_dir) / NODE
    try:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            pass
        else:
            with open(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(8) + "\n")
                file.flush()
                os.fsync(descriptor)
        name = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error
    if not re.fullmatch(r"[0-9a-f]{16}", name):
        raise StoreError(f"{path}: 16 hexadecimal digits are expected; remove it when no row waits in spool/")
    return name
