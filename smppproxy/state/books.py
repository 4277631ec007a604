"""The books: what the workers know of the registries and lists, in one memory-mapped file for all of them.

Control writes (:mod:`smppproxy.state.book_writer`), each worker reads. The file is derived: whenever it is absent,
damaged, of another format or of another history than the store, control writes it anew. Its layout:
:mod:`smppproxy.state.book_layout`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import lmdb

from filters.measures import Measure, measure
from filters.ports import CodeEntry, CodeState, ListEntry, Pattern, SenderEntry
from smppproxy.state.book_layout import CODES as CODES_TABLE
from smppproxy.state.book_layout import FILE as FILE
from smppproxy.state.book_layout import (
    HEAD,
    LISTS,
    META,
    MOMENTS,
    PATTERNS,
    SANCTIONS,
    SENDERS,
    UNDATED,
    code_row,
    key_of,
    list_row,
    meta_row,
    sender_row,
)
from smppproxy.state.cluster_shelf import ClusterShelf
from smppproxy.state.codes import state_at
from smppproxy.state.environment import adopt_growth, open_environment
from smppproxy.state.errors import BooksError
from smppproxy.state.pattern_shelf import PatternShelf
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.senders import sender_at

IDENTITY_INTERVAL: Final = 1.0  # s between looks whether the file was replaced; a stat costs more than a look-up

_ABSENT: Final = (BooksError, OSError)
_NEVER: Final = float("inf")


class Books:
    """A worker's view of the books: a CodeBook, SenderBook and ListBook of :mod:`filters.ports`.

    ``pattern_book`` is the PatternBook: its version has to change with the patterns alone.

    Everything between two :meth:`refresh` is judged by one snapshot and one instant. Call it once per loop tick, and at
    least every few seconds when idle: a snapshot that is held keeps the pages it shows from being used again.
    """

    def __init__(
        self, path: Path, clock: Callable[[], float] = time.time, *, environment: lmdb.Environment | None = None
    ) -> None:
        """Open the books for reading. Raises BooksError where they are absent or damaged."""
        self.version = 0
        self.blocks_senders = False  # whether any sender is suspended or blacklisted, be it for a time that is over
        self.blocks_hosts = False  # whether any host of links is under sanction
        self.faults = 0  # refreshes that failed; the snapshot before them went on serving
        self._path = path
        self._clock = clock
        self._now = clock()
        self._identity_due = self._now + IDENTITY_INTERVAL
        self._own = environment is None
        self.pattern_book = PatternShelf()
        self._clusters = ClusterShelf()
        self._pseudonym: Pseudonymiser | None = None
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
        row = code_row(found)
        state = row.state
        if row.valid_from is not None or row.valid_until is not None:
            state = state_at(state, row.valid_from, row.valid_until, self._now)
        rate = row.rate
        if rate and row.rate_until is not None and self._now >= row.rate_until:
            rate = 0.0
        if row.owner_id:
            against = self.listed("owner_sanction", row.owner_id)
            if against is not None:
                state, rate = _borne(state, rate, measure(against.reason))
        return CodeEntry(state, row.owner, row.owner_id, row.registered_at, rate)

    def sender(self, number: str) -> SenderEntry | None:
        """Return the entry of a sender in canonical form, or None when it is not registered now."""
        try:
            found: bytes | None = self._get(number.encode(), None, self._senders)
        except (lmdb.BadValsizeError, UnicodeEncodeError):
            return None
        if found is None:
            return None
        row = sender_row(found)
        if row.valid_from is None and row.valid_until is None and row.state_until is None:
            return SenderEntry(row.state, row.codes, row.accounts)
        state = sender_at(row, self._now)
        return SenderEntry(state, row.codes, row.accounts) if state is not None else None

    def listed(self, kind: str, key: str) -> ListEntry | None:
        """Return the entry of a key in the lists of a kind, or None. Raises KeyError for a kind there is not."""
        database = self._lists[kind]
        if kind == "recipient_optout":
            key = self._pseudonym_of(key)
        found = self._find(key, database)
        if found is None:
            return None
        row = list_row(found)
        if row.expires is not None and kind in SANCTIONS and row.expires <= self._now:
            return None
        return ListEntry(row.source, row.reason, row.expires)

    def patterns(self) -> tuple[int, list[Pattern]]:
        """Return the patterns in force and their version, which is that of ``pattern_book``."""
        return self.pattern_book.patterns()

    def clusters(self) -> tuple[int, list[bytes]]:
        """Return the names of the clusters of texts under sanction and their version."""
        return self._clusters.clusters()

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
        found = self._txn.get(HEAD, db=self._meta)
        return meta_row(found).revision if found is not None else 0

    def __len__(self) -> int:
        """Return how many codes are registered."""
        entries: int = self._txn.stat(self._codes)["entries"]
        return entries

    def close(self) -> None:
        """Let go of the file. Calling it twice does no harm."""
        self._txn.abort()
        if self._own:
            self._environment.close()

    def _find(self, key: str, database: Any) -> bytes | None:
        try:
            found: bytes | None = self._txn.get(key_of(key), db=database)
        except (lmdb.BadValsizeError, UnicodeEncodeError):  # empty, or no text at all: nothing such is there
            return None
        return found

    def _pseudonym_of(self, number: str) -> str:
        if self._pseudonym is None:
            self._pseudonym = Pseudonymiser.load(self._path.parent)
        return self._pseudonym(number).hex()

    def _attach(self, environment: lmdb.Environment) -> None:
        try:
            codes, senders, patterns, moments, meta = (
                environment.open_db(name, create=False)
                for name in (CODES_TABLE.name, SENDERS.name, PATTERNS.name, MOMENTS, META)
            )
            lists = {kind: environment.open_db(table.name, create=False) for kind, table in LISTS.items()}
            identity = _identity(self._path)
            txn = environment.begin(db=codes)
        except (lmdb.Error, OSError) as error:
            if self._own:
                environment.close()
            raise BooksError(f"{self._path}: the books cannot be read: {error}") from error
        self._codes, self._moments, self._meta = codes, moments, meta
        self._senders, self._patterns, self._lists = senders, patterns, lists
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
        with self._txn.cursor(self._moments) as cursor:
            self.blocks_senders = bool(cursor.set_range(UNDATED.to_bytes(8, "big")))
        self.blocks_hosts = bool(self._txn.stat(self._lists["host_sanction"])["entries"])
        self.pattern_book.look(self._txn, self._patterns, self._meta, self._now)
        self._clusters.look(self._txn, self._lists["text_cluster"], self._meta, self._now)
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


def _borne(state: CodeState, rate: float, against: Measure) -> tuple[CodeState, float]:
    """Return what is left of a code's state and rate under its owner's sanction; the heavier of the two holds."""
    if not against.refuses:
        return state, min(rate or against.rate, against.rate)
    if against.word == "suspend" and state is not CodeState.STRUCK:
        return CodeState.SUSPENDED, rate
    return CodeState.STRUCK, rate


def _identity(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino


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
