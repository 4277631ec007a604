"""The verdicts that are kept: the newest malignant ones of each code, for evidence and for a person to overturn.

Counters know how many there were; these rows show which. They are bounded, so that a flood of verdicts costs no more
than its newest part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import msgspec

from smppproxy.state.sanctions.rules import Kind
from smppproxy.state.sanctions.subjects import Subject
from smppproxy.state.store import Cursor, Store
from smppproxy.state.verdicts import VerdictRow

OF_A_CODE: Final = 2_000  # verdicts kept of one code; four times what the default strike asks for
OF_A_BATCH: Final = 500  # verdicts of one code taken from one turn; of more, the newest
OF_ALL: Final = 200_000  # verdicts kept altogether, some 80 MB

_FIELDS: Final = (
    "at, counted_at, trace_id, account, code, owner, sender, recipient, fingerprint, cluster, host, reason, label, "
    "score, model, rule, enforced, refused, route, overturned"
)
_COLUMN: Final = {
    Kind.CODE: "code", Kind.SENDER: "sender", Kind.ACCOUNT: "account",
    Kind.OWNER: "owner", Kind.CLUSTER: "cluster", Kind.HOST: "host",
}  # fmt: skip


class Kept(msgspec.Struct, frozen=True):
    """A verdict that is kept. ``at`` is Unix milliseconds, ``counted_at`` seconds on the counters' time line."""

    number: int
    at: int
    counted_at: float
    trace_id: str
    account: str
    code: str
    owner: str
    sender: str
    recipient: bytes
    fingerprint: bytes
    cluster: str
    host: str
    reason: str
    label: str
    score: float
    model: str
    rule: str
    enforced: bool
    refused: bool
    route: str
    overturned: bool

    def subjects(self) -> list[Subject]:
        """Return everybody it counts against."""
        return [Subject(kind, key) for kind, column in _COLUMN.items() if (key := getattr(self, column))]


class VerdictStore:
    """Reads and writes them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(
        self,
        cursor: Cursor,
        rows: Sequence[VerdictRow],
        place: Callable[[float], float],
        owner_of: Callable[[str], str],
    ) -> None:
        """Keep the newest of these; ``place`` gives their instants on the time line."""
        taken: Counter[str] = Counter()
        chosen: list[VerdictRow] = []
        for row in reversed(rows):
            taken[row.code] += 1
            if taken[row.code] <= OF_A_BATCH:
                chosen.append(row)
        cursor.execute("SELECT coalesce(max(number), 0) FROM sanction_verdicts")
        first = cursor.fetchone()[0] + 1
        cursor.executemany(
            f"INSERT INTO sanction_verdicts (number, {_FIELDS}) VALUES ({', '.join('?' * 21)})",
            [
                (first + place_in, *_row(row, place(row.at), owner_of(row.code)))
                for place_in, row in enumerate(reversed(chosen))
            ],
        )
        for code in taken:
            cursor.execute(
                "DELETE FROM sanction_verdicts WHERE code = ? AND number <= ("
                "SELECT number FROM sanction_verdicts WHERE code = ? ORDER BY number DESC LIMIT 1 OFFSET ?)",
                (code, code, OF_A_CODE),
            )

    def drop(self, cursor: Cursor, line: float) -> None:
        """Delete what no window holds any more, and the oldest beyond the bound."""
        cursor.execute("DELETE FROM sanction_verdicts WHERE counted_at < ?", (line,))
        cursor.execute(
            "DELETE FROM sanction_verdicts WHERE number <= ("
            "SELECT number FROM sanction_verdicts ORDER BY number DESC LIMIT 1 OFFSET ?)",
            (OF_ALL,),
        )

    def traced(self, trace_id: str) -> list[Kept]:
        """Return the verdicts on a message."""
        return self._where("trace_id = ? ORDER BY number", (trace_id,))

    def against(self, subject: Subject, since: float, until: float, *, score: float, enforced: bool) -> list[Kept]:
        """Return what still counts against a subject within a part of the time line, the newest first."""
        return self._where(
            f"{_COLUMN[subject.kind]} = ? AND counted_at > ? AND counted_at <= ? AND score >= ? AND overturned = 0"
            f"{' AND enforced = 1' if enforced else ''} ORDER BY number DESC",
            (subject.key, since, until, score),
        )

    def last_seen(
        self, subject: Subject, recipient: bytes, score: float, *, without: Collection[int]
    ) -> tuple[float, float]:
        """Return when what still counts last named a recipient: of filters that enforce, and of any; -1 for never."""
        enforced, last = -1.0, -1.0
        sql = (
            f"SELECT number, counted_at, enforced FROM sanction_verdicts WHERE {_COLUMN[subject.kind]} = ? "
            "AND recipient = ? AND score >= ? AND overturned = 0"
        )
        for number, at, was_enforced in self._store.query(sql, (subject.key, recipient, score)):
            if number in without:
                continue
            last = max(last, at)
            enforced = max(enforced, at) if was_enforced else enforced
        return enforced, last

    def overturn(self, cursor: Cursor, numbers: Sequence[int]) -> None:
        """Let verdicts count no longer."""
        cursor.executemany(
            "UPDATE sanction_verdicts SET overturned = 1 WHERE number = ?", [(number,) for number in numbers]
        )

    def _where(self, clause: str, parameters: Sequence[Any]) -> list[Kept]:
        rows = self._store.query(f"SELECT number, {_FIELDS} FROM sanction_verdicts WHERE {clause}", parameters)
        return [_kept(row) for row in rows]


def _row(row: VerdictRow, counted_at: float, owner: str) -> tuple[Any, ...]:
    return (
        int(row.at * 1000), counted_at, row.trace_id, row.account, row.code, owner, row.sender, row.recipient, row.text,
        row.cluster.hex(), row.host, row.reason, row.label, row.score, row.model, row.rule, int(row.enforced),
        int(row.refused), row.route, 0,
    )  # fmt: skip


def _kept(row: Any) -> Kept:
    *fields, enforced, refused, route, overturned = row
    values: list[Any] = [*fields, bool(enforced), bool(refused), route, bool(overturned)]
    return Kept(*values)
