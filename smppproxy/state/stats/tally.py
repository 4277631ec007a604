"""Keeps the counts in the store, beside the trace: exactly once, late rows too, whatever breaks on the way.

How far a spool file was counted is written in the transaction that adds its counts. A file read again after a crash
adds only what was not counted yet; the trace's days keep a position of their own, so neither waits for the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from smppproxy.state.stats.counting import OTHERS, Counts, Heading, by_month, count
from smppproxy.state.store import Cursor, Store
from smppproxy.state.trace import TraceRow

CODES_LIMIT: Final = 20_000  # codes told apart in a day; Korea has some 1,200 first senders' codes
DAYS_HELD: Final = 8  # days whose codes are remembered at once; late rows are of the latest few
DAYS_KEPT: Final = 800  # two years by days and the same season of the year before; months are kept for ever

_ADD: Final = (
    "INSERT INTO traffic_counts (period, account, upstream, code, route, class, outcome, reason, messages, segments) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (period, account, upstream, code, route, class, outcome, reason) DO UPDATE SET "
    "messages = traffic_counts.messages + excluded.messages, segments = traffic_counts.segments + excluded.segments"
)
_COURSE: Final = (
    "INSERT INTO traffic_course (period, class, messages) VALUES (?, ?, ?) "
    "ON CONFLICT (period, class) DO UPDATE SET messages = traffic_course.messages + excluded.messages"
)
_COUNTED: Final = (
    "INSERT INTO traffic_counted (file, position) VALUES (?, ?) "
    "ON CONFLICT (file) DO UPDATE SET position = excluded.position"
)


class Tally:
    """The one writer of the counts. Lives in the thread that moves the trace, with a connection of its own."""

    def __init__(self, store: Store, utc_offset: int, node: str = "") -> None:
        """``utc_offset`` is in seconds, such as 32,400 for Korea. ``node``: our name among nodes that share a store."""
        self.utc_offset = utc_offset
        self._store = store
        self._mine = f"{node}/" if node else ""
        self._codes: dict[str, set[str]] = {}  # the codes told apart in the latest days
        self._swept = ""

    def add(self, file: str, frames: Sequence[tuple[int, list[TraceRow]]]) -> None:
        """Count frames of a spool file, (offset behind it, rows) each, but for those counted before.

        Raises StoreError; nothing is counted then, and the file has to come again.
        """
        name = self._mine + file
        known = self._store.query("SELECT position FROM traffic_counted WHERE file = ?", (name,))
        position = known[0][0] if known else 0
        new = [row for end, rows in frames if end > position for row in rows]
        if not new:
            return
        counts = self._bounded(count(new, self.utc_offset))
        with self._store.transaction() as cursor:
            write(cursor, counts)
            write(cursor, by_month(counts))
            cursor.execute(_COUNTED, (name, frames[-1][0]))

    def tidy(self, spool: Path, now: float) -> None:
        """Forget files that are gone, and days that are too old to be asked for one by one. Raises StoreError."""
        gone = [
            (file,)
            for (file,) in self._store.query("SELECT file FROM traffic_counted")
            if file.startswith(self._mine)
            and not any((spool / f"{file.removeprefix(self._mine)}{end}").exists() for end in (".spool", ".open"))
        ]
        if gone:
            with self._store.transaction() as cursor:
                cursor.executemany("DELETE FROM traffic_counted WHERE file = ?", gone)
        today = datetime.fromtimestamp(now, UTC).date()
        if self._swept != today.isoformat():
            oldest = (today - timedelta(days=DAYS_KEPT)).isoformat()
            with self._store.transaction() as cursor:
                for table in ("traffic_counts", "traffic_course"):
                    cursor.execute(f"DELETE FROM {table} WHERE period < ? AND length(period) = 10", (oldest,))
            self._swept = today.isoformat()

    def close(self) -> None:
        """Close the connection. Calling it twice does no harm."""
        self._store.close()

    def _bounded(self, counts: Counts) -> Counts:
        """Count the codes beyond a day's limit as one: a client that makes codes up must not fill the store."""
        bounded: Counts = {}
        for heading, pair in counts.items():
            told = heading if self._told_apart(heading) else heading._replace(code=OTHERS)
            mine = bounded.setdefault(told, [0, 0])
            mine[0] += pair[0]
            mine[1] += pair[1]
        return bounded

    def _told_apart(self, heading: Heading) -> bool:
        codes = self._codes.get(heading.period)
        if codes is None:
            rows = self._store.query("SELECT DISTINCT code FROM traffic_counts WHERE period = ?", (heading.period,))
            codes = self._codes[heading.period] = {code for (code,) in rows}
            while len(self._codes) > DAYS_HELD:
                del self._codes[next(iter(self._codes))]
        if heading.code not in codes:
            if len(codes) >= CODES_LIMIT:
                return False
            codes.add(heading.code)
        return True


def write(cursor: Cursor, counts: Counts) -> None:
    """Add counts to those that are stored, those of the course too."""
    cursor.executemany(_ADD, [(*heading, *pair) for heading, pair in sorted(counts.items())])
    course: dict[tuple[str, str], int] = {}
    for heading, (messages, _) in counts.items():
        course[heading.period, heading.label] = course.get((heading.period, heading.label), 0) + messages
    cursor.executemany(_COURSE, [(*key, messages) for key, messages in sorted(course.items())])
