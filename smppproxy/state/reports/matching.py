"""Which message a report is about, as well as can be told, on the workbench of an import.

Each thing that fits is evidence by itself; together they weigh as independent ones do: the doubt that each leaves is
multiplied. Most files name no recipient, so that the message is one of many with the same text, and the match tells who
sent it rather than to whom.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final, NamedTuple

from smppproxy.state.reports.sightings import AFTER, BEFORE, NEAR, Sighting
from smppproxy.state.reports.tables import MatchRow, SourceRow
from smppproxy.state.reports.work import Work

LEAST: Final = 0.5  # confidence of a match that is kept
MESSAGES: Final = 3_000_000  # of the trace laid on the workbench, some 600 MB of disk; of more, the first are taken
MATCHES: Final = 3  # of one report that are kept
TRACES: Final = 20  # trace ids told of who sent a campaign
NEAREST: Final = 8  # messages looked at for each thing that fits: those that came last
RELATIVES: Final = 8  # near-identical texts looked for, where the text itself is not in the trace
TOGETHER: Final = 1000  # reports looked at before their matches are laid down
REMEMBERED: Final = 5_000  # answers kept: reports come sorted by their texts, and those of a bulk ask the same
HELD: Final = 100_000  # messages of a campaign held in memory, some 60 MB; of a text with more each report asks anew
_MESSAGE: Final = "id, at, trace_id, account, code, sender, recipient, text"

#: The doubt each leaves. A number has one owner but many messages; a text one author but many recipients.
DOUBTS: Final = {"recipient": 0.15, "text": 0.2, "sender": 0.5, "time": 0.5, "day": 0.9}
NEAR_DOUBT: Final = 0.3  # of a text that is nearly the same: this, and more the less alike it is
ANOTHER: Final = 0.5  # left of the confidence where the report names another recipient


class Weighed(NamedTuple):
    """How sure a match is, and why."""

    confidence: float
    why: str


def weigh(*, recipient: bool | None, text: bool, near: float, sender: bool, apart: float | None) -> Weighed:
    """Weigh what fits. ``recipient`` is None where the report names none, ``apart`` (s) None where it says no time."""
    return _weighed(recipient, text, near, sender, None if apart is None else -AFTER <= apart <= NEAR)


@lru_cache(REMEMBERED)
def _weighed(recipient: bool | None, text: bool, near: float, sender: bool, soon: bool | None) -> Weighed:
    fits = []
    doubt = 1.0
    if recipient:
        fits.append("recipient")
    if text:
        fits.append("text")
    elif near:
        fits.append("near text")
        doubt *= min(1.0, NEAR_DOUBT + 1 - near)
    if sender:
        fits.append("sender")
    if fits and soon is not None:
        fits.append("time" if soon else "day")
    for each in fits:
        doubt *= DOUBTS.get(each, 1.0)
    confidence = (1 - doubt) * (ANOTHER if recipient is False else 1.0)
    return Weighed(round(min(confidence, 0.99), 3), "+".join(fits))


class _Sent(NamedTuple):
    """The messages with one text, in the order of time."""

    times: Sequence[float]
    rows: Sequence[Any]


class Matcher:
    """Lays messages on the workbench and finds for each report the ones it may be about."""

    def __init__(self, work: Work, pseudonyms: Callable[[str], tuple[bytes, ...]]) -> None:
        """``pseudonyms`` gives the keyed hashes of a number in each of its spellings."""
        self.messages = 0
        self.reports = 0  # looked at so far
        self._work = work
        self._pseudonyms = lru_cache(REMEMBERED)(pseudonyms)
        self._find = lru_cache(REMEMBERED)(self._found)
        self._relatives = lru_cache(REMEMBERED)(self._near)
        self._sent_of = lru_cache(1)(self._in_trace)  # reports come sorted by campaign
        self._campaign = b""
        self._sent: dict[bytes, _Sent | None] = {}  # by text, of the campaign at hand; None: too many to hold
        self._held = 0  # messages in these

    def lay(self, sightings: Iterator[Sighting]) -> None:
        """Lay down the messages of the trace that may be meant."""
        with self._work.laying():
            sql = "INSERT INTO messages VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            self.messages = max(0, self._work.connection.executemany(sql, islice(sightings, MESSAGES)).rowcount)
            for name in ("text", "recipient", "sender"):
                self._work.connection.execute(f"CREATE INDEX messages_by_{name} ON messages ({name}, at)")
            self._work.connection.execute("CREATE INDEX texts_by_campaign ON texts (campaign)")

    def match(self) -> Iterator[MatchRow]:
        """Yield the matches of every report, the surest first, and lay them down."""
        if not self.messages:
            return
        rows = self._work.query(
            "SELECT r.n, r.mark, r.received, r.reported, r.sender, r.recipient, r.text, t.campaign FROM rows r "
            "LEFT JOIN texts t ON t.text = r.text ORDER BY t.campaign, r.text, r.n"
        )
        with self._work.laying():
            while some := list(islice(rows, TOGETHER)):
                laid, found = [], []
                for n, mark, received, reported, sender, recipient, text, campaign in some:
                    if campaign != self._campaign:
                        self._campaign, self._held = campaign, 0
                        self._sent.clear()
                    for message, trace_id, at, account, code, weighed in self._find(
                        received or reported, sender, recipient, text
                    ):
                        laid.append((n, message, *weighed))
                        found.append(MatchRow(mark, trace_id, at, account, code, *weighed))
                self._work.connection.executemany("INSERT INTO matches VALUES (?, ?, ?, ?)", laid)
                self.reports += len(some)
                yield from found

    def sources(self) -> Iterator[SourceRow]:
        """Yield who sent each campaign: the messages with its texts, and those its reports were matched to."""
        self._work.connection.executescript(
            "CREATE TABLE sent AS SELECT t.campaign AS campaign, m.id AS message FROM messages m "
            "JOIN texts t ON t.text = m.text UNION SELECT t.campaign, x.message FROM matches x "
            "JOIN rows r ON r.n = x.n JOIN texts t ON t.text = r.text;"
            "CREATE TABLE sure AS SELECT message, max(confidence) AS confidence FROM matches GROUP BY message;"
            "CREATE UNIQUE INDEX sure_by_message ON sure (message)"
        )
        groups = self._work.query(
            "SELECT s.campaign, m.account, m.code, m.route, count(*), count(DISTINCT m.recipient), sum(m.refused), "
            "min(m.at), max(m.at) FROM sent s JOIN messages m ON m.id = s.message "
            "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
        )
        best = self._work.query(
            "SELECT campaign, account, code, route, trace_id FROM (SELECT s.campaign, m.account, m.code, m.route, "
            "m.trace_id, row_number() OVER (PARTITION BY s.campaign, m.account, m.code, m.route "
            "ORDER BY coalesce(x.confidence, 0) DESC, m.at, m.id) AS place FROM sent s "
            "JOIN messages m ON m.id = s.message LEFT JOIN sure x ON x.message = m.id) WHERE place <= ? "
            "ORDER BY 1, 2, 3, 4, place",
            (TRACES,),
        )
        traces = groupby(best, key=itemgetter(0, 1, 2, 3))  # in the very order of the groups
        for row, (_, members) in zip(groups, traces, strict=True):
            yield SourceRow(*(*row, tuple(member[4] for member in members)))

    def _found(self, when: int, sender: str, recipient: str, text: bytes) -> tuple[Any, ...]:
        hashes = self._pseudonyms(recipient) if recipient else ()
        found: dict[int, Any] = {row[0]: row for row in self._nearest("text", text, when)} if text else {}
        for each in hashes:
            found.update((row[0], row) for row in self._nearest("recipient", each, when))
        if sender:
            found.update((row[0], row) for row in self._nearest("sender", sender, when))
        near: dict[bytes, float] = {}
        if text and not any(row[-1] == text for row in found.values()):
            near = self._relatives(text)
            for like in near:
                found.update((row[0], row) for row in self._nearest("text", like, when))
        weighed = []
        for message, at, trace_id, account, code, their_sender, their_recipient, their_text in found.values():
            weight = _weighed(
                their_recipient in hashes if hashes else None,
                bool(text) and their_text == text,
                near.get(their_text, 0.0),
                bool(sender) and their_sender == sender,
                -AFTER <= when - at <= NEAR if when else None,
            )
            if weight.confidence >= LEAST:
                order = abs(when - at) if when else -at
                weighed.append((-weight.confidence, order, message, trace_id, at, account, code, weight))
        weighed.sort(key=itemgetter(0, 1))
        return tuple(each[2:] for each in weighed[:MATCHES])

    def _near(self, text: bytes) -> dict[bytes, float]:
        """Return texts of the same campaign that are in the trace, and how alike they are, the most alike."""
        ((campaign, mine),) = self._work.all("SELECT campaign, similarity FROM texts WHERE text = ?", (text,))
        return {each: min(mine, alike) for each, alike in self._sent_of(campaign) if each != text}

    def _in_trace(self, campaign: bytes) -> list[tuple[bytes, float]]:
        """Return the texts of a campaign that are in the trace, the most alike to its first: once a campaign."""
        sql = (
            "SELECT o.text, o.similarity FROM texts o WHERE o.campaign = ? "
            "AND EXISTS (SELECT 1 FROM messages m WHERE m.text = o.text) ORDER BY 2 DESC LIMIT ?"
        )
        return self._work.all(sql, (campaign, RELATIVES))

    def _nearest(self, name: str, value: str | bytes, when: int) -> Sequence[Any]:
        """Return the messages with a value that came last before a report says so, and those just behind."""
        since, until = (when - BEFORE, when + AFTER) if when else (0.0, 1e12)
        if isinstance(value, bytes) and name == "text" and (sent := self._of_text(value)) is not None:
            end = bisect_right(sent.times, until)
            begin = max(bisect_left(sent.times, since), end - NEAREST)
            return sent.rows[begin:end]
        sql = (
            f"SELECT {_MESSAGE} FROM messages WHERE {name} = ? AND at BETWEEN ? AND ? ORDER BY at DESC LIMIT {NEAREST}"
        )
        return self._work.all(sql, (value, since, until))

    def _of_text(self, text: bytes) -> _Sent | None:
        """Return all messages with a text, None where these are too many to be held."""
        if text in self._sent:
            return self._sent[text]
        sql = f"SELECT {_MESSAGE} FROM messages WHERE text = ? ORDER BY at LIMIT {HELD + 1}"
        rows = self._work.all(sql, (text,))
        if self._held + len(rows) > HELD:
            self._held = 0
            self._sent.clear()
        self._held += len(rows) if len(rows) <= HELD else 0
        self._sent[text] = None if len(rows) > HELD else _Sent([row[1] for row in rows], rows)
        return self._sent[text]
