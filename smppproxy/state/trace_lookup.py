"""How a day of the trace is searched while it is being written: lookups, made for some rows at a time.

An index that is kept with each row costs half the writing rate; none at all makes a search read the day. Rows are
therefore taken in *segments* when enough have come: for each field the CRC-32 of its values, sorted, with the rows they
stand in. That is one pass in memory and a few large records, a tenth of what an index costs, and a search asks each
segment once. Two values may share a CRC: whoever asks compares the rows found with what was asked.

Here a segment is asked; :mod:`smppproxy.state.trace_segments` makes them.
"""

from __future__ import annotations

import sqlite3
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from zlib import crc32

PART: Final = 1 << 12  # entries of a record, some 32 KB: what a search reads of a segment
FEW: Final = 500  # rows that are read rather than told apart by one more lookup

FIELDS: Final = ("trace_id", "recipient", "sender", "code", "account", "message_id", "reason", "observed", "text")
"""What can be looked up. The place of a field here is its number in the store: add at the end."""

CREATE: Final = """
CREATE TABLE segments (
    segment INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, since REAL NOT NULL, until REAL NOT NULL
);
CREATE TABLE lookups (place INTEGER PRIMARY KEY, entries BLOB NOT NULL);
"""

_SWAPPED: Final = sys.byteorder == "big"  # records are little-endian


class Segment(NamedTuple):
    """Rows that were taken together. ``first`` and ``last`` are ids, ``since`` and ``until`` their span of time."""

    segment: int
    first: int
    last: int
    since: float
    until: float

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.last - self.first + 1


def segments(connection: sqlite3.Connection) -> list[Segment]:
    """Return the segments of a day, oldest first."""
    sql = "SELECT segment, first, last, since, until FROM segments ORDER BY first"
    return [Segment(*row) for row in connection.execute(sql)]


def behind(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return the ids of the first and the last row that is in no segment; none is where the last is the smaller."""
    (taken,) = connection.execute("SELECT max(last) FROM segments").fetchone()
    (last,) = connection.execute("SELECT max(id) FROM messages").fetchone()
    return (taken or 0) + 1, last or 0


def find(connection: sqlite3.Connection, segment: Segment, wanted: dict[str, tuple[Any, ...]]) -> Sequence[int] | None:
    """Return the rows of a segment that may fit, counted from its first one, in order.

    None where nothing that is wanted can be looked up.
    """
    found: Sequence[int] | None = None
    parts = parts_of(segment.rows)
    for name in (each for each in FIELDS if each in wanted):  # those that tell most apart come first
        if found is not None and len(found) <= FEW:
            break
        field = FIELDS.index(name)
        looked_up = (_look_up(connection, segment.segment, field, mark_of(value), parts) for value in wanted[name])
        rows = _any_of([each for each in looked_up if each])
        found = rows if found is None else _both_of(found, rows)
    return found


def parts_of(rows: int) -> int:
    """Return how many records the lookup of a field has in a segment, a power of two."""
    return 1 << max(0, (rows - 1) // PART).bit_length()


def width_of(parts: int) -> int:
    """Return by how many bits a mark is shifted to tell its part."""
    return 32 - (parts - 1).bit_length()


def place_of(segment: int, field: int, part: int) -> int:
    """Return where a record stands."""
    return segment << 24 | field << 16 | part


def mark_of(value: str | bytes) -> int:
    """Return what stands for a value in a lookup."""
    return crc32(value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass"))


def _any_of(some: Sequence[Sequence[int]]) -> Sequence[int]:
    if len(some) < 2:
        return some[0] if some else ()
    if sum(map(len, some)) <= FEW:  # numpy takes longer to be imported than a search that finds little
        return sorted(set().union(*some))
    from smppproxy.state.trace_segments import any_of

    return any_of(some)


def _both_of(one: Sequence[int], other: Sequence[int]) -> Sequence[int]:
    if len(other) <= FEW:
        among = set(other)
        return [each for each in one if each in among]
    from smppproxy.state.trace_segments import both_of

    return both_of(one, other)


def _look_up(connection: sqlite3.Connection, segment: int, field: int, mark: int, parts: int) -> Sequence[int]:
    place = place_of(segment, field, mark >> width_of(parts))
    row = connection.execute("SELECT entries FROM lookups WHERE place = ?", (place,)).fetchone()
    if row is None:
        return ()
    if _SWAPPED:
        from array import array

        swapped = array("I", row[0])
        swapped.byteswap()
        table = memoryview(swapped)
    else:
        table = memoryview(row[0]).cast("I")
    many = len(table) // 2  # marks, then the rows they stand in
    begin = bisect_left(table, mark, 0, many)
    return table[many + begin : many + bisect_right(table, mark, begin, many)]
