"""The ledger: the append-only, hash-chained history of every change a person or a rule made.

Each row holds the SHA-256 of its own canonical content joined to the hash of the row before. Who alters, inserts or
removes a row in the middle breaks the chain from there on; who cuts the end off is found out by a head kept elsewhere
(the books keep one, see :meth:`smppproxy.state.books.BookWriter.head`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from smppproxy.state.store import Cursor, Store

GENESIS: Final = bytes(32)
"""What stands for the hash before the first row."""

_NO_END: Final = (1 << 63) - 1
_COLUMNS: Final = "entry, at, who, action, subject, why, content, previous, hash"


class Draft(msgspec.Struct, frozen=True):
    """A change about to be recorded. ``content`` is any JSON-able evidence: before, after, trace ids, scores."""

    action: str
    subject: str
    content: dict[str, Any]
    why: str = ""


class Entry(msgspec.Struct, frozen=True):
    """A row of the ledger. ``at`` is Unix milliseconds, ``content`` JSON text exactly as hashed."""

    entry: int
    at: int
    who: str
    action: str
    subject: str
    why: str
    content: str
    previous: bytes
    hash: bytes

    def told(self) -> dict[str, Any]:
        """Return what people are shown of it."""
        return {name: getattr(self, name) for name in ("entry", "at", "who", "action", "why")}


class Head(msgspec.Struct, frozen=True):
    """The last row: its number is the revision of the store, its hash tells two histories apart."""

    revision: int = 0
    hash: bytes = GENESIS


class Proof(msgspec.Struct, frozen=True):
    """What :func:`verify` found. ``fault`` is empty when every link holds; else it names the first that does not."""

    entries: int
    head: Head
    fault: str = ""


def head(store: Store) -> Head:
    """Return the last row's number and hash."""
    return _head(store.query("SELECT entry, hash FROM ledger ORDER BY entry DESC LIMIT 1"))


def head_in(cursor: Cursor) -> Head:
    """Return the same as the transaction sees it."""
    cursor.execute("SELECT entry, hash FROM ledger ORDER BY entry DESC LIMIT 1")
    return _head(cursor.fetchall())


def append(cursor: Cursor, drafts: Iterable[Draft], *, who: str, at: int) -> Head:
    """Record changes inside the caller's transaction, in order, and return the new head."""
    last = head_in(cursor)
    number, previous = last.revision, last.hash

    def rows() -> Iterator[tuple[Any, ...]]:
        nonlocal number, previous
        for draft in drafts:
            number += 1
            content = msgspec.json.encode(draft.content, order="sorted").decode()
            link = _link(previous, number, at, who, draft.action, draft.subject, draft.why, content)
            yield number, at, who, draft.action, draft.subject, draft.why, content, previous, link
            previous = link

    cursor.executemany(f"INSERT INTO ledger ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows())
    return Head(number, previous)


def history(store: Store, subject: str, *, limit: int = 100) -> list[Entry]:
    """Return what happened to a subject, newest first."""
    sql = f"SELECT {_COLUMNS} FROM ledger WHERE subject = ? ORDER BY entry DESC LIMIT ?"
    return [Entry(*row) for row in store.query(sql, (subject, limit))]


def newest(store: Store, *, before: int | None = None, limit: int = 100) -> list[Entry]:
    """Return what happened to any subject, newest first, from the entry before ``before``."""
    sql = f"SELECT {_COLUMNS} FROM ledger WHERE entry < ? ORDER BY entry DESC LIMIT ?"
    return [Entry(*row) for row in store.query(sql, (_NO_END if before is None else before, limit))]


def verify(store: Store, *, known: Head | None = None) -> Proof:
    """Walk the whole chain. ``known`` is a head kept elsewhere: the chain must still pass through it."""
    number, previous = 0, GENESIS
    for row in store.stream(f"SELECT {_COLUMNS} FROM ledger ORDER BY entry"):
        found = Entry(*row)
        if found.entry != number + 1:
            return Proof(
                number, Head(number, previous), f"entry {number + 1} is missing, entry {found.entry} follows {number}"
            )
        if found.previous != previous:
            return Proof(number, Head(number, previous), f"entry {found.entry} does not follow from entry {number}")
        link = _link(previous, *row[:7])
        if found.hash != link:
            return Proof(
                number, Head(number, previous), f"entry {found.entry} was altered: its content does not give its hash"
            )
        number, previous = found.entry, link
        if known is not None and number == known.revision and link != known.hash:
            return Proof(
                number, Head(number, previous), f"entry {number} is not the one seen earlier: history was rewritten"
            )
    last = Head(number, previous)
    if known is not None and number < known.revision:
        return Proof(number, last, f"the ledger ends at entry {number}, entry {known.revision} was seen earlier")
    return Proof(number, last)


def _head(rows: list[Any]) -> Head:
    return Head(*rows[0]) if rows else Head()


def _link(previous: bytes, *content: int | str) -> bytes:
    # A JSON array of the columns in order is canonical: one content has one spelling, one spelling one content.
    return hashlib.sha256(previous + msgspec.json.encode(content)).digest()
