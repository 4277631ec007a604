"""The trace in the store: one SQLite file a day (UTC), ``state_dir/trace/YYYY-MM-DD.db``.

Rows have no index: each one costs a good part of the writing rate. What a search needs is made for some rows at a time
(:mod:`smppproxy.state.trace_lookup`), so that the day being written is searched as fast as any other; a day that is
over is *sealed*: its last rows get theirs. Days are dropped whole: deleting rows is dear. Beside its rows a day
remembers how far each spool file was read, in the same transaction: each row comes in exactly once, whenever the power
fails. :mod:`smppproxy.state.trace_partition` writes a day.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from smppproxy.state.errors import StoreError
from smppproxy.state.trace import FIELDS

FOLDER: Final = "trace"
BUSY_TIMEOUT: Final = 10.0  # s to wait for another writer; there should be none
COLUMNS: Final = ", ".join(f'"{name}"' for name in FIELDS)
_NAME: Final = re.compile(r"(\d{4}-\d{2}-\d{2})\.db").fullmatch


def day_of(at: float) -> str:
    """Return the day (UTC) an instant belongs to, such as ``2026-12-31``. Raises ValueError beyond the calendar."""
    try:
        return datetime.fromtimestamp(at, UTC).date().isoformat()
    except (OverflowError, OSError) as error:
        raise ValueError(f"{at!r} is no instant") from error


def days(state_dir: Path, folder: str = FOLDER) -> dict[str, Path]:
    """Return the files of all days there are, oldest first."""
    found = {}
    for path in sorted((state_dir / folder).glob("*.db")):
        match = _NAME(path.name)
        if match is not None:
            found[match[1]] = path
    return found


def drop_before(state_dir: Path, oldest: date, folder: str = FOLDER) -> list[str]:
    """Delete the days before one, each whole, and return them. Raises StoreError."""
    dropped = []
    for day, path in days(state_dir, folder).items():
        if day < oldest.isoformat():
            for suffix in ("-wal", "-shm", ""):
                try:
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
                except OSError as error:
                    raise StoreError(f"{path}: cannot be deleted: {error.strerror}") from error
            dropped.append(day)
    return dropped


def version_of(day: sqlite3.Connection) -> int:
    """Return the schema of a day's file: 0 while it is only being made, and there is nothing in it to read."""
    return int(day.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn the errors of SQLite and of files into StoreError, each naming the file."""
    try:
        yield
    except sqlite3.Error as error:
        damaged = getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
        advice = ": the day is damaged; move the file away, `sqlite3 FILE .recover` saves what is readable"
        raise StoreError(f"{path}: {error}{advice if damaged else ''}") from error
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error
