"""The trace in PostgreSQL: a table for each day (UTC), written by COPY, dropped whole.

The policy is that of the files (``trace_store``): a day being written has one index, on the recipient and random within
a block of rows only; the others are built when it is sealed. How far each spool file of each node was read stands in
the same transaction as its rows, so that each comes in exactly once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql

from smppproxy.state.errors import StoreError
from smppproxy.state.postgres_link import Dialler, explained, shown
from smppproxy.state.stats.counting import CountedRow
from smppproxy.state.trace import FIELDS, TraceRow

if TYPE_CHECKING:
    from smppproxy.state.trace_query import TraceQuestion

SCANNED: Final = 10_000  # rows held at once while a whole day is read; some 3 MB
BLOCK: Final = 18  # bits: 262,144 rows, whose part of the recipients' index stays in the server's memory
SEALED_INDEXES: Final = {
    "trace_id": "(trace_id)",
    "message_id": "(message_id) WHERE message_id <> ''",
    "code": "(code)",
    "sender": "(sender)",
    "text": "(text) WHERE text <> ''",
    "reason": "(reason) WHERE reason <> ''",
}

_TYPES: Final = {
    "at": "DOUBLE PRECISION", "recipient": "BYTEA", "text": "BYTEA", "operation": "BIGINT", "status": "BIGINT",
    "score": "DOUBLE PRECISION", "duration": "DOUBLE PRECISION",
}  # fmt: skip
_COPIED: Final = [
    {"DOUBLE PRECISION": "float8", "BYTEA": "bytea", "BIGINT": "int8", "": "text"}[_TYPES.get(name, "")]
    for name in FIELDS
]
_NAME: Final = re.compile(r"trace_(\d{4})_(\d{2})_(\d{2})").fullmatch
_COLUMNS: Final = sql.SQL(", ").join(map(sql.Identifier, FIELDS))
_LOCK: Final = "SELECT pg_advisory_xact_lock(1397575769, hashtext(current_schema()))"  # who changes tables of days
_MADE: Final = (
    "CREATE TABLE IF NOT EXISTS trace_moved (day TEXT NOT NULL, file TEXT NOT NULL, position BIGINT NOT NULL, "
    "PRIMARY KEY (day, file))",
    "CREATE TABLE IF NOT EXISTS trace_sealed (day TEXT PRIMARY KEY)",
)
_MOVED: Final = (
    "INSERT INTO trace_moved (day, file, position) VALUES (%s, %s, %s) "
    "ON CONFLICT (day, file) DO UPDATE SET position = excluded.position"
)

_Connection = psycopg.Connection[tuple[Any, ...]]


class PostgresTrace:
    """The days of the trace, for one writer or reader. ``node`` tells its spool files from those of other nodes."""

    def __init__(self, url: str, node: str) -> None:
        self.name = shown(url)
        self.node = node
        self._link = Dialler(url, "SELECT 1")

    def days(self) -> list[str]:
        """Return the days there are, oldest first. Raises StoreError."""
        found = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"
        with explained(self.name):
            names = self._link.again(lambda connection: connection.execute(found).fetchall())
        return sorted("-".join(match.groups()) for (name,) in names if (match := _NAME(name)))

    def partition(self, day: str) -> PostgresPartition:
        """Open a day for writing, creating it where it is absent. Raises StoreError."""
        partition = PostgresPartition(self, day)
        with explained(self.name), self._changing() as connection:
            for each in _MADE:
                connection.execute(each)
            for made in partition.creation():
                connection.execute(made)
        return partition

    def drop_before(self, oldest: date) -> list[str]:
        """Drop the days before one, each whole, and return them. Raises StoreError."""
        dropped = [day for day in self.days() if day < oldest.isoformat()]
        for day in dropped:
            with explained(self.name), self._changing() as connection:
                connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(_table(day)))
                for table in ("trace_moved", "trace_sealed"):
                    connection.execute(sql.SQL("DELETE FROM {} WHERE day = %s").format(sql.Identifier(table)), (day,))
        return dropped

    def read(self, day: str, question: TraceQuestion) -> tuple[dict[str, int], list[TraceRow]]:
        """Return how far the spool files of this node were read, and the rows that fit, newest first, as of one moment.

        Raises StoreError.
        """
        statement, values = _search(day, question)
        files = "SELECT file, position FROM trace_moved WHERE day = %s"
        with explained(self.name), self._reading() as connection:
            moved = connection.execute(files, (day,)).fetchall()
            sequence = sql.SQL("SELECT last_value FROM {}").format(sql.Identifier(f"{_name(day)}_id_seq"))
            last = connection.execute(sequence).fetchone()
            values["blocks"] = list(range(((last[0] if last else 0) >> BLOCK) + 1))
            rows = connection.execute(statement, values).fetchall()
        mine = f"{self.node}/"
        positions = {file.removeprefix(mine): position for file, position in moved if file.startswith(mine)}
        return positions, [TraceRow(*row) for row in rows]

    def scan(self, day: str, since: float, until: float) -> Iterator[list[CountedRow]]:
        """Yield the rows of a day within a time (Unix seconds), of all nodes, as of one moment. Raises StoreError."""
        columns = sql.SQL(", ").join(map(sql.Identifier, CountedRow._fields))
        statement = sql.SQL("SELECT {} FROM {} WHERE at >= %s AND at < %s").format(columns, _table(day))
        with explained(self.name), self._reading() as connection, connection.cursor("scan") as cursor:
            cursor.execute(statement, (since, until))
            while rows := cursor.fetchmany(SCANNED):
                yield [CountedRow(*row) for row in rows]

    def interrupt(self) -> None:
        """Break off what another thread does; it raises StoreError there."""
        if self._link.current is not None:
            self._link.current.cancel()

    def close(self) -> None:
        """Close the connection. Calling it twice does no harm."""
        self._link.close()

    @contextmanager
    def _changing(self) -> Iterator[_Connection]:
        connection = self._link.again(_asked)
        with connection.transaction():
            connection.execute(_LOCK)
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[_Connection]:
        connection = self._link.again(_asked)
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[_Connection]:
        """Give a connection in a transaction. Raises psycopg.Error, StoreError."""
        connection = self._link.again(_asked)
        with connection.transaction():
            yield connection


class PostgresPartition:
    """One day, for writing. Other nodes write to it too."""

    def __init__(self, trace: PostgresTrace, day: str) -> None:
        self.day = day
        self._trace = trace
        self._copy = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(_table(day), _COLUMNS)

    def creation(self) -> list[sql.Composed]:
        """Return what makes the day, and what adds fields that a later version knows."""
        kinds = [
            sql.SQL("{} {} NOT NULL DEFAULT {}").format(
                sql.Identifier(name),
                sql.SQL(_TYPES.get(name, 'TEXT COLLATE "C"')),
                sql.Literal("" if _TYPES.get(name, "BYTEA") == "BYTEA" else 0),
            )
            for name in FIELDS
        ]
        table = _table(self.day)
        index = sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} ((id >> {}), recipient)")
        return [
            # No key on the id: it would be one more index, and rows are found by what they hold.
            sql.SQL("CREATE TABLE IF NOT EXISTS {} (id BIGINT GENERATED ALWAYS AS IDENTITY, {})").format(
                table, sql.SQL(", ").join(kinds)
            ),
            index.format(sql.Identifier(f"{_name(self.day)}_by_recipient"), table, sql.Literal(BLOCK)),
            *(sql.SQL("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {}").format(table, kind) for kind in kinds),
        ]

    def position(self, file: str) -> int:
        """Return how far a spool file of this node was read for this day, in octets. Raises StoreError."""
        asked = "SELECT position FROM trace_moved WHERE day = %s AND file = %s"
        with explained(self._trace.name), self._trace.writing() as connection:
            row = connection.execute(asked, (self.day, self._key(file))).fetchone()
        return row[0] if row else 0

    def write(self, rows: Sequence[Sequence[Any]], file: str, position: int) -> None:
        """Take rows, and that the file was read up to ``position``: both or neither, on the disk. Raises StoreError."""
        with explained(self._trace.name):
            try:
                self._write(rows, file, position)
            except (psycopg.DataError, UnicodeEncodeError):
                # What a peer sends may hold NUL or half a character, which SQLite takes and this does not.
                self._write([_clean(row) for row in rows], file, position)

    @property
    def sealed(self) -> bool:
        """Whether all indexes are there."""
        asked = "SELECT count(*) FROM trace_sealed WHERE day = %s"
        with explained(self._trace.name), self._trace.writing() as connection:
            row = connection.execute(asked, (self.day,)).fetchone()
        return bool(row and row[0])

    def seal(self) -> None:
        """Build the indexes a day gets when it is over. Rows may still come late. Raises StoreError."""
        with explained(self._trace.name), self._trace._changing() as connection:
            for name, what in SEALED_INDEXES.items():
                index = sql.Identifier(f"{_name(self.day)}_by_{name}")
                connection.execute(
                    sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} {}").format(index, _table(self.day), sql.SQL(what))
                )
            connection.execute("INSERT INTO trace_sealed (day) VALUES (%s) ON CONFLICT DO NOTHING", (self.day,))

    def interrupt(self) -> None:
        """Break off what another thread does with this day; it raises StoreError there."""
        self._trace.interrupt()

    def close(self) -> None:
        """Nothing is held: the connection is that of all days."""

    def _key(self, file: str) -> str:
        return f"{self._trace.node}/{file}"

    def _write(self, rows: Sequence[Sequence[Any]], file: str, position: int) -> None:
        with self._trace.writing() as connection, connection.cursor() as cursor:
            with cursor.copy(self._copy) as target:
                target.set_types(_COPIED)
                put = target.write_row
                for row in rows:
                    put(row)
            cursor.execute(_MOVED, (self.day, self._key(file), position))


def _asked(connection: _Connection) -> _Connection:
    """Find out whether the connection still stands, before anything depends on it."""
    connection.execute("SELECT 1")
    return connection


def _search(day: str, question: TraceQuestion) -> tuple[sql.Composed, dict[str, Any]]:
    clauses: list[sql.Composable] = [sql.SQL("at >= %(since)s AND at < %(until)s")]
    values: dict[str, Any] = {"since": question.since, "until": question.until, "limit": question.limit}
    for name, wanted in question.conditions().items():
        values[name] = list(wanted)
        if name == "observed":
            clauses.append(sql.SQL("string_to_array(observed, ',') && %(observed)s::text[]"))
            continue
        kind = sql.SQL("bytea[]" if _TYPES.get(name) == "BYTEA" else "text[]")
        clauses.append(sql.SQL("{} = ANY (%({})s::{})").format(sql.Identifier(name), sql.SQL(name), kind))
        if "<> ''" in SEALED_INDEXES.get(name, ""):
            clauses.append(sql.SQL("{} <> ''").format(sql.Identifier(name)))  # what the index says of itself
        if name == "recipient":
            clauses.append(sql.SQL("(id >> {}) = ANY (%(blocks)s::bigint[])").format(sql.Literal(BLOCK)))
    statement = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY id DESC LIMIT %(limit)s").format(
        _COLUMNS, _table(day), sql.SQL(" AND ").join(clauses)
    )
    return statement, values


def _clean(row: Sequence[Any]) -> list[Any]:
    return [
        each.replace("\0", "\ufffd").encode("utf-8", "replace").decode() if isinstance(each, str) else each
        for each in row
    ]


def _name(day: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        raise StoreError(f"{day!r} is no day")
    return f"trace_{day.replace('-', '_')}"


def _table(day: str) -> sql.Identifier:
    return sql.Identifier(_name(day))
