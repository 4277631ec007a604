"""The store in SQLite: one file in the state directory, nothing to install."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from smppproxy.state.errors import CorruptStoreError, NewerSchemaError, StoreError
from smppproxy.state.store import DATABASE, Cursor, Store, migrations, prepare

APPLICATION_ID: Final = 0x534D5058  # "SMPX": tells our database from any other SQLite file
CACHE: Final = 64 << 10  # KiB; a large import that does not fit is written to the log over and over
BUSY_TIMEOUT: Final = 10.0  # s to wait for another writer; there should be none, see lock.py

_DAMAGE: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


class SqliteStore(Store):
    """One connection to the database of a state directory."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.name = str(path)
        self._connection = connection

    @classmethod
    def open_file(cls, state_dir: Path, *, thorough: bool = True) -> SqliteStore:
        """Open the database of a state directory; see :meth:`Store.open`."""
        path = prepare(state_dir) / DATABASE
        with _named(path):
            try:
                # Born private: SQLite gives the -wal and -shm files the mode of the database.
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            except OSError as error:
                raise StoreError(f"{path}: cannot be opened: {error.strerror}") from error
            connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
            try:
                _configure(path, connection, thorough)
            except BaseException:
                connection.close()
                raise
        return cls(path, connection)

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Everything inside happens or nothing does; when the block is left it is on the disk.

        Raises StoreError where it cannot be written (disk full, read-only), CorruptStoreError.
        """
        with _named(self.path):
            cursor = self._connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                # After some faults (disk full) SQLite has rolled back by itself.
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise
            finally:
                cursor.close()

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Return the rows a statement finds."""
        with _named(self.path):
            return self._connection.execute(sql, parameters).fetchall()

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield the rows a statement finds, without holding them all."""
        with _named(self.path):
            yield from self._connection.execute(sql, parameters)

    def close(self) -> None:
        """Close the database. Calling it twice does no harm."""
        self._connection.close()


def _configure(path: Path, connection: sqlite3.Connection, thorough: bool) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a change is acknowledged only once it survives a power cut
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{CACHE}")
    if thorough:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise _corrupt(path, verdict)
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if tables and application != APPLICATION_ID:
        raise StoreError(f"{path}: an SQLite file of another program; name another state_dir or move the file away")
    _migrate(path, connection)


def _migrate(path: Path, connection: sqlite3.Connection) -> None:
    steps = migrations()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(steps):
        raise NewerSchemaError(
            f"{path}: written by a newer smppproxy (schema {version}, this version knows {len(steps)}): "
            "run that version, or restore a backup made before the upgrade"
        )
    for number, sql in enumerate(steps[version:], start=version + 1):
        # executescript() knows no parameters; both numbers are ours.
        ours = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {number};"
        try:
            connection.executescript(f"BEGIN IMMEDIATE; {sql}; {ours} COMMIT;")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, each naming the file."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(_DAMAGE):
            raise _corrupt(path, str(error)) from error
        raise StoreError(f"{path}: {error}") from error


def _copy(source: Path, target: Path) -> None:
    """Copy a file whole or not at all: control and a command may meet the same damage, and either may be killed."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.copy2(source, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _corrupt(path: Path, what: str) -> CorruptStoreError:
    """Copy a damaged database aside, once per state of the file, and say what to do. The file itself stays."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(path.stat().st_mtime))
    kept = path.with_name(f"{path.name}.corrupt-{stamp}")
    try:
        for suffix in ("", "-wal"):
            source, target = path.with_name(path.name + suffix), kept.with_name(kept.name + suffix)
            if source.exists() and not target.exists():
                _copy(source, target)
        copied = f"a copy was kept as {kept.name}"
    except OSError as error:
        copied = f"no copy could be kept ({error.strerror})"
    return CorruptStoreError(
        f"{path}: the database is damaged ({what}); {copied}. Nothing was changed: restore a backup to this name, "
        "or recover what is readable with `sqlite3 FILE .recover`"
    )
