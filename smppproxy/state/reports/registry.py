"""The registry of reports: takes what an import read, piece by piece, and tells what came of it.

The command that imports does the reading, the gathering into campaigns and the search of the trace; what it sends here
is short. A file counts when its import is finished: until then its campaigns and candidates are as before, and the same
file can be imported again, which takes up where the first one stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from smppproxy.state import ledger
from smppproxy.state.book_layout import CODES
from smppproxy.state.book_writer import Changes
from smppproxy.state.errors import InputError, NotFoundError
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.publishing import Publisher
from smppproxy.state.reports import tables
from smppproxy.state.reports.tables import MatchRow, ReportRow, SourceRow, TextRow
from smppproxy.state.store import Cursor
from smppproxy.state.texts import KeptText, TextStore

CAMPAIGNS_KNOWN: Final = 20_000  # the newest, which a new text is compared to; some 60 MB in the command that imports
SUSPECTED: Final = 50_000  # texts with a verdict that are compared to campaigns; some 10 MB of an answer
TEXTS_OF_A_CAMPAIGN: Final = 1000  # that the trace is searched for again when new reports come
EVIDENCE: Final = 20  # reports and traces told of each source of a campaign


class Began(msgspec.Struct, frozen=True):
    """What is known of a file."""

    file: int
    state: str
    added: int
    duplicates: int
    rejected: int


class Finished(msgspec.Struct, frozen=True):
    """What an import brought."""

    file: int
    added: int
    duplicates: int
    rejected: int
    campaigns: int  # that have reports of it
    matched: int  # reports of it that have a message in the trace
    candidates: int  # senders that reached the day's number


class ReportRegistry:
    """Reports: begin, add, match, finish; campaigns: list, show."""

    def __init__(self, publisher: Publisher, *, clock: Callable[[], float] = time.time) -> None:
        self.store = publisher.store
        self._publisher = publisher
        self._state_dir = publisher.books.path.parent
        self._clock = clock

    def begin(self, digest: str, name: str, form: str, *, who: str, why: str) -> Began:
        """Begin the import of a file, or take it up again."""
        with self.store.transaction() as cursor:
            cursor.execute(
                "INSERT INTO report_files (digest, name, form, state, at, who, why, added, duplicates, rejected) "
                "VALUES (?, ?, ?, 'open', ?, ?, ?, 0, 0, 0) ON CONFLICT (digest) DO NOTHING",
                (digest, name[:200], form, self._now(), who, why),
            )
            cursor.execute(
                "SELECT id, state, added, duplicates, rejected FROM report_files WHERE digest = ?", (digest,)
            )
            return Began(*cursor.fetchone())

    def campaigns_known(self) -> list[tuple[bytes, bytes]]:
        """Return (fingerprint, signature) of the first text of the newest campaigns, the newest last."""
        sql = "SELECT text, signature FROM campaigns ORDER BY changed_at DESC, id DESC LIMIT ?"
        return [(bytes(text), bytes(mark)) for text, mark in reversed(self.store.query(sql, (CAMPAIGNS_KNOWN,)))]

    def placed(self, texts: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the campaign of each text that has one, by the fingerprint of the text it began with."""
        return tables.placed(self.store, texts)

    def spread(self, campaigns: Sequence[bytes]) -> list[tuple[bytes, list[tuple[bytes, float]], int, int]]:
        """Return (campaign, some of its texts and how alike they are, first, last report) of those known."""
        return tables.spread(self.store, campaigns, TEXTS_OF_A_CAMPAIGN)

    def suspected(self, since: int, until: int) -> list[tuple[bytes, bytes]]:
        """Return (fingerprint, signature of what it is like) of texts that rules or the judge found something against.

        Those that were let pass are among them, which nobody has kept or reported. Instants are Unix seconds.
        """
        sql = (
            "SELECT fingerprint, min(cluster) FROM sanction_verdicts WHERE cluster <> '' AND at >= ? AND at < ? "
            "AND overturned = 0 GROUP BY fingerprint LIMIT ?"
        )
        rows = self.store.query(sql, (since * 1000, until * 1000, SUSPECTED))
        return [(bytes(text), bytes.fromhex(cluster)) for text, cluster in rows]

    def known(self, marks: Sequence[bytes]) -> set[bytes]:
        """Return which reports are there already."""
        return tables.known(self.store, marks)

    def add(self, file: int, texts: Sequence[TextRow], kept: Sequence[KeptText], reports: Sequence[ReportRow]) -> int:
        """Add reports with their texts, all or nothing, and return how many were new."""
        if kept:
            TextStore(self._state_dir).keep(kept)  # first: a report never names a text that is not there
        there = tables.known(self.store, [each.mark for each in reports])
        new = [each for each in reports if each.mark not in there]
        with self.store.transaction() as cursor:
            tables.add_texts(cursor, texts, self._now())
            tables.add_reports(cursor, file, new)
        return len(new)

    def match(self, matches: Sequence[MatchRow], sources: Sequence[SourceRow]) -> None:
        """Record which messages reports are about, and who sent campaigns."""
        with self.store.transaction() as cursor:
            tables.add_matches(cursor, matches)
            tables.set_sources(cursor, sources)

    def finish(self, file: int, *, duplicates: int, rejected: int, who: str, why: str) -> Finished:
        """Let a file count: campaigns and candidates are counted anew, and the ledger tells of it."""
        self._file(file)
        done: list[Finished] = []

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            now = self._now()
            campaigns = tables.recount(cursor, file, now)
            candidates = tables.renew_candidates(cursor, file, now)
            cursor.execute(
                "SELECT count(*), sum(CASE WHEN confidence > 0 THEN 1 ELSE 0 END) FROM reports WHERE file = ?", (file,)
            )
            added, matched = cursor.fetchone()
            result = Finished(file, added, duplicates, rejected, campaigns, int(matched or 0), candidates)
            cursor.execute(
                "UPDATE report_files SET state = 'done', added = ?, duplicates = ?, rejected = ? WHERE id = ?",
                (added, duplicates, rejected, file),
            )
            cursor.execute("SELECT name, digest, form FROM report_files WHERE id = ?", (file,))
            name, digest, form = cursor.fetchone()
            content = msgspec.to_builtins(result) | {"digest": digest, "form": form}
            head = ledger.append(cursor, [Draft("reports.import", name, content, why)], who=who, at=now)
            done.append(result)
            return head, ()

        self._publisher.commit(CODES, write)
        return done[-1]

    def files(self) -> list[dict[str, Any]]:
        """Return the files that were imported, newest first."""
        names = ("file", "name", "form", "state", "at", "who", "why", "added", "duplicates", "rejected", "digest")
        sql = (
            "SELECT id, name, form, state, at, who, why, added, duplicates, rejected, digest FROM report_files "
            "ORDER BY id DESC LIMIT 1000"
        )
        return [dict(zip(names, row, strict=True)) for row in self.store.query(sql)]

    def campaigns(self, *, least: int, code: str, category: str, limit: int) -> list[dict[str, Any]]:
        """Return campaigns with so many reports at least, those with the most first."""
        names = ("campaign", "category", "reports", "ham", "texts", "senders", "first_at", "last_at")
        sql = "SELECT id, category, reports, ham, texts, senders, first_at, last_at FROM campaigns WHERE reports >= ?"
        values: list[Any] = [least]
        if category:
            sql, values = f"{sql} AND category = ?", [*values, category]
        if code:
            sql += " AND id IN (SELECT campaign FROM campaign_sources WHERE code = ?)"
            values.append(code)
        rows = self.store.query(f"{sql} ORDER BY reports DESC, id LIMIT ?", (*values, limit))
        found = [dict(zip(names, row, strict=True)) for row in rows]
        return [each | {"codes": self._codes(each["campaign"])} for each in found]

    def campaign(self, number: int) -> dict[str, Any]:
        """Return a campaign, who sent it, and what it is told by. Raises NotFoundError."""
        names = ("campaign", "category", "reports", "ham", "texts", "senders", "first_at", "last_at", "text")
        sql = "SELECT id, category, reports, ham, texts, senders, first_at, last_at, text FROM campaigns WHERE id = ?"
        rows = self.store.query(sql, (number,))
        if not rows:
            raise NotFoundError(f"there is no campaign {number}; `reports campaigns` lists them")
        found = dict(zip(names, rows[0], strict=True))
        found["text"] = bytes(found["text"]).hex()
        found["labels"] = dict(
            self.store.query(
                "SELECT label, count(*) FROM reports WHERE campaign = ? GROUP BY label ORDER BY count(*) DESC LIMIT 50",
                (number,),
            )
        )
        found["numbers"] = dict(
            self.store.query(
                "SELECT sender, count(*) FROM reports WHERE campaign = ? AND sender <> '' GROUP BY sender "
                "ORDER BY count(*) DESC LIMIT 20",
                (number,),
            )
        )
        found["sources"] = self.sources(number)
        return found

    def sources(self, number: int) -> list[dict[str, Any]]:
        """Return who sent a campaign, those with the most messages first, with the reports matched to them."""
        names = ("account", "code", "route", "messages", "recipients", "refused", "first_at", "last_at", "traces")
        sql = (
            "SELECT account, code, route, messages, recipients, refused, first_at, last_at, traces "
            "FROM campaign_sources WHERE campaign = ? ORDER BY messages DESC, account, code"
        )
        found = []
        for row in self.store.query(sql, (number,)):
            each = dict(zip(names, row, strict=True))
            each["traces"] = msgspec.json.decode(each["traces"])
            matched = self.store.query(
                "SELECT m.report, m.trace_id, m.confidence, m.why FROM report_matches m "
                "JOIN reports r ON r.id = m.report "
                "WHERE r.campaign = ? AND m.account = ? AND m.code = ? AND r.category <> 'ham' "
                "ORDER BY m.confidence DESC, m.report LIMIT ?",
                (number, each["account"], each["code"], EVIDENCE),
            )
            each["matches"] = [dict(zip(("report", "trace_id", "confidence", "why"), m, strict=True)) for m in matched]
            owner = self.store.query("SELECT owner, owner_id, chain FROM codes WHERE code = ?", (each["code"],))
            name, owner_id, chain = owner[0] if owner else ("", "", "[]")
            found.append(each | {"owner": name, "owner_id": owner_id, "resellers": msgspec.json.decode(chain)})
        return found

    def labelled(self, after: bytes, least: int, limit: int, *, who: str, why: str) -> dict[str, Any]:
        """Return texts behind one, each with the class most of its reports name, while it is kept; and the last one.

        A text whose reports disagree by half or more is left out: it teaches nothing. The ledger tells who read them.
        """
        if not after:
            draft = Draft("reports.read", "texts", {"what": "reported texts with their labels"}, why)
            self._publisher.commit(CODES, lambda cursor: (ledger.append(cursor, [draft], who=who, at=self._now()), ()))
        rows = self.store.query(
            "SELECT text, sum(CASE WHEN category <> '' THEN 1 ELSE 0 END) FROM reports WHERE text > ? "
            "AND text_day <> '' GROUP BY text ORDER BY text LIMIT ?",
            (after, limit),
        )
        store = TextStore(self._state_dir)
        found = []
        for text, many in rows:
            sql = (
                "SELECT category, count(*) FROM reports WHERE text = ? AND category <> '' "
                "GROUP BY category ORDER BY count(*) DESC, category LIMIT 1"
            )
            best = self.store.query(sql, (text,))
            said = store.reported(bytes(text)) if best and many >= least and best[0][1] * 2 > many else None
            if said is not None:
                found.append({"category": best[0][0], "reports": int(many), "text": said})
        return {"texts": found, "next": bytes(rows[-1][0]) if len(rows) == limit else None}

    def _codes(self, campaign: int) -> list[str]:
        sql = "SELECT code FROM campaign_sources WHERE campaign = ? GROUP BY code ORDER BY sum(messages) DESC LIMIT 20"
        return [code for (code,) in self.store.query(sql, (campaign,))]

    def _file(self, file: int) -> None:
        if not self.store.query("SELECT id FROM report_files WHERE id = ?", (file,)):
            raise InputError(f"there is no import {file}; begin it anew")

    def _now(self) -> int:
        return int(self._clock() * 1000)
