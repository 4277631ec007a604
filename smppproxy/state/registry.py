"""What the registries of codes, senders and accounts have in common: records by key, and how a record changes.

Every change is recorded in the ledger, durable in the store, then shown to the workers. All methods run in the one
process that holds the control lock. A change returns only after it is on the disk *and* in the books, so whoever is
told of it may rely on the next PDU being judged by it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec

from smppproxy.state import ledger
from smppproxy.state.book_layout import Table
from smppproxy.state.book_writer import Changes
from smppproxy.state.codes import check_text
from smppproxy.state.errors import InputError
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.publishing import Publisher
from smppproxy.state.store import Cursor, Store

PAGE: Final = 1000  # rows of a listing unless asked otherwise; a terminal shows fewer, a socket line holds it
BATCH: Final = 500  # records looked up by one statement; SQLite allows 999 placeholders in its oldest builds

Progress = Callable[[int, int], None]  # told (done, total) now and then
R = TypeVar("R", bound=msgspec.Struct)


class Change(msgspec.Struct, Generic[R], frozen=True, gc=False):
    """What became of one record. ``before`` None: it is new; ``after`` None: it is gone; equal: nothing to do."""

    before: R | None
    after: R | None

    @property
    def changed(self) -> bool:
        """Whether anything was done."""
        return self.before != self.after

    @property
    def record(self) -> R:
        """The record as it is now, or as it was when it was removed."""
        return self.after or self.before  # type: ignore[return-value]  # one of the two is always there


class Records(Generic[R]):
    """A table of the store that holds one kind of record; the first column is the key."""

    def __init__(
        self, table: str, columns: str, read: Callable[[Any], R], write: Callable[[R], tuple[Any, ...]]
    ) -> None:
        """``columns`` as SQL lists them; ``read`` and ``write`` turn their values into a record and back."""
        self.key, *others = columns.split(", ")
        self._select = f"SELECT {columns} FROM {table}"
        self._delete = f"DELETE FROM {table} WHERE {self.key} = ?"
        self._upsert = (
            f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * (1 + len(others)))}) "
            f"ON CONFLICT ({self.key}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in others)}"
        )
        self.read = read
        self._write = write

    def key_of(self, record: R) -> str:
        """Return the key of a record."""
        key: str = getattr(record, self.key)
        return key

    def find(self, store: Store, keys: Sequence[str]) -> dict[str, R]:
        """Return those of the records that are there."""
        found: dict[str, R] = {}
        for start in range(0, len(keys), BATCH):
            part = keys[start : start + BATCH]
            for row in store.query(f"{self._select} WHERE {self.key} IN ({', '.join('?' * len(part))})", part):
                found[row[0]] = self.read(row)
        return found

    def page(
        self, store: Store, conditions: Mapping[str, Sequence[Any]], *, prefix: str, after: str, limit: int
    ) -> list[R]:
        """Return records in order of their keys, from the one after ``after``; a condition is SQL and its values."""
        conditions = {f"{self.key} > ?": (after,), **conditions}
        if prefix:
            conditions[f"substr({self.key}, 1, ?) = ?"] = (len(prefix), prefix)
        sql = f"{self._select} WHERE {' AND '.join(conditions)} ORDER BY {self.key} LIMIT ?"
        given = [value for values in conditions.values() for value in values]
        return [self.read(row) for row in store.query(sql, (*given, limit))]

    def everything(self, store: Store) -> Iterator[R]:
        """Yield every record of a store in order."""
        return map(self.read, store.stream(f"{self._select} ORDER BY {self.key}"))

    def put(self, cursor: Cursor, changes: Sequence[Change[R]]) -> None:
        """Write what changed."""
        gone = [(self.key_of(each.record),) for each in changes if each.after is None]
        if gone:
            cursor.executemany(self._delete, gone)
        cursor.executemany(self._upsert, [self._write(each.after) for each in changes if each.after is not None])


class Registry(ABC, Generic[R]):
    """Records of one kind, which change only with the ledger's word for it."""

    def __init__(
        self, kind: str, records: Records[R], book: Table, publisher: Publisher, clock: Callable[[], float]
    ) -> None:
        """``kind`` is what the ledger calls a record, ``book`` where the workers look it up."""
        self.store = publisher.store
        self._kind = kind
        self._records = records
        self._book = book
        self._publisher = publisher
        self._clock = clock

    def now(self) -> float:
        """Return the registry's clock: Unix seconds."""
        return self._clock()

    def find(self, keys: Sequence[str]) -> dict[str, R]:
        """Return those of the records that are there."""
        return self._records.find(self.store, keys)

    def history(self, key: str, *, limit: int = 100) -> list[ledger.Entry]:
        """Return what the ledger tells of a record, newest first; also of one that was removed."""
        return ledger.history(self.store, self._subject(key), limit=limit)

    def apply(
        self, changes: Sequence[tuple[str, Change[R]]], *, who: str, why: str = "", progress: Progress | None = None
    ) -> Head | None:
        """Make changes, each with the ledger's word for it, all or none; durable and in the books on return."""
        for name, text in (("why", why), ("who", who)):
            if wrong := check_text(name, text):
                raise InputError(wrong)

        def write(cursor: Cursor) -> tuple[Head, Changes] | None:
            head = None
            for start in range(0, len(changes), BATCH):
                if progress is not None:
                    progress(start, len(changes))
                head = self._write(cursor, changes[start : start + BATCH], who, why)
            return None if head is None else (head, self._shown(changes))

        return self._publisher.commit(self._book, write)

    @abstractmethod
    def _check(self, change: Change[R]) -> None:
        """Raise InputError where a change leads to what cannot be."""

    def _record(self, action: str, change: Change[R], who: str, why: str) -> Change[R]:
        if change.changed:
            self._check(change)
            self.apply([(f"{self._kind}.{action}", change)], who=who, why=why)
        return change

    def _write(self, cursor: Cursor, changes: Sequence[tuple[str, Change[R]]], who: str, why: str) -> Head:
        self._records.put(cursor, [change for _, change in changes])
        drafts = [
            Draft(action, self._subject(self._records.key_of(change.record)), self._evidence(change), why)
            for action, change in changes
        ]
        return ledger.append(cursor, drafts, who=who, at=self._millis())

    def _shown(self, changes: Sequence[tuple[str, Change[R]]]) -> Changes:
        """Return what differs in the book."""
        return [(self._records.key_of(change.record), change.after) for _, change in changes]

    def _evidence(self, change: Change[R]) -> dict[str, Any]:
        """Return what the ledger keeps of a change."""
        return {"before": change.before, "after": change.after}

    def _subject(self, key: str) -> str:
        return f"{self._kind}:{key}"

    def _millis(self) -> int:
        return int(self._clock() * 1000)
