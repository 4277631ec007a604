"""The books: what the workers know of the registry, in one memory-mapped file for all of them.

Control writes, each worker reads. The file is derived: whenever it is absent, damaged, of another format or of another
history than the store, control writes it anew. Layout (named databases):

==========  =============================================  =====================================================
database    key                                            value
==========  =============================================  =====================================================
``codes``   the code                                       msgpack ``[state, owner, valid_from, valid_until]``
``moments`` instant (8 octets, big-endian) + the code      empty; when a date makes or ends a code's validity
``meta``    ``head``                                       msgpack ``[format, revision, hash]`` of the ledger's head
==========  =============================================  =====================================================
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import lmdb
import msgspec

from filters.ports import CodeEntry, CodeState
from smppproxy.state.codes import Code, state_at
from smppproxy.state.environment import adopt_growth, grow, open_environment, remove
from smppproxy.state.errors import BooksError
from smppproxy.state.ledger import Head

FILE: Final = "books.lmdb"
FORMAT: Final = 1  # of the layout above; books of another are rebuilt
LIMIT: Final = 1 << 36  # octets the books may grow to; a million codes take some 100 MB
IDENTITY_INTERVAL: Final = 1.0  # s between looks whether the file was replaced; a stat costs more than a look-up

_UNREADABLE: Final = (BooksError, lmdb.Error)
_ABSENT: Final = (BooksError, OSError)
_NEVER: Final = float("inf")


class _Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    state: CodeState
    owner: str
    valid_from: int | None
    valid_until: int | None


class _Meta(msgspec.Struct, frozen=True, array_like=True, gc=False):
    format: int
    revision: int
    hash: bytes


_encode: Final = msgspec.msgpack.Encoder().encode
_row: Final = msgspec.msgpack.Decoder(_Row).decode
_meta: Final = msgspec.msgpack.Decoder(_Meta).decode


class BookWriter:
    """The one writer of the books; lives where the control lock is held."""

    def __init__(self, path: Path) -> None:
        """Open the books or begin new, empty ones: :meth:`head` then differs from the store's, see :meth:`rebuild`."""
        self.path = path
        try:
            self._open()
        except _UNREADABLE:
            # Damaged or of a foreign format: derived data, so a fresh file is the repair. Readers notice and follow.
            self._begin_anew()

    def head(self) -> Head | None:
        """Return the ledger's head the books stand for, None for books that stand for nothing yet."""
        with self._environment.begin(db=self._meta) as txn:
            found = txn.get(b"head")
        try:
            meta = _meta(found) if found is not None else None
        except msgspec.MsgspecError:
            meta = None
        return Head(meta.revision, meta.hash) if meta is not None and meta.format == FORMAT else None

    def apply(self, changes: Sequence[tuple[str, Code | None]], head: Head) -> None:
        """Write changed codes (None: removed) in one durable transaction; readers see all of it or nothing.

        Raises BooksError (disk full): then the books still stand for the head before.
        """

        def write(txn: lmdb.Transaction) -> None:
            for code, record in changes:
                self._put(txn, code, record)

        self._write(write, head)

    def rebuild(self, codes: Callable[[], Iterable[Code]], head: Head) -> None:
        """Write the books anew from all codes of the store, in one transaction: readers see old or new."""

        def write(txn: lmdb.Transaction) -> None:
            txn.drop(self._codes, delete=False)
            txn.drop(self._moments, delete=False)
            moments = []
            for each in codes():
                # In the order of the keys, so the pages are filled one after the other.
                txn.put(each.code.encode(), _encoded(each), db=self._codes, append=True)
                moments += _moments(each.code, each.valid_from, each.valid_until)
            for key in sorted(moments):
                txn.put(key, b"", db=self._moments, append=True)

        self._write(write, head)

    def view(self, clock: Callable[[], float] = time.time) -> Books:
        """Return a reader in this same process; LMDB forbids opening one file twice. Close it before the writer."""
        return Books(self.path, clock, environment=self._environment)

    def close(self) -> None:
        """Close the books. Calling it twice does no harm."""
        self._environment.close()

    def _open(self) -> None:
        self._environment = open_environment(self.path, writable=True)
        try:
            self._environment.reader_check()  # frees the snapshots of killed workers, which would keep pages from reuse
            self._codes = self._environment.open_db(b"codes")
            self._moments = self._environment.open_db(b"moments")
            self._meta = self._environment.open_db(b"meta")
        except lmdb.Error:
            self._environment.close()
            raise

    def _begin_anew(self) -> None:
        try:
            remove(self.path)
            self._open()
        except (OSError, lmdb.Error) as error:
            raise BooksError(f"{self.path}: the books cannot be written: {error}") from error

    def _write(self, write: Callable[[lmdb.Transaction], None], head: Head) -> None:
        self._environment.reader_check()
        while True:
            try:
                with self._environment.begin(write=True) as txn:
                    write(txn)
                    txn.put(b"head", _encode(_Meta(FORMAT, head.revision, head.hash)), db=self._meta)
            except lmdb.MapFullError as error:
                if not grow(self._environment, LIMIT):
                    raise BooksError(f"{self.path}: the books are full at {LIMIT} octets") from error
            except lmdb.MapResizedError:
                adopt_growth(self._environment)
            except lmdb.Error as error:
                raise BooksError(f"{self.path}: the books cannot be written: {error}") from error
            else:
                return

    def _put(self, txn: lmdb.Transaction, code: str, record: Code | None) -> None:
        key = code.encode()
        before = txn.get(key, db=self._codes)
        if before is not None:
            row = _row(before)
            for moment in _moments(code, row.valid_from, row.valid_until):
                txn.delete(moment, db=self._moments)
        if record is None:
            txn.delete(key, db=self._codes)
            return
        txn.put(key, _encoded(record), db=self._codes)
        for moment in _moments(code, record.valid_from, record.valid_until):
            txn.put(moment, b"", db=self._moments)


class Books:
    """A worker's view of the books: a :class:`filters.ports.CodeBook`.

    Everything between two :meth:`refresh` is judged by one snapshot and one instant. Call it once per loop tick, and at
    least every few seconds when idle: a snapshot that is held keeps the pages it shows from being used again.
    """

    def __init__(
        self, path: Path, clock: Callable[[], float] = time.time, *, environment: lmdb.Environment | None = None
    ) -> None:
        """Open the books for reading. Raises BooksError where they are absent or damaged."""
        self.version = 0
        self.faults = 0  # refreshes that failed; the snapshot before them went on serving
        self._path = path
        self._clock = clock
        self._now = clock()
        self._identity_due = self._now + IDENTITY_INTERVAL
        self._own = environment is None
        self._seen = 0  # transaction id of the snapshot
        self._turn = _NEVER  # when the next date makes or ends a validity
        self._attach(environment or open_environment(path, writable=False))

    def code(self, code: str) -> CodeEntry | None:
        """Return the entry of a code as of the last refresh, or None when it is not registered."""
        try:
            found = self._get(code.encode())
        except (lmdb.BadValsizeError, UnicodeEncodeError):  # empty, or no text at all: nothing such is registered
            return None
        if found is None:
            return None
        row = _row(found)
        state = row.state
        if row.valid_from is not None or row.valid_until is not None:
            state = state_at(state, row.valid_from, row.valid_until, self._now)
        return CodeEntry(state, row.owner)

    def refresh(self) -> bool:
        """Look at the newest books and the clock. True, and ``version`` has grown: any answer may differ now."""
        now = self._clock()
        try:
            txn = self._environment.begin(db=self._codes)
        except lmdb.Error as error:
            self._now = now
            return self._recover(error)
        changed: bool = txn.id() != self._seen or not self._now <= now < self._turn
        self._now = now
        self._txn = txn
        self._get = txn.get
        if changed:
            self._snapshot_changed()
        if now >= self._identity_due or now < self._identity_due - IDENTITY_INTERVAL:
            self._identity_due = now + IDENTITY_INTERVAL
            changed |= self._follow()
        return changed

    @property
    def revision(self) -> int:
        """The revision of the store these books stand for; 0 for none."""
        found = self._txn.get(b"head", db=self._meta)
        return _meta(found).revision if found is not None else 0

    def __len__(self) -> int:
        """Return how many codes are registered."""
        entries: int = self._txn.stat(self._codes)["entries"]
        return entries

    def close(self) -> None:
        """Let go of the file. Calling it twice does no harm."""
        self._txn.abort()
        if self._own:
            self._environment.close()

    def _attach(self, environment: lmdb.Environment) -> None:
        try:
            codes, moments, meta = (environment.open_db(name, create=False) for name in (b"codes", b"moments", b"meta"))
            identity = _identity(self._path)
            txn = environment.begin(db=codes)
        except (lmdb.Error, OSError) as error:
            if self._own:
                environment.close()
            raise BooksError(f"{self._path}: the books cannot be read: {error}") from error
        self._codes, self._moments, self._meta = codes, moments, meta
        self._environment, self._identity = environment, identity
        self._txn = txn
        self._snapshot_changed()

    def _next_moment(self) -> float:
        """Return when, after now, the next date makes or ends a validity."""
        with self._txn.cursor(self._moments) as cursor:
            if cursor.set_range((max(int(self._now), 0) + 1).to_bytes(8, "big")):
                return float(int.from_bytes(cursor.key()[:8], "big"))
        return _NEVER

    def _snapshot_changed(self) -> None:
        self._get = self._txn.get
        self._seen = self._txn.id()
        self._turn = self._next_moment()
        self.version += 1

    def _recover(self, error: lmdb.Error) -> bool:
        """Take a snapshot after the writer outgrew our map of the file; keep the old one after any other fault."""
        if self._follow():
            return True
        if not isinstance(error, lmdb.MapResizedError):
            self.faults += 1
            return False
        self._txn.abort()
        adopt_growth(self._environment)
        self._txn = self._environment.begin(db=self._codes)
        self._snapshot_changed()
        return True

    def _follow(self) -> bool:
        """Change over to the file of our name when it is no longer the one we read: control began new books."""
        if not self._own:
            return False
        try:
            if _identity(self._path) == self._identity:
                return False
            environment = open_environment(self._path, writable=False)
        except _ABSENT:
            return False  # in the midst of being written; the old books serve until the next look
        old, seen = self._environment, self._txn
        try:
            self._attach(environment)
        except BooksError:
            return False
        seen.abort()
        old.close()
        return True


def _identity(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino


def _encoded(record: Code) -> bytes:
    return _encode(_Row(record.state, record.owner, record.valid_from, record.valid_until))


def _moments(code: str, *instants: int | None) -> list[bytes]:
    # Instants before 1970 never lie ahead.
    return [each.to_bytes(8, "big") + code.encode() for each in instants if each is not None and each > 0]


def codes_held(state_dir: Path) -> int | None:
    """Return how many codes the books of a state directory hold; None where it cannot be told."""
    path = state_dir / FILE
    if not path.exists():
        return 0
    try:
        books = Books(path)
    except BooksError:
        return None
    try:
        return len(books)
    finally:
        books.close()
