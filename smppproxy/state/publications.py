"""What nodes that share a database tell each other: how each change of the store changes the books.

Each node keeps books of its own. Beside a change stands, in the same transaction, what it did to them; another node
that finds the ledger longer than its books know takes those changes over. Where they do not join without a gap (a node
was away for long, a large import, a restored backup), it writes its books anew from the store.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from smppproxy.state.book_layout import TABLES, Table, encode
from smppproxy.state.book_writer import Changes
from smppproxy.state.ledger import Head
from smppproxy.state.store import Cursor, Store

MOST: Final = 10_000  # changes told one by one; of more, writing the books anew takes seconds and their copy megabytes
KEPT: Final = 3_600_000  # ms a publication is kept: a node that was away for longer writes its books anew
SWEEP: Final = 64  # revisions between looks for old ones

_Rows = list[tuple[str, bytes | None]]
_decode: Final = msgspec.msgpack.Decoder(_Rows).decode
_BOOKS: Final = {table.name.decode(): table for table in TABLES}


class Publication(msgspec.Struct, frozen=True):
    """One change, ready for the books."""

    head: Head
    table: Table
    changes: Changes


def publish(cursor: Cursor, before: Head, after: Head, table: Table, changes: Changes, at: int) -> None:
    """Tell the other nodes of a change, inside its own transaction. ``at`` is Unix milliseconds."""
    rows: Any = None
    if len(changes) <= MOST:
        rows = encode([(key, None if record is None else encode(table.row(record))) for key, record in changes])
    cursor.execute(
        "INSERT INTO publications (revision, previous, hash, at, book, changes) VALUES (?, ?, ?, ?, ?, ?)",
        (after.revision, before.revision, after.hash, at, table.name.decode(), rows),
    )
    if after.revision % SWEEP < after.revision - before.revision:
        cursor.execute("DELETE FROM publications WHERE at < ?", (at - KEPT,))


def between(store: Store, shown: Head, true: Head) -> list[Publication] | None:
    """Return the changes that lead from what the books show to what is true; None: they cannot be told one by one."""
    if shown.revision and store.query("SELECT hash FROM ledger WHERE entry = ?", (shown.revision,)) != [(shown.hash,)]:
        return None  # another history: a backup was restored
    sql = (
        "SELECT revision, previous, hash, book, changes FROM publications "
        "WHERE revision > ? AND revision <= ? ORDER BY revision"
    )
    found: list[Publication] = []
    at = shown.revision
    for revision, previous, digest, book, changes in store.query(sql, (shown.revision, true.revision)):
        table = _BOOKS.get(book)
        if previous != at or changes is None or table is None:
            return None
        rows = [(key, None if row is None else table.decode(row)) for key, row in _decode(changes)]
        found.append(Publication(Head(revision, digest), table, rows))
        at = revision
    return found if at == true.revision else None
