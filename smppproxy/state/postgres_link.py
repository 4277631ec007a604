"""The way to a PostgreSQL server: dialled, lost, dialled again with a growing delay, and its errors for people."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import psycopg
from psycopg import errors
from psycopg.adapt import Buffer, Dumper, Loader
from psycopg.conninfo import conninfo_to_dict

from smppproxy.state.errors import CorruptStoreError, StoreError

CONNECT_TIMEOUT: Final = 5  # s for one address of the server
FIRST_DELAY: Final = 0.5  # s between two attempts to connect
LONGEST_DELAY: Final = 10.0  # s; a server that comes back is noticed within that
SILENCE: Final = 30  # s without a sign of life after which a connection is probed, then lost after 3 probes of 10 s
UNACKNOWLEDGED: Final = 30_000  # ms sent octets may stay unacknowledged before the connection counts as lost

R = TypeVar("R")
_Connection = psycopg.Connection[tuple[Any, ...]]

_DEFAULTS: Final = {
    "application_name": "smppproxy",
    "connect_timeout": CONNECT_TIMEOUT,
    "keepalives_idle": SILENCE,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": UNACKNOWLEDGED,
}


class Dialler:
    """One connection, opened when first needed and again when it was lost. In autocommit: who wants more says BEGIN."""

    def __init__(self, url: str, first: str, clock: Callable[[], float] = time.monotonic) -> None:
        """``first`` is said on each new connection."""
        self.current: _Connection | None = None
        self._url = url
        self._first = first
        self._clock = clock
        self._delay = 0.0
        self._not_before = 0.0

    def connection(self) -> _Connection:
        """Return the connection. Raises StoreError while the server is away, psycopg.Error."""
        if self.current is not None and not self.current.closed:
            return self.current
        now = self._clock()
        if now < self._not_before:
            raise StoreError(
                f"{shown(self._url)}: the server is away; the next attempt is in {self._not_before - now:.1f} s"
            )
        try:
            self.current = self._dialled()
        except psycopg.OperationalError:
            self._delay = min(self._delay * 2, LONGEST_DELAY) or FIRST_DELAY
            self._not_before = self._clock() + self._delay
            raise
        self._delay = 0.0
        return self.current

    def again(self, work: Callable[[_Connection], R]) -> R:
        """Do work that may be done twice; a connection that turns out to be lost is dialled once more for it."""
        connection = self.connection()
        try:
            return work(connection)
        except psycopg.OperationalError:
            if not connection.broken:
                raise
        return work(self.connection())

    def close(self) -> None:
        """Close the connection. Calling it twice does no harm."""
        if self.current is not None:
            self.current.close()

    def _dialled(self) -> _Connection:
        given: dict[str, Any] = {**_DEFAULTS, **_parts(self._url)}
        connection = psycopg.connect(**given, autocommit=True)
        try:
            connection.adapters.register_dumper(bool, _Flag)
            connection.adapters.register_loader("numeric", _Number)
            connection.execute(self._first)
        except BaseException:
            connection.close()
            raise
        return connection


def shown(url: str) -> str:
    """Return how messages name a database: without its password."""
    try:
        parts = _parts(url)
    except StoreError:
        return "postgresql://…"
    user = f"{parts['user']}@" if "user" in parts else ""
    port = f":{parts['port']}" if "port" in parts else ""
    return f"postgresql://{user}{parts.get('host', '')}{port}/{parts.get('dbname', '')}"


def check_url(url: str) -> str:
    """Return what is wrong with a URL, "" where it can be read; it is not dialled."""
    try:
        _parts(url)
    except StoreError as error:
        return str(error)
    return ""


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn the server's errors into ours, each naming the database and saying what to do."""
    try:
        yield
    except psycopg.Error as error:
        said = error.diag.message_primary or " ".join(str(error).split()) or type(error).__name__
        kind = CorruptStoreError if isinstance(error, errors.DataCorrupted | errors.IndexCorrupted) else StoreError
        advice = next((text for classes, text in _ADVICE if isinstance(error, classes)), "")
        if not advice and isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
            # While a connection is made, what the server says stands in the text alone.
            _, refused, why = said.partition("FATAL:")
            said = f"the server refuses: {why.strip()}" if refused else said.partition(" Is the server running")[0]
            advice = (
                _REFUSED if refused else "; nothing was changed. Is the server running and in reach of this machine?"
            )
        raise kind(f"{name}: {said}{advice}") from error


_REFUSED: Final = "; check user, password and name of the database (CREATE DATABASE … ENCODING 'UTF8')"
_ADVICE: Final[tuple[tuple[type[psycopg.Error], str], ...]] = (
    (errors.LockNotAvailable, ": another node is changing the store for long; try again when it is done"),
    (errors.InsufficientPrivilege, ": let this user own the database, or GRANT ALL ON SCHEMA public to it"),
    (errors.ReadOnlySqlTransaction, ": this server is a standby; name the primary in `database`"),
    (errors.DiskFull, ": the server's disk is full; nothing was changed"),
    (errors.DataCorrupted, ": the database is damaged; restore a backup, nothing was changed"),
    (errors.IndexCorrupted, ": an index is damaged; REINDEX DATABASE, or restore a backup"),
)


def _parts(url: str) -> dict[str, Any]:
    try:
        return conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise StoreError(f"database: not a URL of PostgreSQL: {str(error).strip()}") from error


class _Flag(Dumper):
    """A bool as the 0 or 1 that columns of INTEGER hold."""

    oid = psycopg.adapters.types["int8"].oid

    def dump(self, obj: bool) -> Buffer:
        return b"1" if obj else b"0"


class _Number(Loader):
    """Sums and averages as SQLite gives them: int and float."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data)
        return float(text) if b"." in text or b"N" in text else int(text)
