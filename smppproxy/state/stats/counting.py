"""From trace rows to counts. Pure: what is counted under which heading, and nothing of where it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from filters.contract import Reason
from smppproxy.state.trace import TraceRow

HAM: Final = "ham"  # judged, and nothing was found
UNJUDGED: Final = "unjudged"
OTHERS: Final = "*"  # codes beyond those told apart
DAY: Final = 86_400  # s

#: What a text was found to be, by the reason that says so.
CLASSES: Final[dict[str, str]] = {
    reason.value: reason.value.removeprefix("text_")
    for reason in Reason
    if reason.value.startswith("text_") and reason not in (Reason.TEXT_UNDECODABLE, Reason.TEXT_TWICE)
}
#: Refused for these, a code is whatever a client cared to write: naming each would let it fill the store.
_NAMELESS: Final = frozenset(
    {Reason.CODE_MISSING, Reason.CODE_LENGTH, Reason.CODE_FORMAT, Reason.CODE_CONFLICT, Reason.CODE_UNREGISTERED}
)


class Heading(NamedTuple):
    """What a message is counted under. ``period`` is a day, such as 2026-11-21, or a month, such as 2026-11."""

    period: str
    account: str
    upstream: str
    code: str
    route: str
    label: str
    outcome: str
    reason: str


Counts = dict[Heading, list[int]]
"""[messages, segments] under each heading."""


class CountedRow(NamedTuple):
    """What of a trace row is counted; the fields are those of :class:`~smppproxy.state.trace.TraceRow`."""

    at: float
    account: str
    upstream: str
    code: str
    action: str
    reason: str
    observed: str
    label: str
    route: str
    segment: str


def count(rows: Iterable[TraceRow | CountedRow], utc_offset: int) -> Counts:
    """Count rows by day; ``utc_offset`` (s) is how far the operator's midnight lies before that of UTC.

    A row whose time is none is left out; the trace has no place for it either.
    """
    counts: dict[tuple[str, ...], list[int]] = {}
    names: dict[int, str] = {}
    labels: dict[tuple[str, str, str], str] = {}
    for row in rows:
        try:
            number = int((row.at + utc_offset) // DAY)
            day = names.get(number) or names.setdefault(number, _day(number))
        except (ValueError, OverflowError, OSError):
            continue
        known = (row.reason, row.observed, row.label)
        label = labels.get(known) or labels.setdefault(known, class_of(*known))
        code = "" if row.reason in _NAMELESS else row.code
        heading = (day, row.account, row.upstream, code, row.route, label, row.action, row.reason)
        pair = counts.get(heading)
        if pair is None:
            pair = counts[heading] = [0, 0]
        pair[0] += not row.segment or _is_last(row.segment)
        pair[1] += 1
    return {Heading(*heading): pair for heading, pair in counts.items()}


def by_month(counts: Counts) -> Counts:
    """Return the same counts by month."""
    found: Counts = {}
    for heading, (messages, segments) in counts.items():
        pair = found.setdefault(heading._replace(period=heading.period[:7]), [0, 0])
        pair[0] += messages
        pair[1] += segments
    return found


def class_of(reason: str, observed: str, label: str) -> str:
    """Return what a text was found to be, by a filter that acts or by one that only observes."""
    for each in (reason, *observed.split(",")):
        if each in CLASSES:
            return CLASSES[each]
    return HAM if label else UNJUDGED


def _is_last(segment: str) -> bool:
    """Whether a part such as ``2/3`` is the last of its text: a long text counts once, when it is whole."""
    number, _, total = segment.partition("/")
    return number == total


def _day(number: int) -> str:
    return datetime.fromtimestamp(number * DAY, UTC).date().isoformat()
