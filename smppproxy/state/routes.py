"""Receipt routes of pooled mode: whose message was it that the carrier now sends a receipt for?

Each worker writes its own files and reads all. There is one LMDB file per UTC day and worker,
``routes/<day>/<worker>.lmdb``: a day is dropped by deleting its folder, never entry by entry, and a changed number of
workers changes nothing for the files that are there.

Writes are not synced, for the event loop cannot wait for a disk: what was flushed survives the death of the process
(SIGKILL), not that of the machine. LMDB promises nothing of a file that was being written, unsynced, when the machine
went down; such a file is told by the mark beside it (the id of the boot it was written in) and set aside. Files of
earlier days are synced once, off the loop, and lose their mark.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Final, Generic, TypeVar

import lmdb
import msgspec

from smppproxy.state.environment import adopt_growth, grow, lock_of, open_environment
from smppproxy.state.errors import BooksError

DAYS: Final = 7  # full days a route is kept; carriers give up on a message after three, some after seven
DAY: Final = 86_400
FLUSH_INTERVAL: Final = 0.05  # s a route may wait for others; what a SIGKILL can cost
BATCH: Final = 128  # routes that are written without waiting longer; they hold the loop some 0.5 ms
PENDING_LIMIT: Final = 100_000  # routes kept in memory while the disk refuses
RETRY_INTERVAL: Final = 1.0  # s between attempts while the disk refuses
SIZE_LIMIT: Final = 16 << 30  # octets of one worker's file of one day; some 150 million routes
SCAN_INTERVAL: Final = 1.0  # s between looks for files of other workers
KEY_LIMIT: Final = 480  # octets; LMDB takes 511, longer keys are hashed

R = TypeVar("R")
Background = Callable[[Callable[[], None]], None]


class Routes(Generic[R]):
    """Routes of one worker, and a reader of everybody's. Nothing here raises on the data path: see ``fault``.

    What is kept of a message (its account, its code, …) is the caller's: any type msgspec can encode.
    """

    def __init__(
        self,
        directory: Path,
        worker: int,
        now: float,
        kind: type[R],
        *,
        background: Background | None = None,
        boot_id: str | None = None,
    ) -> None:
        """Begin; ``directory`` is ``state_dir/routes``, ``now`` Unix seconds, here and everywhere.

        ``background`` runs slow work (sync, deletion) off the loop; the default is a thread for each.
        """
        self.fault = ""  # why the last write failed, "" while all is well
        self.faults = 0
        self.lost = 0  # routes dropped because the disk refused for too long
        self._directory = directory
        self._worker = worker
        self._background = background or _in_a_thread
        self._boot = _boot_id() if boot_id is None else boot_id
        self._pending: dict[bytes, R] = {}
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode: Callable[[bytes], R] = msgspec.msgpack.Decoder(kind).decode
        self._flushed = now
        self._today = -1
        self._own: _File | None = None
        self._others: dict[Path, _File] = {}
        self._scan_due = 0.0
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._turn(now)
        self._scan(now)

    def remember(self, upstream: str, message_id: str | bytes, route: R, now: float) -> None:
        """Note whose message it was. Known at once to this worker, to the others with the next flush."""
        if not self._pending:
            self._flushed = now  # the interval runs from the first that waits
        self._pending[_key(upstream, message_id)] = route

    def flush(self, now: float) -> None:
        """Write what waits, when it is many or waited FLUSH_INTERVAL. Call it once per loop tick, and when idle too."""
        waited = now - self._flushed
        if not self._pending:
            if int(now) // DAY != self._today:
                self._turn(now)
        elif waited < 0 or waited >= (RETRY_INTERVAL if self.fault else FLUSH_INTERVAL) or self._many():
            self._flush(now)
        if not self._scan_due - SCAN_INTERVAL <= now < self._scan_due:
            self._scan(now)

    def find(self, upstream: str, spellings: Iterable[str | bytes]) -> R | None:
        """Return the route of the message any spelling of a message_id names, or None. Newest day first."""
        keys = [_key(upstream, each) for each in spellings]
        for key in keys:
            route = self._pending.get(key)
            if route is not None:
                return route
        for file in self._newest_first():
            found = file.find(keys)
            if found is not None:
                try:
                    return self._decode(found)
                except msgspec.MsgspecError:
                    continue  # written by another version: as good as unknown
        return None

    @property
    def pending(self) -> int:
        """Routes not yet written."""
        return len(self._pending)

    def close(self, now: float) -> None:
        """Write what waits and sync. Calling it twice does no harm."""
        if self._pending:
            self._flush(now)
        if self._own is not None:
            self._others[self._own.path] = self._own
            self._own = None
        for file in self._others.values():
            file.seal()
            file.close()
        self._others.clear()

    def _many(self) -> bool:
        return len(self._pending) >= BATCH and not self.fault

    def _flush(self, now: float) -> None:
        self._flushed = now
        if int(now) // DAY != self._today or self._own is None:
            self._turn(now)
        if self._own is None:
            self._refused(self.fault)
            return
        try:
            self._own.write(sorted((key, self._encode(route)) for key, route in self._pending.items()))
        except (lmdb.Error, BooksError) as error:
            self._refused(str(error))
            return
        self.fault = ""
        self._pending.clear()

    def _refused(self, why: str) -> None:
        self.faults += 1
        self.fault = why or "the file cannot be written"
        surplus = len(self._pending) - PENDING_LIMIT
        for key in list(self._pending)[: max(surplus, 0)]:
            del self._pending[key]
            self.lost += 1

    def _turn(self, now: float) -> None:
        """Begin the file of a new day; the one of the day before becomes one to read."""
        day = int(now) // DAY
        path = self._directory / _name(day) / f"{self._worker:03d}.lmdb"
        before = self._own
        if before is not None and before.path == path:
            return
        # The same file may have been read until now (a clock that was set back); LMDB opens a file once.
        known = self._others.pop(path, None)
        if known is not None:
            known.close()
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            self._own = _File(path, writable=True, boot=self._boot)
        except (OSError, BooksError) as error:
            self.faults += 1
            self.fault = str(error)
            self._own = None
        self._today = day
        if before is not None:
            self._others[before.path] = before
            self._background(before.seal)
        self._drop_old(day)

    def _drop_old(self, day: int) -> None:
        keep = {_name(each) for each in range(day - DAYS, day + 2)}  # tomorrow's too: a neighbour's clock may be ahead
        for folder in self._folders():
            if folder.name in keep or folder.name > _name(day):
                continue
            for path in [path for path in self._others if path.parent == folder]:
                self._others.pop(path).close()
            self._background(lambda folder=folder: shutil.rmtree(folder, ignore_errors=True))  # type: ignore[misc]

    def _scan(self, now: float) -> None:
        """Open the files of other workers and other days that appeared since the last look."""
        self._scan_due = now + SCAN_INTERVAL
        oldest = _name(int(now) // DAY - DAYS)
        there = {path for folder in self._folders() if folder.name >= oldest for path in folder.glob("*.lmdb")}
        for path in self._others.keys() - there:
            self._others.pop(path).close()
        for path in there - self._others.keys():
            if self._own is not None and path == self._own.path:
                continue
            try:
                self._others[path] = _File(path, writable=False, boot=self._boot)
            except BooksError:
                continue  # just being made, or left by a machine that went down: its writer sets it aside

    def _folders(self) -> list[Path]:
        try:
            return [each for each in self._directory.iterdir() if _is_day(each.name)]
        except OSError:
            return []

    def _newest_first(self) -> Iterator[_File]:
        if self._own is not None:
            yield self._own
        for path in sorted(self._others, reverse=True):
            yield self._others[path]


class _File:
    """One worker's routes of one day."""

    def __init__(self, path: Path, *, writable: bool, boot: str) -> None:
        """Open it. Raises BooksError where it cannot be read, or is of a boot that ended without a sync."""
        self.path = path
        self._closing = threading.Lock()  # a sync may be under way in another thread
        self._unsynced = writable
        self._mark = path.with_name(path.name + "-boot")
        mark = _text(self._mark)
        if mark is not None and mark != boot:
            if not writable:
                raise BooksError(f"{path}: being written when the machine went down")
            self._set_aside()
        if writable:
            try:
                self._mark.write_text(boot)
            except OSError as error:
                raise BooksError(f"{self._mark}: {error.strerror}") from error
        try:
            self._environment = open_environment(path, writable=writable, durable=False)
        except BooksError:
            if not writable or not path.exists():
                raise
            self._set_aside()
            self._environment = open_environment(path, writable=writable, durable=False)

    def write(self, routes: list[tuple[bytes, bytes]]) -> None:
        """Write routes in one transaction. Raises lmdb.Error, BooksError."""
        while True:
            try:
                with self._environment.begin(write=True) as txn, txn.cursor() as cursor:
                    cursor.putmulti(routes)
            except lmdb.MapFullError as error:
                if not grow(self._environment, SIZE_LIMIT):
                    raise BooksError(f"{self.path}: full at {SIZE_LIMIT} octets") from error
            except lmdb.MapResizedError:
                adopt_growth(self._environment)
            else:
                return

    def find(self, keys: list[bytes]) -> bytes | None:
        """Return what is kept under the first of the keys that is there."""
        try:
            try:
                return self._find(keys)
            except lmdb.MapResizedError:
                adopt_growth(self._environment)
                return self._find(keys)
        except lmdb.Error:
            return None  # a file that cannot be read knows nothing; its writer sets it aside

    def _find(self, keys: list[bytes]) -> bytes | None:
        with self._environment.begin() as txn:
            for key in keys:
                route = txn.get(key)
                if route is not None:
                    return bytes(route)
        return None

    def seal(self) -> None:
        """Bring a file of ours to the disk and take its mark away. Slow; may run in another thread."""
        with self._closing:
            if not self._unsynced:
                return
            try:
                self._environment.sync(True)
                self._mark.unlink(missing_ok=True)
                self._unsynced = False
            except (lmdb.Error, OSError):
                pass  # the mark stays: the file serves on, and is not trusted after a power cut

    def close(self) -> None:
        """Let go of the file."""
        with self._closing:
            self._environment.close()

    def _set_aside(self) -> None:
        try:
            self.path.replace(self.path.with_name(self.path.name + ".damaged"))
            lock_of(self.path).unlink(missing_ok=True)
        except OSError as error:
            raise BooksError(f"{self.path}: cannot be set aside: {error.strerror}") from error


def _key(upstream: str, message_id: str | bytes) -> bytes:
    # Peers choose message ids: any octets, any length. Octets and their Latin-1 text are one id.
    octets = message_id if isinstance(message_id, bytes) else message_id.encode("latin-1", "backslashreplace")
    key = upstream.encode() + b"\0" + octets
    return key if len(key) <= KEY_LIMIT else b"\0" + blake2b(key, digest_size=32).digest()


def _name(day: int) -> str:
    # Days since 1970 in ISO form: people can read it, and names sort by time.
    return datetime.fromtimestamp(day * DAY, UTC).strftime("%Y-%m-%d")


def _is_day(name: str) -> bool:
    return len(name) == 10 and name[4] == name[7] == "-" and name.replace("-", "").isdigit()


def _boot_id() -> str:
    """Return what tells this boot of the machine from others; "" where the system does not say."""
    return _text(Path("/proc/sys/kernel/random/boot_id")) or ""


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return None


def _in_a_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="routes", daemon=True).start()
