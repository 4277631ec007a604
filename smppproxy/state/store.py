"""The store: where the registry and the ledger are true.

Two engines behind one interface: SQLite in the state directory (the default, see ``sqlite_store``) and PostgreSQL
(``postgres``) for several machines. Callers write the SQL both take: ``?`` placeholders, the types INTEGER, REAL, TEXT
and BLOB, ``INSERT … ON CONFLICT … DO UPDATE``, no function that only one of them has.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

from smppproxy.state.errors import StoreError

DATABASE: Final = "smppproxy.db"
SCHEMES: Final = ("postgresql://", "postgres://")


class Cursor(Protocol):
    """What a transaction gives: the part of DB-API that both engines share."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Any:
        """Run one statement."""
        ...

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Any:
        """Run one statement for many rows."""
        ...

    def fetchone(self) -> Any:
        """Return the next row or None."""
        ...

    def fetchall(self) -> list[Any]:
        """Return all rows left."""
        ...


class Store(ABC):
    """One connection to the database. Not for use by two threads at once; any one thread at a time will do."""

    shared: ClassVar[bool] = False
    """Whether other machines may write to the same database."""

    name: str
    """What messages call it: the path of a file, or a URL without its password."""

    @staticmethod
    def open(where: Path | str, *, thorough: bool = True) -> Store:
        """Open the database of a state directory, or the one a ``postgresql://`` URL names, and bring its schema up to
        date; what is absent in the state directory is created.

        ``thorough`` reads the whole of an SQLite file for damage first (about 1 s for 300 MB).
        Raises StoreError (cannot be opened), CorruptStoreError (damaged), NewerSchemaError.
        """
        # Each engine's driver is loaded by those who use it.
        if is_url(where):
            from smppproxy.state.postgres import PostgresStore

            return PostgresStore.connect(str(where))
        if isinstance(where, str) and "://" in where:
            raise StoreError(f"database {where.split('://')[0]}://…: postgresql://… or nothing (SQLite) is expected")
        from smppproxy.state.sqlite_store import SqliteStore

        return SqliteStore.open_file(Path(where), thorough=thorough)

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Cursor]:
        """Everything inside happens or nothing does; when the block is left it is on the disk.

        One transaction runs at a time, whoever began it: others wait. Raises StoreError where it cannot be written
        (disk full, read-only, the server is away), CorruptStoreError.
        """

    @abstractmethod
    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Return the rows a statement finds. Raises StoreError."""

    @abstractmethod
    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield the rows a statement finds, without holding them all. Raises StoreError."""

    @abstractmethod
    def close(self) -> None:
        """Close the database. Calling it twice does no harm."""


def is_url(where: Path | str) -> bool:
    """Whether a database is named by a URL rather than by a state directory."""
    return isinstance(where, str) and where.startswith(SCHEMES)


def prepare(state_dir: Path) -> Path:
    """Make the state directory (mode 0700) where it is absent and return it. Raises StoreError."""
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"state_dir {state_dir}: cannot be created: {error.strerror}; name a directory this user may write"
        ) from error
    return state_dir


def migrations() -> list[str]:
    """Return the SQL of every schema version in order; the n-th takes the schema to version n + 1."""
    folder = resources.files("smppproxy.state.migrations")
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".sql")), key=lambda each: each.name)
    return [each.read_text(encoding="utf-8") for each in files]
