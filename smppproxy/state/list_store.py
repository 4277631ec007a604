"""The lists in the store: their entries by version, and what the books show of several lists of one kind."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import msgspec

from smppproxy.state.book_layout import LISTS, PATTERNS, ListRow, PatternRow, Table
from smppproxy.state.book_writer import Changes, Sources
from smppproxy.state.list_files import Item
from smppproxy.state.list_keys import ListKind, pattern_id, pattern_of
from smppproxy.state.store import Cursor, Store

BATCH: Final = 500  # keys looked up by one statement; SQLite allows 999 placeholders in its oldest builds
KEPT: Final = 100  # versions of a list that can be brought back
ALL: Final = 1 << 62  # rows; each engine has its own word for no limit
SWEEP: Final = 10  # versions between looks for entries of forgotten ones; each reads the whole list

_LIST: Final = "id, name, kind, about, version, entries, created_at"
_VERSION: Final = "version, at, who, why, action, restores, added, changed, removed, entries, digest"
_FOREVER: Final = float("inf")


class ListRecord(msgspec.Struct, frozen=True):
    """A list as a whole."""

    id: int
    name: str
    kind: ListKind
    about: str
    version: int
    entries: int
    created_at: int  # Unix milliseconds


class Version(msgspec.Struct, frozen=True):
    """One change of a list. ``at`` is Unix milliseconds; ``restores``: the version a roll-back brought back."""

    version: int
    at: int
    who: str
    why: str
    action: str
    restores: int | None
    added: int
    changed: int
    removed: int
    entries: int
    digest: str


def lists(store: Store) -> list[ListRecord]:
    """Return all lists by name."""
    return [_list(row) for row in store.query(f"SELECT {_LIST} FROM lists ORDER BY name")]


def find(store: Store, name: str) -> ListRecord | None:
    """Return the list of a name."""
    rows = store.query(f"SELECT {_LIST} FROM lists WHERE name = ?", (name,))
    return _list(rows[0]) if rows else None


def versions(store: Store, record: ListRecord, limit: int) -> list[Version]:
    """Return the changes of a list, newest first."""
    sql = f"SELECT {_VERSION} FROM list_versions WHERE list = ? ORDER BY version DESC LIMIT ?"
    return [Version(*row) for row in store.query(sql, (record.id, limit))]


def entries(store: Store, record: ListRecord, after: str = "", limit: int = ALL) -> Iterator[tuple[str, Item]]:
    """Yield what is in force in a list, in order of the keys."""
    sql = (
        "SELECT key, source, reason, expires FROM list_entries "
        "WHERE list = ? AND key > ? AND gone IS NULL ORDER BY key LIMIT ?"
    )
    same: dict[Item, Item] = {}
    for key, *rest in store.stream(sql, (record.id, after, limit)):
        item = Item(*rest)
        yield key, same.setdefault(item, item)


def some(store: Store, record: ListRecord, keys: Sequence[str]) -> Iterator[tuple[str, Item]]:
    """Yield what is in force in a list of up to BATCH keys."""
    sql = (
        "SELECT key, source, reason, expires FROM list_entries "
        f"WHERE list = ? AND gone IS NULL AND key IN ({', '.join('?' * len(keys))})"
    )
    return ((key, Item(*rest)) for key, *rest in store.query(sql, (record.id, *keys)))


def write(
    cursor: Cursor, record: ListRecord, number: int, put: Iterable[tuple[str, Item]], gone: Iterable[str]
) -> None:
    """Make version ``number``: what is no longer so ends, what is new begins."""
    cursor.executemany(
        "UPDATE list_entries SET gone = ? WHERE list = ? AND key = ? AND gone IS NULL",
        ((number, record.id, key) for key in gone),
    )
    cursor.executemany(
        "INSERT INTO list_entries (list, key, since, source, reason, expires) VALUES (?, ?, ?, ?, ?, ?)",
        ((record.id, key, number, *item) for key, item in put),
    )


def write_version(cursor: Cursor, record: ListRecord, version: Version) -> None:
    """Record a version, and forget the oldest where there are too many."""
    cursor.execute(
        f"INSERT INTO list_versions (list, {_VERSION}) VALUES ({', '.join('?' * 12)})",
        (record.id, *msgspec.structs.astuple(version)),
    )
    cursor.execute(
        "UPDATE lists SET version = ?, entries = ? WHERE id = ?", (version.version, version.entries, record.id)
    )
    oldest = version.version - KEPT
    if oldest > 0 and oldest % SWEEP == 0:
        cursor.execute("DELETE FROM list_versions WHERE list = ? AND version <= ?", (record.id, oldest))
        cursor.execute("DELETE FROM list_entries WHERE list = ? AND gone <= ?", (record.id, oldest))


def difference(store: Store, record: ListRecord, target: int) -> tuple[dict[str, Item], set[str]]:
    """Return what has to begin and what has to end for a list to be as in an earlier version."""
    back = store.query(
        "SELECT key, source, reason, expires FROM list_entries WHERE list = ? AND since <= ? AND gone > ? ORDER BY key",
        (record.id, target, target),
    )
    end = store.query(
        "SELECT key, source, reason, expires FROM list_entries WHERE list = ? AND since > ? AND gone IS NULL",
        (record.id, target),
    )
    put, ended = {key: Item(*rest) for key, *rest in back}, {key: Item(*rest) for key, *rest in end}
    same = {key for key, item in ended.items() if put.get(key) == item}  # went and came back since
    return {key: item for key, item in put.items() if key not in same}, ended.keys() - same


# -- for the books -----------------------------------------------------------------------------------------------------


def table_of(kind: ListKind) -> Table:
    """Return the table of the books that shows lists of a kind."""
    return PATTERNS if kind is ListKind.PATTERN else LISTS[kind]


def shown(store: Store, record: ListRecord, put: dict[str, Item], gone: Iterable[str]) -> Changes:
    """Return what differs in the books after keys of a list were put or went: other lists may hold them too."""
    ended = [key for key in gone if key not in put]
    if record.kind is ListKind.PATTERN:
        return [
            *((pattern_id(record.name, key), None) for key in ended),
            *((pattern_id(record.name, key), _pattern(key, item)) for key, item in put.items()),
        ]
    others = [each for each in lists(store) if each.kind is record.kind and each.id != record.id]
    if not others:
        source = {each: _row(record.name, each) for each in set(put.values())}
        return [*((key, None) for key in ended), *((key, source[item]) for key, item in put.items())]
    held = _held(store, others, [*ended, *put])
    changes: list[tuple[str, ListRow | None]] = []
    for key in (*ended, *put):
        candidates = held.get(key, [])
        if key in put:
            candidates = [*candidates, _row(record.name, put[key])]
        changes.append((key, max(candidates, key=_end) if candidates else None))
    return changes


def sources(store: Store) -> Sources:
    """Return where the tables of lists come from."""

    def of(kind: ListKind) -> Any:
        return lambda: _patterns(store) if kind is ListKind.PATTERN else _merged(store, kind)

    return {table_of(kind): of(kind) for kind in ListKind}


def _merged(store: Store, kind: ListKind) -> Iterator[tuple[str, ListRow]]:
    streams = [_rows(store, each) for each in lists(store) if each.kind is kind]
    if len(streams) == 1:
        yield from streams[0]
        return
    for key, rows in groupby(heapq.merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
        yield key, max((row for _, row in rows), key=_end)


def _rows(store: Store, record: ListRecord) -> Iterator[tuple[str, ListRow]]:
    rows: dict[Item, ListRow] = {}
    for key, item in entries(store, record):
        row = rows.get(item)
        if row is None:
            row = rows[item] = _row(record.name, item)
        yield key, row


def _patterns(store: Store) -> list[tuple[str, PatternRow]]:
    return sorted(
        (pattern_id(each.name, key), _pattern(key, item))
        for each in lists(store)
        if each.kind is ListKind.PATTERN
        for key, item in entries(store, each)
    )


def _held(store: Store, others: Sequence[ListRecord], keys: Sequence[str]) -> dict[str, list[ListRow]]:
    names = {each.id: each.name for each in others}
    held: dict[str, list[ListRow]] = {}
    for start in range(0, len(keys), BATCH):
        part = keys[start : start + BATCH]
        sql = (
            "SELECT list, key, source, reason, expires FROM list_entries WHERE gone IS NULL "
            f"AND list IN ({', '.join('?' * len(names))}) AND key IN ({', '.join('?' * len(part))})"
        )
        for number, key, *rest in store.query(sql, (*names, *part)):
            held.setdefault(key, []).append(_row(names[number], Item(*rest)))
    return held


def _row(name: str, item: Item) -> ListRow:
    return ListRow(item.source or name, item.reason, item.expires)


def _end(row: ListRow) -> float:
    return _FOREVER if row.expires is None else row.expires


def _pattern(key: str, item: Item) -> PatternRow:
    kind, text = pattern_of(key)
    return PatternRow(kind, text, item.reason, item.expires)


def _list(row: Any) -> ListRecord:
    number, name, kind, *rest = row
    return ListRecord(number, name, ListKind(kind), *rest)
