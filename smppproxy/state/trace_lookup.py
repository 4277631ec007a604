"""How a day of the trace is searched while it is being written: lookups, made for some rows at a time.

An index that is kept with each row costs half the writing rate; none at all makes a search read the day. Rows are
therefore taken in *segments* when enough have come: for each field the CRC-32 of its values, sorted, with the rows they
stand in. That is one pass in memory and a few large records, a tenth of what an index costs, and a search asks each
segment once. Two values may share a CRC: whoever asks compares the rows found with what was asked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

SEGMENT: Final = 1 << 18  # rows; a search reads those behind the last segment one by one: some 0.1 s at most
PIECE: Final = 1 << 12  # rows read at once
PART: Final = 1 << 12  # entries of a record, some 32 KB: what a search reads of a segment

FIELDS: Final = ("trace_id", "recipient", "sender", "code", "account", "message_id", "reason", "observed", "text")
"""What can be looked up. The place of a field here is its number in the store: add at the end."""

CREATE: Final = """
CREATE TABLE segments (
    segment INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, since REAL NOT NULL, until REAL NOT NULL
);
CREATE TABLE lookups (place INTEGER PRIMARY KEY, entries BLOB NOT NULL);
"""

Rows = NDArray[np.int64]
_Entries = NDArray[np.uint32]
_Piece = tuple[_Entries, _Entries]


class Segment(NamedTuple):
    """Rows that were taken together. ``first`` and ``last`` are ids, ``since`` and ``until`` their span of time."""

    segment: int
    first: int
    last: int
    since: float
    until: float


def segments(connection: sqlite3.Connection) -> list[Segment]:
    """Return the segments of a day, oldest first."""
    sql = "SELECT segment, first, last, since, until FROM segments ORDER BY segment"
    return [Segment(*row) for row in connection.execute(sql)]


def behind(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return the ids of the first and the last row that is in no segment; none is where the last is the smaller."""
    (taken,) = connection.execute("SELECT max(last) FROM segments").fetchone()
    (last,) = connection.execute("SELECT max(id) FROM messages").fetchone()
    return (taken or 0) + 1, last or 0


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
    (number,) = connection.execute("SELECT coalesce(max(segment), 0) + 1 FROM segments").fetchone()
    connection.execute("INSERT INTO segments VALUES (?, ?, ?, ?, ?)", (number, first, last, since, until))
    parts = parts_of(rows)
    for field, (mine, places) in enumerate(marks.columns()):
        connection.executemany(
            "INSERT INTO lookups VALUES (?, ?)",
            [(_place(number, field, part), entries) for part, entries in _records(mine, places, parts)],
        )


def find(connection: sqlite3.Connection, segment: Segment, wanted: dict[str, tuple[Any, ...]]) -> Rows | None:
    """Return the ids of the rows of a segment that may fit, in order; None where nothing wanted can be looked up."""
    found: Rows | None = None
    parts = parts_of(segment.last - segment.first + 1)
    for name in (each for each in FIELDS if each in wanted):  # those that tell most apart come first
        rows = [
            _look_up(connection, segment.segment, FIELDS.index(name), _mark(value), parts) for value in wanted[name]
        ]
        mine = np.unique(np.concatenate(rows))
        found = mine if found is None else np.intersect1d(found, mine, assume_unique=True)
        if not len(found):
            break
    return None if found is None else found + segment.first


def marks_of(values: Iterable[str | bytes]) -> _Entries:
    """Return the marks of many values, for :func:`find_any`."""
    return np.unique(np.fromiter(map(_mark, values), np.uint32))


def find_any(connection: sqlite3.Connection, segment: Segment, name: str, marks: _Entries) -> Rows:
    """Return the ids of the rows of a segment that may have one of many values in a field, in order."""
    begin = _place(segment.segment, FIELDS.index(name), 0)
    sql = "SELECT entries FROM lookups WHERE place BETWEEN ? AND ? ORDER BY place"
    tables = [_table(row[0]) for row in connection.execute(sql, (begin, begin | 0xFFFF))]
    if not tables or not len(marks):
        return np.empty(0, np.int64)
    table = np.concatenate(tables, axis=1)
    return np.unique(table[1, np.isin(table[0], marks)]).astype(np.int64) + segment.first


def parts_of(rows: int) -> int:
    """Return how many records the lookup of a field has in a segment, a power of two."""
    return 1 << max(0, (rows - 1) // PART).bit_length()


def _records(marks: _Entries, places: _Entries, parts: int) -> Iterator[tuple[int, bytes]]:
    """Yield (part, entries): sorted marks, then the places of their rows, both as 32-bit integers."""
    order = np.argsort(marks, kind="stable")
    marks, places = marks[order], places[order]
    width = 32 - (parts - 1).bit_length()
    ends = np.searchsorted(marks.astype(np.uint64) >> np.uint64(width), np.arange(parts + 1, dtype=np.uint64))
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


def _mark(value: Any) -> int:
    return crc32(value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass"))


def _look_up(connection: sqlite3.Connection, segment: int, field: int, mark: int, parts: int) -> Rows:
    part = mark >> (32 - (parts - 1).bit_length())
    row = connection.execute("SELECT entries FROM lookups WHERE place = ?", (_place(segment, field, part),)).fetchone()
    if row is None:
        return np.empty(0, np.int64)
    table = _table(row[0])
    begin, end = np.searchsorted(table[0].astype(np.int64), (mark, mark + 1))
    return table[1, begin:end].astype(np.int64)


def _table(entries: bytes) -> _Entries:
    return np.frombuffer(entries, dtype="<u4").reshape(2, -1)


def _place(segment: int, field: int, part: int) -> int:
    return segment << 24 | field << 16 | part
