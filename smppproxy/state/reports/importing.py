"""A file of reports is imported: read, gathered into campaigns, matched to the trace, and sent to the registry.

All of the work is done in the command's own process, beside a proxy that runs; the registry gets short pieces, so that
a file of a million rows keeps nobody waiting.
Memory grows with the distinct texts alone. Nothing of a file counts before its last piece came.
"""

from __future__ import annotations

import csv
import os
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import msgspec

from filters.text.normalise import prepare
from smppproxy.state.errors import InputError, StoreError
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.reports.files import Form, digest_of, form_of, reports
from smppproxy.state.reports.gathering import Gatherer, add_relatives, gather
from smppproxy.state.reports.matching import Matcher
from smppproxy.state.reports.record import Reject
from smppproxy.state.reports.sightings import BEFORE, ON, Wanted, sightings
from smppproxy.state.reports.tables import ReportRow, TextRow
from smppproxy.state.reports.work import Work
from smppproxy.state.texts import KeptText, TextStore
from smppproxy.state.trace import fingerprint
from smppproxy.state.trace_query import pseudonyms_of, spellings_of
from smppproxy.state.trace_store import day_of

PIECE: Final = 4000  # reports of one request; it holds the registry some 0.2 s, and of fewer a change costs more each
SAID: Final = 1 << 20  # characters of the texts of one request, which may have 16 MiB
MARKS: Final = 5000  # marks asked for by one request
MATCHES: Final = 4000  # matches of one request
SOURCES: Final = 1000  # sources of one request, each with some trace ids
REMEMBERED: Final = 10_000  # texts whose fingerprint is remembered: a bulk says the same
SHOWN: Final = 20  # rows that are wrong, told one by one

T = TypeVar("T")
Tell = Callable[[str, int, int], None]
"""What is being done, how much is done, of how much (0: unknown)."""


class Requests(Protocol):
    """The way to the registry: :class:`smppproxy.state.client.Client`."""

    def request(self, do: str, **fields: Any) -> dict[str, Any]:
        """Return what a request brought."""
        ...


class Outcome(msgspec.Struct, frozen=True):
    """What an import brought, or with ``dry_run`` would."""

    file: int
    reports: int  # rows that are reports
    added: int
    duplicates: int  # told twice in the file, or by an earlier one
    rejected: int
    campaigns: int
    matched: int
    candidates: int
    repeated: bool  # this very file was imported before: nothing was done
    dry_run: bool
    rejects: str  # the file of rows that are wrong, "" for none
    categories: dict[str, int]
    unknown_labels: dict[str, int]  # labels that stand for no class
    faults: tuple[str, ...]  # the first rows that are wrong


class Import:
    """One file on its way. ``clock`` is Unix seconds."""

    def __init__(
        self,
        client: Requests,
        state_dir: Path,
        *,
        who: str,
        why: str,
        clock: Callable[[], float],
        tell: Tell,
        database: str = "",
    ) -> None:
        self._client, self._state_dir = client, state_dir
        self._database = database
        self._who, self._why, self._clock, self._tell = who, why, clock, tell
        self._pseudonym = Pseudonymiser.load(state_dir)
        self._fingerprint = lru_cache(REMEMBERED)(lambda text: fingerprint(prepare(text).key))

    def run(
        self,
        path: Path,
        *,
        form: Form = Form.AUTO,
        dry_run: bool = False,
        rejects: Path | None = None,
        again: bool = False,
    ) -> Outcome:
        """Import a file; with ``again`` one that was imported before is matched to the trace anew.

        Raises InputError (none of reports; nothing was changed), StoreError, and the registry's.
        """
        form = form_of(path) if form is Form.AUTO else form
        digest = digest_of(path)
        with Work() as work:
            wrong = _Rejects(rejects or path.with_name(path.name + ".rejected.csv"), dry_run)
            self._lay(work, path, form, wrong)
            if not work.rows:
                told = f"; the first: row {wrong.faults[0]}" if wrong.faults else ""
                raise InputError(f"{path}: no row of it is a report{told}; nothing was changed")
            there = self._count_known(work)
            file, repeated = 0, False
            if not dry_run:
                began = self._ask("begin", digest=digest, name=path.name, form=str(form))
                file, repeated = began["file"], began["state"] == "done" and not again
            if dry_run or repeated:
                return self._outcome(work, wrong, there, file=file, repeated=repeated, dry_run=dry_run)
            gatherer = Gatherer(_pairs(self._ask("signatures")["campaigns"]))
            gather(work, gatherer, self._placed(work))
            self._send(work, file)
            self._match(work, gatherer)
            done = self._ask("finish", file=file, duplicates=work.duplicates + there, rejected=wrong.count)
            return self._outcome(work, wrong, there, file=file, done=done)

    def _lay(self, work: Work, path: Path, form: Form, wrong: _Rejects) -> None:
        with work.laying(), wrong:
            for number, each in enumerate(reports(path, form), 1):
                if isinstance(each, Reject):
                    wrong.add(each)
                    continue
                work.lay(each, self._fingerprint(each.text) if each.text else b"")
                if number % PIECE == 0:
                    self._tell("reading", work.rows, 0)

    def _count_known(self, work: Work) -> int:
        known = 0
        for marks in _some((mark for (mark,) in work.query("SELECT mark FROM rows")), MARKS):
            known += len(self._ask("known", marks=marks)["marks"])
        return known

    def _placed(self, work: Work) -> Iterator[tuple[bytes, bytes]]:
        texts = (text for (text,) in work.query("SELECT DISTINCT text FROM rows WHERE text <> x''"))
        for some in _some(texts, MARKS):
            yield from _pairs(self._ask("placed", texts=some)["texts"])

    def _send(self, work: Work, file: int) -> None:
        """Send the reports, each with the campaign of its text, and the text to keep where it stands first."""
        now = self._clock()
        day = day_of(now)
        rows = work.query(  # in the order of texts: what stands together in an index comes together
            "SELECT r.mark, r.place, r.received, r.reported, r.label, r.category, r.channel, r.sender, r.origin, "
            "r.relay, r.recipient, r.text, t.campaign, t.signature, t.similarity, t.said FROM rows r "
            "LEFT JOIN texts t ON t.text = r.text ORDER BY t.campaign, r.text, r.n"
        )
        last, done = b"", 0
        for some in _pieces(rows):
            texts, kept, members = [], [], []
            for *told, recipient, text, campaign, signature, alike, said in some:
                number = self._pseudonym(recipient) if recipient else b""
                members.append(ReportRow(*(*told, number, text, day if text else "")))
                if text != last:
                    last = text
                    texts.append(TextRow(text, campaign, signature, alike))
                    kept.append(KeptText(now, "", text, signature, said))
            self._ask("rows", file=file, reports=members, texts=texts, kept=kept)
            done += len(some)
            self._tell("sending", done, work.rows)

    def _match(self, work: Work, gatherer: Gatherer) -> None:
        self._tell("searching the trace", 0, 0)
        since, until = self._relatives(work, gatherer)
        if not until:
            return
        wanted = Wanted(
            texts=frozenset(text for (text,) in work.query("SELECT text FROM texts")),
            recipients=frozenset(
                each
                for (number,) in work.query("SELECT DISTINCT recipient FROM rows WHERE recipient <> ''")
                for each in self._pseudonyms(number)
            ),
            senders=_senders(work),
            since=since - BEFORE,
            until=until + ON,
        )
        matcher = Matcher(work, self._pseudonyms)
        matcher.lay(sightings(self._state_dir, wanted, self._database))
        self._tell("matching", 0, 0)
        for matches in _some(matcher.match(), MATCHES):
            self._ask("matches", matches=matches)
            self._tell("matching", matcher.reports, work.rows)
        for sources in _some(matcher.sources(), SOURCES):
            self._ask("matches", sources=sources)

    def _relatives(self, work: Work, gatherer: Gatherer) -> tuple[float, float]:
        """Add what else belongs to the campaigns, and return the span of time all of it was reported in."""
        moment = "CASE WHEN received > 0 THEN received ELSE reported END"
        ((since, until),) = work.query(f"SELECT min({moment}), max({moment}) FROM rows WHERE {moment} > 0")
        if until is None:
            return 0.0, 0.0
        campaigns = {campaign for (campaign,) in work.query("SELECT DISTINCT campaign FROM texts")}
        for some in _some(campaigns, MARKS):
            for first, texts, begin, end in self._ask("spread", campaigns=some)["campaigns"]:
                add_relatives(work, ((b64decode(text), b64decode(first), alike) for text, alike in texts))
                since, until = min(since, begin or since), max(until, end)
        suspected = self._ask("suspected", since=int(since - BEFORE), until=int(until + ON))["texts"]
        found = []
        for text, signature in _pairs(suspected):  # by what it is like: its own words nobody has kept
            near = gatherer.find(signature, None)
            if near is not None and near[0] in campaigns:
                found.append((text, *near))
        store = TextStore(self._state_dir)
        for text, signature in store.signatures(since - BEFORE, until + ON):
            near = gatherer.find(signature, None)
            if near is not None and near[0] in campaigns:
                near = gatherer.find(signature, store.alike(text))  # what was refused, confirmed by its own words
                if near is not None and near[0] in campaigns:
                    found.append((text, *near))
        add_relatives(work, found)
        return float(since), float(until)

    def _pseudonyms(self, number: str) -> tuple[bytes, ...]:
        return pseudonyms_of(number, self._pseudonym)

    def _ask(self, verb: str, **fields: Any) -> dict[str, Any]:
        plain = {name: msgspec.to_builtins(value) for name, value in fields.items()}
        return self._client.request(f"reports.{verb}", who=self._who, why=self._why, **plain)

    def _outcome(
        self, work: Work, wrong: _Rejects, there: int, *, file: int = 0, repeated: bool = False, dry_run: bool = False,
        done: dict[str, Any] | None = None,
    ) -> Outcome:  # fmt: skip
        labels = [*work.query("SELECT label, category, count(*) FROM rows GROUP BY label, category ORDER BY 3 DESC")]
        categories: dict[str, int] = {}
        for _, category, many in labels:
            categories[category or "unknown"] = categories.get(category or "unknown", 0) + many
        counts = done or {"campaigns": 0, "matched": 0, "candidates": 0}
        return Outcome(
            file=file, reports=work.rows, added=0 if repeated else work.rows - there,
            duplicates=work.duplicates + there, rejected=wrong.count, campaigns=counts["campaigns"],
            matched=counts["matched"], candidates=counts["candidates"], repeated=repeated, dry_run=dry_run,
            rejects=wrong.name, categories=categories,
            unknown_labels={label: many for label, category, many in labels if not category},
            faults=tuple(wrong.faults),
        )  # fmt: skip


class _Rejects:
    """The file of rows that are wrong; made when there is one, for its owner alone: it holds what people wrote."""

    def __init__(self, path: Path, dry_run: bool) -> None:
        self.count = 0
        self.faults: list[str] = []
        self.name = ""
        self._path, self._dry_run = path, dry_run
        self._stack = ExitStack()
        self._writer: Any = None

    def __enter__(self) -> _Rejects:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._stack.close()
        except OSError as error:
            raise self._failed(error) from error

    def add(self, reject: Reject) -> None:
        """Count and write a row."""
        self.count += 1
        if len(self.faults) < SHOWN:
            self.faults.append(f"{reject.place}: {reject.expected}")
        if self._dry_run:
            return
        try:
            if self._writer is None:
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
                file = open(os.open(self._path, flags, 0o600), "w", encoding="utf-8", newline="")  # noqa: SIM115
                self._stack.enter_context(file)
                self._writer = csv.writer(file, lineterminator="\n")
                self._writer.writerow(("row", "expected", "content"))
                self.name = str(self._path)
            self._writer.writerow(reject)
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> StoreError:
        return StoreError(
            f"{self._path}: rows that are wrong cannot be kept here: {error.strerror}; name another --rejects"
        )


def _senders(work: Work) -> dict[str, tuple[str, list[int]]]:
    """Return, by each spelling of a sender, the registry's, and when it was reported, sorted."""
    moment = "CASE WHEN received > 0 THEN received ELSE reported END"
    found: dict[str, tuple[str, list[int]]] = {}
    times: list[int] = []
    last = ""
    sql = f"SELECT DISTINCT sender, {moment} FROM rows WHERE sender <> '' AND {moment} > 0 ORDER BY sender, 2"
    for sender, at in work.query(sql):
        if sender != last:
            times, last = [], sender
            found.update(dict.fromkeys(spellings_of(sender), (sender, times)))
        times.append(at)
    return found


def _pairs(rows: Iterable[tuple[str, str]]) -> Iterator[tuple[bytes, bytes]]:
    return ((b64decode(one), b64decode(other)) for one, other in rows)


def _pieces(rows: Iterable[list[Any]]) -> Iterator[list[list[Any]]]:
    """Yield rows together, so many and of so many characters as one request may hold; the text comes last."""
    piece: list[list[Any]] = []
    said = 0
    for row in rows:
        piece.append(row)
        said += len(row[-1] or "")
        if len(piece) >= PIECE or said >= SAID:
            yield piece
            piece, said = [], 0
    if piece:
        yield piece


def _some(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part
