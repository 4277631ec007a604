"""Segments of a day are made here, and merged: what :mod:`smppproxy.state.trace_lookup` asks.

A search asks each segment once, so a day of 100 million rows must not have hundreds of them. When enough small ones
stand side by side they become one large one: each row is merged once, which costs a twentieth of what writing it does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from smppproxy.state.trace_lookup import FIELDS, Segment, mark_of, parts_of, place_of, segments, width_of

SEGMENT: Final = 1 << 18  # rows; a search reads those behind the last segment one by one: some 0.1 s at most
LARGE: Final = 1 << 22  # rows from which a segment is merged no more; merging takes some 180 MB and 4 s
UNEVEN: Final = 16  # times the rows behind it that a segment may have to be merged with them before it is over
PIECE: Final = 1 << 12  # rows read at once

Entries = NDArray[np.uint32]
Rows = NDArray[np.int64]
_Piece = tuple[Entries, Entries]


class Marks:
    """What is to be looked up of rows that are in no segment yet."""

    def __init__(self) -> None:
        self.rows = 0
        self._pieces: list[list[_Piece]] = [[] for _ in FIELDS]

    def add(self, columns: Iterable[Sequence[Any]], rows: int) -> None:
        """Take the next rows, as columns in the order of FIELDS."""
        for name, column, pieces in zip(FIELDS, columns, self._pieces, strict=True):
            pieces.append(_marked(name, column, self.rows))
        self.rows += rows

    def columns(self) -> Iterator[_Piece]:
        """Yield (marks, places) of each field."""
        for pieces in self._pieces:
            marks, places = (np.concatenate(each) for each in zip(*pieces, strict=True))
            yield marks, places


def build(connection: sqlite3.Connection, first: int, last: int, marks: Marks | None = None) -> None:
    """Make the segment of some rows, inside the caller's transaction. Marks that are not theirs are made anew."""
    rows = last - first + 1
    if marks is None or marks.rows != rows:
        marks = _read(connection, first, last)
    among = "FROM messages WHERE id BETWEEN ? AND ?"
    since, until = connection.execute(f"SELECT min(at), max(at) {among}", (first, last)).fetchone()
    made = Segment(_number(connection), first, last, since, until)
    for field, (mine, places) in enumerate(marks.columns()):
        _write(connection, made, field, mine, places)
    connection.execute("INSERT INTO segments VALUES (?, ?, ?, ?, ?)", made)


def mergeable(connection: sqlite3.Connection, *, over: bool) -> list[Segment]:
    """Return segments side by side that should be one, none where all is well. ``over``: no more rows are expected.

    Those of a day being written wait until they make a large one. Those of a day that is over do not, but for a few
    late rows nothing large is written again.
    """
    some: list[Segment] = []
    for segment in segments(connection):
        some = [*some, segment] if segment.rows < LARGE else []
        if len(some) > 1 and sum(each.rows for each in some) >= LARGE:
            return some
    last: list[Segment] = []
    for segment in reversed(some if over else ()):
        if last and segment.rows > UNEVEN * sum(each.rows for each in last):
            break
        last.insert(0, segment)
    return last if len(last) > 1 else []


def merge(connection: sqlite3.Connection, some: Sequence[Segment], stopped: Callable[[], bool] = bool) -> None:
    """Make one segment of some that follow each other, inside the caller's transaction.

    Where ``stopped`` says so it is broken off within half a second, as SQLite breaks off a statement. Raises
    sqlite3.OperationalError then.
    """
    since, until = min(each.since for each in some), max(each.until for each in some)
    made = Segment(_number(connection), some[0].first, some[-1].last, since, until)
    for field in range(len(FIELDS)):
        if stopped():
            raise sqlite3.OperationalError("interrupted")
        pieces = [(_field(connection, each, field), each.first - made.first) for each in some]
        marks = np.concatenate([table[0] for table, _ in pieces])
        places = np.concatenate([table[1] + np.uint32(ahead) for table, ahead in pieces])
        _write(connection, made, field, marks, places)
    for each in some:
        begin, end = place_of(each.segment, 0, 0), place_of(each.segment + 1, 0, 0)
        connection.execute("DELETE FROM lookups WHERE place >= ? AND place < ?", (begin, end))
        connection.execute("DELETE FROM segments WHERE segment = ?", (each.segment,))
    connection.execute("INSERT INTO segments VALUES (?, ?, ?, ?, ?)", made)


def marks_of(values: Iterable[str | bytes]) -> Entries:
    """Return the marks of many values, for :func:`find_any`."""
    return np.unique(np.fromiter(map(mark_of, values), np.uint32))


def find_any(connection: sqlite3.Connection, segment: Segment, name: str, marks: Entries) -> Rows:
    """Return the ids of the rows of a segment that may have one of many values in a field, in order."""
    table = _field(connection, segment, FIELDS.index(name))
    if not len(marks):
        return np.empty(0, np.int64)
    return np.unique(table[1, np.isin(table[0], marks)]).astype(np.int64) + segment.first


def any_of(some: Sequence[Sequence[int]]) -> Sequence[int]:
    """Return what stands in any of some sorted lists, in order."""
    found: Sequence[int] = np.unique(np.concatenate([np.asarray(each, np.uint32) for each in some])).tolist()
    return found


def both_of(one: Sequence[int], other: Sequence[int]) -> Sequence[int]:
    """Return what stands in both of two sorted lists, in order."""
    mine, theirs = np.asarray(one, np.uint32), np.asarray(other, np.uint32)
    found: Sequence[int] = np.intersect1d(mine, theirs, assume_unique=True).tolist()
    return found


def _field(connection: sqlite3.Connection, segment: Segment, field: int) -> Entries:
    """Return a field's marks, sorted, and the places of their rows."""
    begin = place_of(segment.segment, field, 0)
    sql = "SELECT entries FROM lookups WHERE place BETWEEN ? AND ? ORDER BY place"
    rows = connection.execute(sql, (begin, begin | 0xFFFF))
    tables = [np.frombuffer(entries, dtype="<u4").reshape(2, -1) for (entries,) in rows]
    return np.concatenate(tables, axis=1) if tables else np.empty((2, 0), np.uint32)


def _number(connection: sqlite3.Connection) -> int:
    """Return a number for a new segment. Those that were merged stay free: a larger one has theirs behind it."""
    (number,) = connection.execute("SELECT coalesce(max(segment), 0) + 1 FROM segments").fetchone()
    return int(number)


def _write(connection: sqlite3.Connection, segment: Segment, field: int, marks: Entries, places: Entries) -> None:
    connection.executemany(
        "INSERT INTO lookups VALUES (?, ?)",
        [
            (place_of(segment.segment, field, part), entries)
            for part, entries in _records(marks, places, parts_of(segment.rows))
        ],
    )


def _records(marks: Entries, places: Entries, parts: int) -> Iterator[tuple[int, bytes]]:
    """Yield (part, entries): sorted marks, then the places of their rows, both as 32-bit integers."""
    order = np.argsort(marks, kind="stable")
    marks, places = marks[order], places[order]
    width = np.uint64(width_of(parts))
    ends = np.searchsorted(marks.astype(np.uint64) >> width, np.arange(parts + 1, dtype=np.uint64))
    for part in range(parts):
        begin, end = int(ends[part]), int(ends[part + 1])
        if begin < end:
            yield part, marks[begin:end].astype("<u4").tobytes() + places[begin:end].astype("<u4").tobytes()


def _read(connection: sqlite3.Connection, first: int, last: int) -> Marks:
    columns = ", ".join(f'"{name}"' for name in FIELDS)
    rows = connection.execute(f"SELECT {columns} FROM messages WHERE id BETWEEN ? AND ? ORDER BY id", (first, last))
    marks = Marks()
    while some := rows.fetchmany(PIECE):
        marks.add(zip(*some, strict=True), len(some))
    return marks


def _marked(name: str, column: Sequence[Any], at: int) -> _Piece:
    """Return the marks of the values that are there, and the places they stand at, counted from ``at``."""
    if all(column):
        values, places = column, np.arange(at, at + len(column), dtype=np.uint32)
    else:
        there = [place for place, value in enumerate(column, at) if value]
        values, places = [value for value in column if value], np.array(there, np.uint32)
    if name == "observed":  # several words in one value
        pairs = [(word, place) for value, place in zip(values, places, strict=True) for word in str(value).split(",")]
        values, places = [word for word, _ in pairs], np.array([place for _, place in pairs], np.uint32)
    octets = map(str.encode, values) if values and isinstance(values[0], str) else values
    return np.fromiter(map(crc32, octets), np.uint32, len(values)), places
