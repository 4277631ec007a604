"""LMDB environments as this project uses them: one file, opened with care, grown when full.

LMDB trusts its file: one that was cut short ends the process with SIGBUS at the first touch of a missing page. So the
size is compared with what the file itself claims before anything else is read.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import lmdb

from smppproxy.state.errors import BooksError

MAP_START: Final = 1 << 28  # octets of address space (not of disk or memory) an environment may fill before it is grown
READERS: Final = 1022  # processes and snapshots that may read at once; one worker needs 2
DATABASES: Final = 32  # named databases; codes, senders, lists … of now and later


def open_environment(path: Path, *, writable: bool, durable: bool = True) -> lmdb.Environment:
    """Open an environment. ``durable`` False leaves the disk to the system: kill-safe, not safe against a power cut.

    Raises BooksError where it is absent (and not ``writable``), damaged, or open already in this process.
    """
    try:
        environment = lmdb.open(
            os.fsencode(path), subdir=False, readonly=not writable, create=writable, mode=0o600,
            map_size=MAP_START, max_dbs=DATABASES, max_readers=READERS,
            sync=durable, metasync=durable, readahead=False,
        )  # fmt: skip
    except lmdb.Error as error:
        raise BooksError(f"{path}: {_plain(error)}") from error
    try:
        needed = (environment.info()["last_pgno"] + 1) * environment.stat()["psize"]
        there = path.stat().st_size
    except (lmdb.Error, OSError) as error:
        environment.close()
        raise BooksError(f"{path}: {error}") from error
    if there < needed:
        environment.close()
        raise BooksError(f"{path}: cut short: {needed} octets are expected, {there} are there")
    return environment


def grow(environment: lmdb.Environment, limit: int) -> bool:
    """Double the room of an environment that is full. Returns False when it stands at its limit (octets) already.

    The caller holds no transaction of it.
    """
    size: int = environment.info()["map_size"]
    if size >= limit:
        return False
    environment.set_mapsize(min(size * 2, limit))
    return True


def adopt_growth(environment: lmdb.Environment) -> None:
    """Take over the size another process grew it to, after MapResizedError. The caller holds no transaction of it."""
    environment.set_mapsize(0)


def remove(path: Path) -> None:
    """Delete an environment's files. Processes that have it open keep their own until they close it."""
    for each in (path, lock_of(path)):
        each.unlink(missing_ok=True)


def lock_of(path: Path) -> Path:
    """Return the lock file LMDB keeps beside an environment."""
    return path.with_name(path.name + "-lock")


def _plain(error: lmdb.Error) -> str:
    # py-lmdb starts its messages with the path, which ours names anyway.
    return str(error).split(": ", 1)[-1]
