"""Messages of the trace that reports may be about: by recipient, text and sender, from every day they may be of."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

from smppproxy.state import trace_lookup, trace_segments
from smppproxy.state.store import is_url
from smppproxy.state.trace_lookup import Segment
from smppproxy.state.trace_store import BUSY_TIMEOUT, day_of, days, named, version_of

BEFORE: Final = 86_400.0  # s a message may have been under way before the report says it came
AFTER: Final = 300.0  # s the clocks may differ
ON: Final = 86_400.0  # s a campaign is followed behind its last report
NEAR: Final = 600.0  # s within which a message came about when the report says
CHOSEN: Final = 500  # rows asked for by one statement

_REFUSED: Final = frozenset({"refuse", "throttle", "quarantine", "swallow"})  # the carrier did not see it
_COLUMNS: Final = ("at", "trace_id", "account", "code", "route", "sender", "recipient", "text", "action")


class Wanted(msgspec.Struct):
    """What is looked for. ``senders`` gives, by each spelling, the registry's and the times it was reported at."""

    texts: frozenset[bytes]
    recipients: frozenset[bytes]
    senders: Mapping[str, tuple[str, Sequence[int]]]
    since: float
    until: float

    def takes(self, row: Sequence[Any]) -> bool:
        """Whether a row of the trace is one of those."""
        at, _, _, _, _, sender, recipient, text, _ = row
        if not self.since <= at < self.until:
            return False
        if text in self.texts or recipient in self.recipients:
            return True
        known = self.senders.get(sender)
        return known is not None and _near(known[1], at)


Sighting = tuple[float, str, str, str, str, str, bytes, bytes, int]
"""at, trace id, account, code, route, sender, recipient, text, 1 where we refused it."""


def sightings(state_dir: Path, wanted: Wanted, database: str = "") -> Iterator[Sighting]:
    """Yield the messages that are wanted, day by day. Raises StoreError where a day cannot be read.

    ``database`` is what the configuration says: of a shared one the messages of all nodes are found.
    """
    span = day_of(max(0.0, wanted.since)), day_of(max(0.0, wanted.until))
    if is_url(database):
        from smppproxy.state.reports.shared_trace import rows

        found = rows(database, state_dir, span, _COLUMNS, wanted)
    else:
        found = _of_files(state_dir, span, wanted)
    for row in found:
        if wanted.takes(row):
            at, trace_id, account, code, route, sender, recipient, text, action = row
            spelled = wanted.senders.get(sender, (sender, ()))[0]
            yield at, trace_id, account, code, route, spelled, recipient, text, int(action in _REFUSED)


def _of_files(state_dir: Path, span: tuple[str, str], wanted: Wanted) -> Iterator[Any]:
    marks = {
        "text": trace_segments.marks_of(wanted.texts),
        "recipient": trace_segments.marks_of(wanted.recipients),
        "sender": trace_segments.marks_of(wanted.senders),
    }
    for day, path in days(state_dir).items():
        if span[0] <= day <= span[1]:
            with named(path), closing(_open(path)) as connection:
                connection.execute("BEGIN")
                yield from _rows(connection, wanted, marks)


def _rows(connection: sqlite3.Connection, wanted: Wanted, marks: Mapping[str, Any]) -> Iterator[Any]:
    select = f"SELECT {', '.join(_COLUMNS)} FROM messages"
    version = version_of(connection)
    if not version:
        return
    for segment in trace_lookup.segments(connection) if version > 1 else ():
        if segment.until < wanted.since or segment.since >= wanted.until:
            continue
        ids = _ids(connection, segment, marks)
        for start in range(0, len(ids), CHOSEN):
            chosen = ", ".join(map(str, ids[start : start + CHOSEN]))
            yield from connection.execute(f"{select} WHERE id IN ({chosen})")
    first, _ = trace_lookup.behind(connection) if version > 1 else (0, 0)
    yield from connection.execute(f"{select} WHERE id >= ?", (first,))


def _ids(connection: sqlite3.Connection, segment: Segment, marks: Mapping[str, Any]) -> Sequence[int]:
    found: set[int] = set()
    for name, these in marks.items():
        if len(these):
            found.update(trace_segments.find_any(connection, segment, name, these).tolist())
    return sorted(found)


def _near(times: Sequence[int], at: float) -> bool:
    """Whether a sorted time stands within NEAR behind an instant, or AFTER in front of it."""
    place = bisect_left(times, at - AFTER)
    return place < len(times) and times[place] <= at + NEAR


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)
