"""The spool: where a worker leaves its trace rows, at the price of one system call for many.

A file is a row of frames, each ``length`` and ``CRC-32`` (4 octets each, little-endian) before that many octets of
msgpack: first a :class:`Header`, then lists of rows. Files are named ``<worker>-<opened ms>-<number>.open`` while they
are written and ``….spool`` when they are done; who moves rows into the store may read both and deletes the latter.

What was written survives the death of the process (SIGKILL), not that of the machine: there is no fsync on the event
loop. Rows wait at most FLUSH_INTERVAL, so that is what a SIGKILL can cost.
"""

from __future__ import annotations

import fcntl
import os
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, get_type_hints

import msgspec

from smppproxy.state.pseudonyms import Pseudonymiser as Pseudonymiser
from smppproxy.state.trace import FIELDS
from smppproxy.state.trace import TraceRow as TraceRow

FLUSH_INTERVAL: Final = 0.1  # s a row waits at most for more to be written with it
BATCH: Final = 512  # rows that are written without waiting longer; some 70 KB, 0.2 ms
FILE_LIMIT: Final = 64 << 20  # octets of a file; a reader moves one at a time into the store
FILE_AGE: Final = 300.0  # s; even slow traffic reaches the store in files that are done
TOTAL_LIMIT: Final = 4 << 30  # octets of one worker's files; some 30 million rows
PENDING_LIMIT: Final = 100_000  # rows kept in memory while the disk refuses; some 15 MB
RETRY_INTERVAL: Final = 1.0  # s between attempts while the disk refuses
FORMAT: Final = 1

_FRAME: Final = struct.Struct("<II")
_ARRAY: Final = struct.Struct(">BI")  # the head of msgpack's array 32
_octets_of: Final = itemgetter(0)
_OPEN, _DONE = ".open", ".spool"
_encode: Final = msgspec.msgpack.Encoder().encode

Row = tuple[Any, ...]


class Header(msgspec.Struct, frozen=True):
    """The first frame of a file."""

    format: int
    worker: int
    opened: float
    fields: tuple[str, ...]


class Spool:
    """One worker's spool. Nothing here raises on the data path: faults are counted and told by ``fault``."""

    def __init__(
        self,
        directory: Path,
        worker: int,
        now: float,
        *,
        limit_bytes: int = TOTAL_LIMIT,
        file_limit: int = FILE_LIMIT,
        file_age: float = FILE_AGE,
        fields: tuple[str, ...] = FIELDS,
    ) -> None:
        """Begin a spool; ``now`` is Unix seconds, here and everywhere. ``fields`` names what each row holds.

        Raises OSError: no such directory can be.
        """
        self.fault = ""  # why the last write failed, "" while all is well
        self.faults = 0  # writes that failed
        self.rows_written = 0
        self.rows_lost = 0  # dropped because the disk refused for too long, or because they could not be encoded
        self.files_lost = 0  # deleted unread because the spool was over its limit
        self.bytes_lost = 0
        self._directory = directory
        self._worker = worker
        self._fields = fields
        self._total_limit, self._file_limit, self._file_age = limit_bytes, file_limit, file_age
        self._pending: deque[tuple[bytes, int]] = deque()  # encoded rows, and how many they are
        self._held = 0  # rows of all of them
        self._flushed = now
        self._now = now
        self._descriptor = -1
        self._number = 0
        self.durable = False  # somebody calls :meth:`commit`
        self._written = False  # since the last commit
        self._unsynced: list[int] = []  # files finished since then, and the folder
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._adopt_leftovers()

    def write(self, rows: Sequence[Row]) -> None:
        """Take rows; the next :meth:`flush` writes them when there are many, or when it is time."""
        octets, taken = self._encoded(rows)
        self.write_encoded(octets, taken)

    def write_encoded(self, octets: bytes, rows: int) -> None:
        """Take rows that are MessagePack already, one array after the other."""
        if rows:
            self._pending.append((octets, rows))
            self._held += rows

    def flush(self, now: float) -> None:
        """Write what waits, where it is much or has waited FLUSH_INTERVAL.

        Call it once per loop tick and ten times a second.
        """
        self._now = now
        waited = now - self._flushed
        if waited < 0 or waited >= (RETRY_INTERVAL if self.fault else FLUSH_INTERVAL):
            self._flushed = now
            if self._pending:
                self._write_out()
            elif self._descriptor >= 0 and now - self._opened >= self._file_age:
                self._seal()
        elif self._held >= BATCH and not self.fault:
            self._write_out()

    def cut(self, now: float) -> None:
        """Write what waits and finish the file: who moves rows into the store need not wait for its age."""
        self._now = now
        if self._pending:
            self._write_out()
        self._seal()

    def commit(self, now: float) -> list[int] | None:
        """Write what waits at once. Returns descriptors for the caller to sync and to close: then it is durable.

        None: the disk refuses, and rows still wait. Needs ``durable``, without which nobody keeps count of what is
        not synced.
        """
        self._now = self._flushed = now
        if self._pending:
            self._write_out()
        if self._pending:
            return None
        descriptors, self._unsynced = self._unsynced, []
        if self._descriptor >= 0 and self._written:
            descriptors.append(os.dup(self._descriptor))
            self._written = False
        return descriptors

    @property
    def pending(self) -> int:
        """Rows not yet written."""
        return self._held

    def close(self, now: float) -> None:
        """Write what waits and finish the file. Calling it twice does no harm."""
        self.cut(now)
        while self._unsynced:
            os.close(self._unsynced.pop())  # synced by the system in its own time: nobody waits for these any more

    def _write_out(self) -> None:
        """Write all that waits as one frame; on a fault keep it, within PENDING_LIMIT."""
        payload = b"".join((_ARRAY.pack(0xDD, self._held), *map(_octets_of, self._pending)))
        try:
            if self._descriptor < 0:
                self._open()
            self._append(payload)
        except OSError as error:
            self.faults += 1
            self.fault = error.strerror or str(error)
            while self._held - self._pending[0][1] >= PENDING_LIMIT:
                _, rows = self._pending.popleft()
                self._held -= rows
                self.rows_lost += rows
            return
        self.fault = ""
        self.rows_written += self._held
        self._pending.clear()
        self._held = 0
        if self._size >= self._file_limit or self._now - self._opened >= self._file_age:
            self._seal()

    def _encoded(self, rows: Sequence[Row]) -> tuple[bytes, int]:
        """Rows as they are written, and how many."""
        try:
            return b"".join(map(_encode, rows)), len(rows)
        except Exception:
            # One row holds what msgpack cannot (a lone surrogate, an integer of more than 64 bits): lose that one only.
            good = [row for row in rows if _encodable(row)]
            self.rows_lost += len(rows) - len(good)
            return b"".join(map(_encode, good)), len(good)

    def _append(self, payload: bytes) -> None:
        """Append a frame, or leave the file as it was. Raises OSError."""
        head = _FRAME.pack(len(payload), zlib.crc32(payload))
        try:
            written = os.writev(self._descriptor, (head, payload))
        except OSError:
            self._cut_back()
            raise
        if written < len(head) + len(payload):
            self._cut_back()
            raise OSError(0, "the disk took a part of a write only: it is full")
        self._size += written
        self._written = True

    def _cut_back(self) -> None:
        """Undo a write that was cut short, else what follows it could not be read."""
        try:
            os.ftruncate(self._descriptor, self._size)
        except OSError:
            self._seal()  # the next write begins a new file

    def _open(self) -> None:
        self._make_room()
        name = f"{self._worker:03d}-{int(self._now * 1000):015d}-{self._number:06d}{_OPEN}"
        self._path = self._directory / name
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._number += 1
        descriptor = os.open(self._path, flags, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # tells a file being written from one left over
        self._descriptor = descriptor
        self._size = 0
        self._opened = self._now
        if self.durable:
            self._unsynced.append(os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        try:
            self._append(_encode(Header(FORMAT, self._worker, self._now, self._fields)))
        except OSError:
            self._discard()
            raise

    def _discard(self) -> None:
        """Give up a file that got no header."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._path.unlink(missing_ok=True)

    def _seal(self) -> None:
        """Finish the file being written."""
        if self._descriptor < 0:
            return
        try:
            self._path.rename(self._path.with_suffix(_DONE))
        except OSError as error:
            self.faults += 1
            self.fault = error.strerror or str(error)
        if self.durable and self._written:
            self._unsynced.append(self._descriptor)
            self._written = False
        else:
            os.close(self._descriptor)
        self._descriptor = -1

    def _adopt_leftovers(self) -> None:
        """Finish the files an earlier process of this number was killed over."""
        for path in self._directory.glob(f"{self._worker:03d}-*{_OPEN}"):
            with path.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue  # its writer is still draining
                path.rename(path.with_suffix(_DONE))

    def _make_room(self) -> None:
        """Delete the oldest finished files while this worker's are over the limit, one more file reckoned in."""
        done = sorted(self._directory.glob(f"{self._worker:03d}-*{_DONE}"))
        sizes = [_size_of(path) for path in done]
        total = sum(sizes) + self._file_limit
        for path, size in zip(done, sizes, strict=True):
            if total <= self._total_limit:
                return
            path.unlink(missing_ok=True)
            total -= size
            self.files_lost += 1
            self.bytes_lost += size


def read_spool(path: Path) -> Iterator[TraceRow]:
    """Yield the rows of a file up to the first frame that is not whole: the writer was killed, or is at it now."""
    for _, batch in read_batches(path):
        yield from batch


def read_batches(
    path: Path, offset: int = 0, likely: Callable[[bytes], bool] | None = None
) -> Iterator[tuple[int, list[TraceRow]]]:
    """Yield (offset behind it, rows) for each whole frame from an offset on; 0 or one that was yielded before.

    ``likely`` is shown a frame's octets and tells whether it is worth decoding.
    """
    for fields, end, rows in read_frames(path, offset, likely):
        if fields == FIELDS:
            yield end, [TraceRow(*row) for row in rows]
        else:
            where = [fields.index(name) if name in fields else -1 for name in FIELDS]
            yield end, [_translated(row, where) for row in rows]


def read_frames(
    path: Path, offset: int = 0, likely: Callable[[bytes], bool] | None = None
) -> Iterator[tuple[tuple[str, ...], int, list[list[Any]]]]:
    """Yield (names of the fields, offset behind it, rows as written) for each whole frame from an offset on."""
    with path.open("rb") as file:
        first = _frame(file)
        if first is None:
            return
        fields = msgspec.msgpack.decode(first, type=Header).fields
        file.seek(max(offset, file.tell()))
        while (payload := _frame(file)) is not None:
            if likely is None or likely(payload):
                yield fields, file.tell(), msgspec.msgpack.decode(payload)


def _frame(file: Any) -> bytes | None:
    head = file.read(_FRAME.size)
    if len(head) < _FRAME.size:
        return None
    length, checksum = _FRAME.unpack(head)
    payload: bytes = file.read(length)
    return payload if len(payload) == length and zlib.crc32(payload) == checksum and length else None


def _translated(row: Sequence[Any], where: Sequence[int]) -> TraceRow:
    """Return a row written by another version: by name, what it did not know has its default."""
    given = {name: row[at] for name, at in zip(FIELDS, where, strict=True) if 0 <= at < len(row)}
    return TraceRow(**{**_BLANK, **given})


_BLANK: Final[dict[str, Any]] = {
    name: kind() for name, kind in get_type_hints(TraceRow).items()
} | TraceRow._field_defaults


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # its rows were just moved into the store
        return 0


def _encodable(row: Row) -> bool:
    try:
        _encode(row)
    except Exception:
        return False
    return True
