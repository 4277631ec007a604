"""The store in PostgreSQL: one database for the nodes of several machines.

Each node's control has a connection for its changes and, for long readings, a second one. Changes of all nodes stand in
line for one advisory lock, so that a transaction means what it means in SQLite: the only one at its time. A server that
went away is dialled again with a growing delay; until then everything asked of the store raises StoreError.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, count, islice
from typing import Any, ClassVar, Final

import psycopg
from psycopg.pq import TransactionStatus

from smppproxy.state import postgres_sql
from smppproxy.state.errors import StoreError
from smppproxy.state.postgres_link import Dialler, explained, shown
from smppproxy.state.postgres_schema import LOCK, bring_up_to_date
from smppproxy.state.store import Cursor, Store

ROWS_AT_ONCE: Final = 5000  # of a stream; some megabytes
COPY_FROM: Final = 100  # rows from which COPY is worth its round trips
UPSERTED: Final = 100  # rows of one INSERT … ON CONFLICT: a statement for each costs three times as much
LOCK_TIMEOUT: Final = 120  # s for other nodes to finish; a million rows are imported in less

_Connection = psycopg.Connection[tuple[Any, ...]]


class PostgresStore(Store):
    """A connection to a database several nodes may share."""

    shared: ClassVar[bool] = True

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Does not connect yet; ``clock`` paces the attempts to connect."""
        self.name = shown(url)
        self._main = Dialler(url, f"SET lock_timeout = '{LOCK_TIMEOUT}s'", clock)
        self._reader = Dialler(url, "SET default_transaction_isolation = 'repeatable read'", clock)
        self._streams = 0
        self._names = count()

    @classmethod
    def connect(cls, url: str) -> PostgresStore:
        """Connect and bring the schema up to date. Raises StoreError, NewerSchemaError."""
        store = cls(url)
        try:
            with store.transaction() as cursor:
                bring_up_to_date(cursor, store.name)
        except BaseException:
            store.close()
            raise
        return store

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Everything inside happens or nothing does; see :meth:`Store.transaction`."""
        with explained(self.name):
            connection = self._begun()
            try:
                with connection.cursor() as cursor:
                    yield _Cursor(cursor)
            except BaseException:
                _roll_back(connection)
                raise
            try:
                connection.execute("COMMIT")
            except psycopg.OperationalError as error:
                if not connection.broken:
                    raise
                raise StoreError(
                    f"{self.name}: the server went away while the change was made; whether it was, `show` tells"
                ) from error

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Return the rows a statement finds."""
        statement = postgres_sql.query(sql)
        with explained(self.name):
            return self._main.again(lambda connection: connection.execute(statement, parameters).fetchall())

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield the rows a statement finds, without holding them all: those that were there when it began."""
        with explained(self.name), self._reading() as connection, connection.cursor(self._cursor_name()) as cursor:
            cursor.itersize = ROWS_AT_ONCE
            cursor.execute(postgres_sql.query(sql), parameters)
            yield from cursor

    def close(self) -> None:
        """Close the connections. Calling it twice does no harm."""
        self._main.close()
        self._reader.close()

    def _begun(self) -> _Connection:
        """Return the connection with a transaction begun and the lock of all writers held."""

        def begin(connection: _Connection) -> _Connection:
            connection.execute("BEGIN")
            try:
                connection.execute(LOCK)
            except BaseException:
                _roll_back(connection)
                raise
            return connection

        return self._main.again(begin)

    @contextmanager
    def _reading(self) -> Iterator[_Connection]:
        """Give a connection in a transaction: our own where one is open, for it sees what it has written itself."""
        main = self._main.current
        if main is not None and main.info.transaction_status is TransactionStatus.INTRANS:
            yield main
            return
        if not self._streams:
            self._reader.again(lambda connection: connection.execute("BEGIN READ ONLY"))
        connection = self._reader.current
        if connection is None:
            raise StoreError(f"{self.name}: closed")
        self._streams += 1
        try:
            yield connection
        finally:
            self._streams -= 1
            if not self._streams:
                _roll_back(connection)

    def _cursor_name(self) -> str:
        return f"stream_{next(self._names)}"


class _Cursor:
    """A cursor that takes the SQL of the store."""

    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        self._cursor = cursor

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> _Cursor:
        self._cursor.execute(postgres_sql.query(sql), parameters)
        return self

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> _Cursor:
        rows = iter(parameters)
        first = list(islice(rows, COPY_FROM))
        many = len(first) == COPY_FROM
        if many and (upsert := postgres_sql.upsert_of(sql)) is not None:
            self._upsert(upsert, chain(first, rows), sql)
            return self
        copy = postgres_sql.copy_of(sql) if many else ""
        if not copy:
            self._cursor.executemany(postgres_sql.query(sql), chain(first, rows))
            return self
        with self._cursor.copy(copy) as target:
            for row in chain(first, rows):
                target.write_row(row)
        return self

    def _upsert(self, upsert: postgres_sql.Upsert, rows: Iterator[Sequence[Any]], sql: str) -> None:
        """Give many rows to one statement; rows of one key have to come one after the other."""
        whole = upsert.of(UPSERTED)
        while part := list(islice(rows, UPSERTED)):
            if len(part) == UPSERTED and len({tuple(row[at] for at in upsert.key) for row in part}) == UPSERTED:
                self._cursor.execute(whole, list(chain.from_iterable(part)))
            else:
                self._cursor.executemany(postgres_sql.query(sql), part)

    def fetchone(self) -> Any:
        return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount


def _roll_back(connection: _Connection) -> None:
    """End a transaction that must leave nothing; a connection that is lost has done so."""
    try:
        connection.rollback()
    except psycopg.Error:
        connection.close()
