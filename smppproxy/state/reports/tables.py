"""Reports in the store: files, reports, campaigns and who sent them, and the senders they accuse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, TypeVar

import msgspec

from smppproxy.state.reports.record import HAM, SEOUL, VOICE
from smppproxy.state.store import Cursor, Store

BATCH: Final = 500  # values of one statement; SQLite allows 999 placeholders in its oldest builds
REPORTS_A_DAY: Final = 50  # of one sender, from which on it is offered as a blacklist entry: the regulator's own number
BLOCKED_DAYS: Final = 90  # how long such a block lasts: three months

T = TypeVar("T")

_MOMENT: Final = "CASE WHEN received > 0 THEN received ELSE reported END"


class ReportRow(msgspec.Struct, frozen=True):
    """A report as it is stored. ``mark`` tells it from all others; octets travel as hexadecimal digits."""

    mark: bytes
    place: int
    received: int
    reported: int
    label: str
    category: str
    channel: str
    sender: str
    origin: str
    relay: str
    recipient: bytes
    text: bytes
    text_day: str


class TextRow(msgspec.Struct, frozen=True):
    """A text and the campaign it belongs to, named by the fingerprint of the text that one began with."""

    text: bytes
    campaign: bytes
    signature: bytes  # of the campaign's first text
    similarity: float


class MatchRow(msgspec.Struct, frozen=True):
    """Which message a report is about."""

    mark: bytes
    trace_id: str
    at: float
    account: str
    code: str
    confidence: float
    why: str


class SourceRow(msgspec.Struct, frozen=True):
    """Who sent a campaign, by the trace."""

    campaign: bytes  # fingerprint of its first text
    account: str
    code: str
    route: str
    messages: int
    recipients: int
    refused: int
    first_at: float
    last_at: float
    traces: tuple[str, ...]


def known(store: Store, marks: Sequence[bytes]) -> set[bytes]:
    """Return which reports are in the store already."""
    found: set[bytes] = set()
    for part in _parts(marks):
        sql = f"SELECT mark FROM reports WHERE mark IN ({_places(part)})"
        found.update(bytes(mark) for (mark,) in store.query(sql, part))
    return found


def add_texts(cursor: Cursor, texts: Sequence[TextRow], now: int) -> None:
    """Put texts into their campaigns, and begin those that are new. A text stays where it came first."""
    there: set[bytes] = set()
    for part in _parts([each.text for each in texts]):
        cursor.execute(f"SELECT text FROM campaign_texts WHERE text IN ({_places(part)})", part)
        there.update(bytes(text) for (text,) in cursor.fetchall())
    new = {each.text: each for each in reversed(texts) if each.text not in there}
    cursor.executemany(
        "INSERT INTO campaigns (text, signature, changed_at) VALUES (?, ?, ?) ON CONFLICT (text) DO NOTHING",
        [(each.campaign, each.signature, now) for each in reversed(new.values())],
    )
    ids: dict[bytes, int] = {}
    for part in _parts([*{each.campaign for each in new.values()}]):
        cursor.execute(f"SELECT text, id FROM campaigns WHERE text IN ({_places(part)})", part)
        ids.update((bytes(text), number) for text, number in cursor.fetchall())
    cursor.executemany(
        "INSERT INTO campaign_texts VALUES (?, ?, ?)",
        [(each.text, ids[each.campaign], each.similarity) for each in reversed(new.values())],
    )


def add_reports(cursor: Cursor, file: int, reports: Sequence[ReportRow]) -> None:
    """Add reports that are not known, each with the campaign of its text."""
    campaigns: dict[bytes, int] = {}
    for part in _parts([*{each.text for each in reports if each.text}]):
        cursor.execute(f"SELECT text, campaign FROM campaign_texts WHERE text IN ({_places(part)})", part)
        campaigns.update((bytes(text), campaign) for text, campaign in cursor.fetchall())
    cursor.executemany(
        "INSERT INTO reports (file, mark, place, received, reported, label, category, channel, sender, origin, relay, "
        "recipient, text, text_day, campaign) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(file, *msgspec.structs.astuple(each), campaigns.get(each.text)) for each in reports],
    )


def placed(store: Store, texts: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return the campaign of each text that has one, by the fingerprint of the text it began with."""
    found: dict[bytes, bytes] = {}
    for part in _parts(texts):
        sql = (
            "SELECT t.text, c.text FROM campaign_texts t JOIN campaigns c ON c.id = t.campaign "
            f"WHERE t.text IN ({_places(part)})"
        )
        found.update((bytes(text), bytes(first)) for text, first in store.query(sql, part))
    return found


def spread(
    store: Store, campaigns: Sequence[bytes], limit: int
) -> list[tuple[bytes, list[tuple[bytes, float]], int, int]]:
    """Return (campaign, some of its texts and how alike they are, first, last report) of those known."""
    found = []
    for first in campaigns:
        rows = store.query("SELECT id, first_at, last_at FROM campaigns WHERE text = ?", (first,))
        if rows:
            number, begin, end = rows[0]
            sql = "SELECT text, similarity FROM campaign_texts WHERE campaign = ? LIMIT ?"
            texts = [(bytes(text), alike) for text, alike in store.query(sql, (number, limit))]
            found.append((first, texts, begin, end))
    return found


def add_matches(cursor: Cursor, matches: Sequence[MatchRow]) -> None:
    """Record which messages reports are about; a match found again is told as it is now."""
    ids: dict[bytes, int] = {}
    for part in _parts([*{each.mark for each in matches}]):
        cursor.execute(f"SELECT mark, id FROM reports WHERE mark IN ({_places(part)})", part)
        ids.update((bytes(mark), number) for mark, number in cursor.fetchall())
    rows = [(ids[each.mark], *msgspec.structs.astuple(each)[1:]) for each in matches if each.mark in ids]
    cursor.executemany(
        "INSERT INTO report_matches (report, trace_id, at, account, code, confidence, why) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (report, trace_id) DO UPDATE SET confidence = excluded.confidence, why = excluded.why",
        rows,
    )
    cursor.executemany(
        "UPDATE reports SET confidence = ? WHERE id = ? AND confidence < ?", ((r[5], r[0], r[5]) for r in rows)
    )


def set_sources(cursor: Cursor, sources: Sequence[SourceRow]) -> None:
    """Write anew who sent some campaigns."""
    ids: dict[bytes, int] = {}
    for part in _parts([*{each.campaign for each in sources}]):
        cursor.execute(f"SELECT text, id FROM campaigns WHERE text IN ({_places(part)})", part)
        ids.update((bytes(text), number) for text, number in cursor.fetchall())
    cursor.executemany("DELETE FROM campaign_sources WHERE campaign = ?", ((number,) for number in ids.values()))
    cursor.executemany(
        "INSERT INTO campaign_sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (ids[e.campaign], e.account, e.code, e.route, e.messages, e.recipients, e.refused, e.first_at, e.last_at,
             msgspec.json.encode(e.traces).decode())
            for e in sources if e.campaign in ids
        ),
    )  # fmt: skip


def recount(cursor: Cursor, file: int, now: int) -> int:
    """Count the campaigns a file has reports of anew, and return how many these are."""
    cursor.execute("SELECT DISTINCT campaign FROM reports WHERE file = ? AND campaign IS NOT NULL", (file,))
    campaigns = [campaign for (campaign,) in cursor.fetchall()]
    for campaign in campaigns:
        cursor.execute(
            f"SELECT category, count(*), min({_MOMENT}), max({_MOMENT}) FROM reports WHERE campaign = ? "
            "GROUP BY category",
            (campaign,),
        )
        rows = cursor.fetchall()
        counts = Counter({category: many for category, many, *_ in rows})
        ham = counts.pop(HAM, 0)
        category = max(counts.items(), key=lambda item: (item[0] != "", item[1]))[0] if counts else HAM
        cursor.execute("SELECT count(DISTINCT sender) FROM reports WHERE campaign = ? AND sender <> ''", (campaign,))
        (senders,) = cursor.fetchone()
        cursor.execute("SELECT count(DISTINCT text) FROM reports WHERE campaign = ?", (campaign,))
        (texts,) = cursor.fetchone()
        cursor.execute(
            "UPDATE campaigns SET category = ?, reports = ?, ham = ?, texts = ?, senders = ?, first_at = ?, "
            "last_at = ?, changed_at = ? WHERE id = ?",
            (category, sum(counts.values()) + ham, ham, texts, senders, min(r[2] for r in rows),
             max(r[3] for r in rows), now, campaign),
        )  # fmt: skip
    return len(campaigns)


def renew_candidates(cursor: Cursor, file: int, now: int) -> int:
    """See which of the senders a file reports have reached the day's number, and return how many are new or changed."""
    cursor.execute("SELECT DISTINCT sender FROM reports WHERE file = ? AND sender <> ''", (file,))
    changed = 0
    for (sender,) in cursor.fetchall():
        if not sender.isdigit():
            continue  # a name is nobody's number
        cursor.execute(
            "SELECT reported, received, category, channel, recipient, text FROM reports "
            "WHERE sender = ? AND category <> ?",
            (sender, HAM),
        )
        rows = [row for row in cursor.fetchall() if not any(word in row[3].lower() for word in VOICE)]
        by_day = Counter(day_in_seoul(reported or received) for reported, received, *_ in rows if reported or received)
        if not by_day:
            continue
        day, worst = max(by_day.items(), key=lambda item: (item[1], item[0]))
        if worst < REPORTS_A_DAY:
            continue
        moments = [reported or received for reported, received, *_ in rows if reported or received]
        category = Counter(row[2] for row in rows).most_common(1)[0][0]
        until = datetime.fromisoformat(day).replace(tzinfo=SEOUL) + timedelta(days=BLOCKED_DAYS + 1)
        cursor.execute(
            "INSERT INTO blacklist_candidates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (sender) DO UPDATE SET day = excluded.day, reports = excluded.reports, "
            "total = excluded.total, days = excluded.days, reporters = excluded.reporters, texts = excluded.texts, "
            "category = excluded.category, first_at = excluded.first_at, last_at = excluded.last_at, "
            "expires = excluded.expires, changed_at = excluded.changed_at",
            (sender, day, worst, len(rows), len(by_day), len({bytes(row[4]) for row in rows} - {b""}),
             len({bytes(row[5]) for row in rows} - {b""}), category, min(moments), max(moments),
             int(until.timestamp()), now),
        )  # fmt: skip
        changed += 1
    return changed


def day_in_seoul(at: int) -> str:
    """Return the day an instant has where the reports are made."""
    return datetime.fromtimestamp(at, SEOUL).date().isoformat()


def _parts(values: Sequence[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while part := list(islice(rest, BATCH)):
        yield part


def _places(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))
