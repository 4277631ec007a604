"""Counts a day anew from the trace: for days that were moved before anything was counted, and when counts are doubted.

A day is read from the trace, whatever its size, and what was counted for it is replaced as a whole; the month takes the
difference. Doing it twice changes nothing. Only a day that is over and of which every row has left the spool can be
counted anew: then nobody else counts it meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from smppproxy.state.stats.counting import DAY, OTHERS, Counts, Heading, count
from smppproxy.state.stats.tally import CODES_LIMIT, DAYS_KEPT, write
from smppproxy.state.store import Cursor
from smppproxy.state.trace_days import TraceDays
from smppproxy.state.trace_store import day_of

GRACE: Final = 3600  # s after a day until its last rows are in the trace; a file of the spool is finished in minutes

_HEADING: Final = "account, upstream, code, route, class, outcome, reason"


def span_of(day: date, utc_offset: int) -> tuple[int, int]:
    """Return the first second of the operator's day and the first after it (Unix); ``utc_offset`` is in seconds."""
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - utc_offset
    return start, start + DAY


def obstacle(day: date, trace_days: Collection[str], spool: Path, utc_offset: int, now: float) -> str:
    """Return why a day cannot be counted anew, "" where it can. ``now`` is Unix seconds."""
    start, end = span_of(day, utc_offset)
    if now < end + GRACE:
        return "it is not over for an hour yet; what is counted as it goes is right"
    if day < datetime.fromtimestamp(now, UTC).date() - timedelta(days=DAYS_KEPT):
        return f"counts by day are kept for {DAYS_KEPT} days, older ones by month only"
    oldest = min(trace_days, default="")
    if not oldest or day_of(start) < oldest:
        return "the trace does not reach back to its beginning; what was counted then stays"
    waiting = sum(_opened(path) < end + GRACE for suffix in ("spool", "open") for path in spool.glob(f"*.{suffix}"))
    if waiting:
        return f"{waiting} files in {spool} may hold rows of it; try again once they are in the trace"
    return ""


def counted(
    trace: TraceDays, day: date, utc_offset: int, progress: Callable[[int], None] = lambda rows: None
) -> Counts:
    """Count a day from the trace; ``progress`` is told how many rows more were read. Raises StoreError.

    Memory holds the counts, not the rows.
    """
    start, end = span_of(day, utc_offset)
    there = set(trace.days())
    counts: Counts = {}
    codes: set[str] = set()
    for part in dict.fromkeys((day_of(start), day_of(end - 1))):
        if part not in there:
            continue  # nothing was sent then
        for rows in trace.scan(part, start, end):
            for heading, pair in count(rows, utc_offset).items():
                if heading.code not in codes:
                    if len(codes) < CODES_LIMIT:
                        codes.add(heading.code)
                    else:
                        heading = heading._replace(code=OTHERS)
                mine = counts.setdefault(heading, [0, 0])
                mine[0] += pair[0]
                mine[1] += pair[1]
            progress(len(rows))
    return counts


def stored(cursor: Cursor, day: date) -> Counts:
    """Return what is counted for a day until now."""
    cursor.execute(f"SELECT {_HEADING}, messages, segments FROM traffic_counts WHERE period = ?", (day.isoformat(),))
    return {Heading(day.isoformat(), *row[:7]): list(row[7:]) for row in cursor.fetchall()}


def replace(cursor: Cursor, day: date, old: Counts, new: Counts) -> None:
    """Let a day have these counts; ``old`` are those that are stored."""
    period, month = day.isoformat(), day.isoformat()[:7]
    for table in ("traffic_counts", "traffic_course"):
        cursor.execute(f"DELETE FROM {table} WHERE period = ?", (period,))
    write(cursor, new)
    write(cursor, _difference(old, new, month))
    cursor.execute("DELETE FROM traffic_counts WHERE period = ? AND messages = 0 AND segments = 0", (month,))
    cursor.execute("DELETE FROM traffic_course WHERE period = ? AND messages = 0", (month,))


def total(counts: Counts) -> int:
    """Return the messages of all headings."""
    return sum(messages for messages, _ in counts.values())


def _difference(old: Counts, new: Counts, month: str) -> Counts:
    """What a month gains or loses."""
    found: Counts = {}
    for counts, sign in ((old, -1), (new, 1)):
        for heading, (messages, segments) in counts.items():
            pair = found.setdefault(heading._replace(period=month), [0, 0])
            pair[0] += sign * messages
            pair[1] += sign * segments
    return {heading: pair for heading, pair in found.items() if pair != [0, 0]}


def _opened(path: Path) -> float:
    """When a file of the spool was begun, Unix seconds: ``000-000001800000000000-000000.open``."""
    try:
        return int(path.name.split("-")[1]) / 1000
    except (IndexError, ValueError):
        return 0.0
