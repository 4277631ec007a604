"""The one writer of the books. They are derived: whatever is wrong with the file, it is written anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import lmdb
import msgspec

from smppproxy.state import book_layout as layout
from smppproxy.state.book_layout import CODES, HEAD, MARKED, META, MOMENTS, TABLES, Instants, Table, key_of
from smppproxy.state.books import Books
from smppproxy.state.environment import adopt_growth, grow, open_environment, remove
from smppproxy.state.errors import BooksError
from smppproxy.state.ledger import Head

_UNREADABLE: Final = (BooksError, lmdb.Error)

Records = Iterable[tuple[str, Any]]  # key and record, in the order of the keys' octets
Sources = Mapping[Table, Callable[[], Records]]
Changes = Sequence[tuple[str, Any]]  # key and record; None: removed


class BookWriter:
    """Lives where the control lock is held."""

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
            found = txn.get(HEAD)
        try:
            meta = layout.meta_row(found) if found is not None else None
        except msgspec.MsgspecError:
            meta = None
        return Head(meta.revision, meta.hash) if meta is not None and meta.format == layout.FORMAT else None

    def apply(self, changes: Changes, head: Head, table: Table = CODES) -> None:
        """Write changed records of a table in one durable transaction; readers see all of it or nothing.

        Raises BooksError (disk full): then the books still stand for the head before.
        """

        def write(txn: lmdb.Transaction) -> None:
            database = self._databases[table]
            if len(changes) > 1 and not txn.stat(database)["entries"]:
                self._fill(txn, table, sorted((each for each in changes if each[1] is not None), key=_octets))
            else:
                for key, record in changes:
                    self._put(txn, table, key, record)
            if table in MARKED:
                self._mark(txn, table, head)

        self._write(write, head)

    def rebuild(self, sources: Sources, head: Head) -> None:
        """Write the books anew from all records of the store, in one transaction: readers see old or new."""

        def write(txn: lmdb.Transaction) -> None:
            for database in (*self._databases.values(), self._moments):
                txn.drop(database, delete=False)
            for table, records in sources.items():
                self._fill(txn, table, records())
            for table in MARKED:
                self._mark(txn, table, head)

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
            self._databases = {table: self._environment.open_db(table.name) for table in TABLES}
            self._moments = self._environment.open_db(MOMENTS)
            self._meta = self._environment.open_db(META)
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
                    txn.put(HEAD, layout.encoded_meta(head.revision, head.hash), db=self._meta)
            except lmdb.MapFullError as error:
                if not grow(self._environment, layout.LIMIT):
                    raise BooksError(f"{self.path}: the books are full at {layout.LIMIT} octets") from error
            except lmdb.MapResizedError:
                adopt_growth(self._environment)
            except lmdb.Error as error:
                raise BooksError(f"{self.path}: the books cannot be written: {error}") from error
            else:
                return

    def _put(self, txn: lmdb.Transaction, table: Table, name: str, record: Any) -> None:
        database, key = self._databases[table], key_of(name)
        before: Any = txn.get(key, db=database)
        if before is not None:
            for moment in _moments(table, key, table.instants(table.decode(before))):
                txn.delete(moment, db=self._moments)
        if record is None:
            txn.delete(key, db=database)
            return
        row = table.row(record)
        txn.put(key, layout.encode(row), db=database)
        for moment in _moments(table, key, table.instants(row)):
            txn.put(moment, b"", db=self._moments)

    def _fill(self, txn: lmdb.Transaction, table: Table, records: Records) -> None:
        """Write an empty table from sorted records, so that the pages are filled one after the other."""
        database, to_row, instants, encode = self._databases[table], table.row, table.instants, layout.encode
        moments: list[bytes] = []
        hashed: list[tuple[bytes, bytes]] = []

        def pairs() -> Iterable[tuple[bytes, bytes]]:
            for name, record in records:
                row = to_row(record)
                key, value = key_of(name), encode(row)
                if (dates := instants(row)).count(None) < len(dates):
                    moments.extend(_moments(table, key, dates))
                if key[:1] == b"\0":
                    hashed.append((key, value))  # its place is not where its text stood
                else:
                    yield key, value

        with txn.cursor(database) as cursor:
            consumed, added = cursor.putmulti(pairs(), append=True)
            if added != consumed:
                raise BooksError(f"{self.path}: {consumed - added} records came out of order")
            cursor.putmulti(hashed)
        with txn.cursor(self._moments) as cursor:
            cursor.putmulti((moment, b"") for moment in sorted(moments))

    def _mark(self, txn: lmdb.Transaction, table: Table, head: Head) -> None:
        txn.put(table.name, layout.encoded_meta(head.revision, head.hash), db=self._meta)


def _octets(change: tuple[str, Any]) -> bytes:
    return change[0].encode()


def _moments(table: Table, key: bytes, instants: Instants) -> list[bytes]:
    # Instants before 1970 never lie ahead.
    return [each.to_bytes(8, "big") + table.mark + key for each in instants if each is not None and each > 0]
