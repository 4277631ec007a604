"""Reads the figures of a report from the store: some ten statements, a second at most for half a year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from smppproxy.state.stats.periods import Span, cover
from smppproxy.state.stats.report import TOP, Report, Row, Tally, steps, tables
from smppproxy.state.store import Store

BATCH: Final = 500  # placeholders of one statement; SQLite allows 999 in its oldest builds

#: The ledger's words for what was done to codes, senders and accounts.
SANCTIONS: Final = (
    "code.throttle", "code.suspend", "code.strike", "code.resume",
    "sender.suspend", "sender.block", "sender.resume",
    "sanction.propose", "sanction.appeal", "verdict.overturn",
)  # fmt: skip


def report(store: Store, spool: Path, span: Span, *, now: float, utc_offset: float, top: int = TOP) -> Report:
    """Return the report of a span. ``now`` is Unix seconds, ``utc_offset`` hours. Raises StoreError."""
    today = (datetime.fromtimestamp(now, UTC) + timedelta(hours=utc_offset)).date()
    span = span.until(today)
    before = span.before()
    mine, others = _rows(store, span), _rows(store, before)
    owners = _owners(store, {row.code for row in (*mine, *others)})
    since, until = _instants(span, utc_offset)
    since_before, until_before = _instants(before, utc_offset)
    return Report(
        kind=span.kind, first=span.first, last=span.last, before_first=before.first, before_last=before.last,
        made_at=int(now), utc_offset=utc_offset, waiting=sum(1 for _ in spool.glob("*.spool")),
        tables=tables(mine, others, owners, top=top),
        sanctions=_paired(_sanctions(store, since, until), _sanctions(store, since_before, until_before)),
        reported=_paired(_reported(store, since, until), _reported(store, since_before, until_before)),
        steps=steps(_course(store, span), span.parts()),
    )  # fmt: skip


def _rows(store: Store, span: Span) -> list[Row]:
    periods = cover(span)
    found: list[Row] = []
    for some in _batches(periods):  # several only for a span of years; a heading may then come twice, sums do not mind
        sql = (
            "SELECT account, upstream, code, route, class, outcome, reason, "
            "CAST(sum(messages) AS BIGINT), CAST(sum(segments) AS BIGINT) FROM traffic_counts "
            f"WHERE period IN ({_marks(some)}) GROUP BY account, upstream, code, route, class, outcome, reason"
        )
        found += [Row(*row) for row in store.query(sql, some)]
    return found


def _course(store: Store, span: Span) -> list[tuple[str, str, int]]:
    """Return (day or month, class, messages); a month that is not whole is made up of its days."""
    size = len(span.parts()[0])
    found = []
    for some in _batches(cover(span) if size == 7 else span.parts()):
        sql = f"SELECT period, class, messages FROM traffic_course WHERE period IN ({_marks(some)})"
        found += [(period[:size], label, messages) for period, label, messages in store.query(sql, some)]
    return found


def _owners(store: Store, codes: set[str]) -> dict[str, str]:
    owners: dict[str, str] = {}
    for some in _batches(sorted(codes)):
        owners.update(
            store.query(f"SELECT code, owner FROM codes WHERE owner <> '' AND code IN ({_marks(some)})", some)
        )
    return owners


def _sanctions(store: Store, since: int, until: int) -> dict[str, int]:
    sql = (
        f"SELECT action, count(*) FROM ledger WHERE action IN ({_marks(SANCTIONS)}) AND at >= ? AND at < ? "
        "GROUP BY action"
    )
    return dict(store.query(sql, (*SANCTIONS, since * 1000, until * 1000)))


def _reported(store: Store, since: int, until: int) -> dict[str, int]:
    sql = "SELECT category, count(*) FROM reports WHERE reported >= ? AND reported < ? GROUP BY category"
    return dict(store.query(sql, (since, until)))


def _paired(now: dict[str, int], before: dict[str, int]) -> tuple[Tally, ...]:
    found = [Tally(name, now.get(name, 0), before.get(name, 0)) for name in now.keys() | before.keys()]
    return tuple(sorted(found, key=lambda each: (-each.now, -each.before, each.name)))


def _instants(span: Span, utc_offset: float) -> tuple[int, int]:
    """Return the first second of a span and the first after it (Unix)."""
    return _midnight(span.first, utc_offset), _midnight(span.last, utc_offset) + 86_400


def _midnight(day: date, utc_offset: float) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - utc_offset * 3600)


def _batches(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
