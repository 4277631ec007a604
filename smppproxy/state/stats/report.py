"""The tables of a report, made of the counts of two spans. Pure: sums, ranks, shares and changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple

import msgspec

from smppproxy.state.stats.counting import HAM, UNJUDGED

TOP: Final = 50  # rows told one by one; the regulator's monthly table of resellers has as many
MALIGNANT: Final = ("gambling", "loan", "drug", "adult")  # what the law calls so, see the sanctions
RANKED: Final = ("relay", "upstream", "reseller", "code")  # tables that may be long; the others are closed lists
BLOCKED: Final = ("refuse", "quarantine", "swallow")


class Row(NamedTuple):
    """Counts of one heading, over all the days of a span."""

    account: str
    upstream: str
    code: str
    route: str
    label: str
    outcome: str
    reason: str
    messages: int
    segments: int


Figures = tuple[int, int, int, int, int]
"""messages, segments, spam, malignant, blocked"""


class Sum(msgspec.Struct):
    """What was counted: ``spam`` was found to be of some class but ham, ``blocked`` did not go on."""

    messages: int = 0
    segments: int = 0
    spam: int = 0
    malignant: int = 0
    blocked: int = 0

    def add(self, figures: Figures) -> None:
        """Count in."""
        self.messages += figures[0]
        self.segments += figures[1]
        self.spam += figures[2]
        self.malignant += figures[3]
        self.blocked += figures[4]


class Line(msgspec.Struct, frozen=True):
    """A row of a table. ``before`` is the same of the span before; ``members``: how many stand behind it."""

    key: str
    name: str
    now: Sum
    before: Sum
    members: int = 1


class Table(msgspec.Struct, frozen=True):
    """Lines by rank. ``measure`` is what shares and ranks are of: ``spam``, or ``messages`` where there is none."""

    name: str
    measure: str
    lines: tuple[Line, ...]
    rest: Line | None  # those beyond the last rank, as one
    total: Line


class Tally(msgspec.Struct, frozen=True):
    """A plain count and that of the span before: sanctions, reports."""

    name: str
    now: int
    before: int


class Step(msgspec.Struct, frozen=True):
    """One day or month of the span: how many messages, and how many of each class of spam."""

    period: str
    messages: int
    spam: dict[str, int]


class Report(msgspec.Struct, frozen=True):
    """Everything a report says. Days are those of the operator's time, see ``utc_offset`` (h)."""

    kind: str
    first: date
    last: date
    before_first: date
    before_last: date
    made_at: int  # Unix seconds
    utc_offset: float
    waiting: int  # spool files that are finished and not counted yet
    tables: tuple[Table, ...]
    sanctions: tuple[Tally, ...]
    reported: tuple[Tally, ...]
    steps: tuple[Step, ...]

    def table(self, name: str) -> Table:
        """Return a table by name; KeyError where there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)


#: The tables, and what each ranks. Relay: by the bind that brought it in; upstream: by the carrier it went to.
KEYS: Final[dict[str, Callable[[Row], str]]] = {
    "relay": lambda row: row.account,
    "upstream": lambda row: row.upstream,
    "reseller": lambda row: row.code,
    "code": lambda row: row.code,
    "class": lambda row: row.label,
    "route": lambda row: row.route,
    "outcome": lambda row: row.outcome,
    "reason": lambda row: row.reason,
}


def tables(
    now: Iterable[Row], before: Iterable[Row], owners: Mapping[str, str], *, top: int = TOP
) -> tuple[Table, ...]:
    """Return all tables. ``owners`` gives the reseller a code is registered to; others stand for themselves."""
    sums: dict[str, dict[str, tuple[Sum, Sum]]] = {name: {} for name in KEYS}
    members: dict[str, set[str]] = {}
    total = (Sum(), Sum())
    for which, rows in enumerate((now, before)):
        for row in rows:
            figures = figures_of(row)
            total[which].add(figures)
            for name, key_of in KEYS.items():
                key = key_of(row)
                if name == "reseller":
                    owner = owners.get(key) or key
                    members.setdefault(owner, set()).add(key)
                    key = owner
                pair = sums[name].get(key)
                if pair is None:
                    pair = sums[name][key] = (Sum(), Sum())
                pair[which].add(figures)
    measure = "spam" if total[0].spam or total[1].spam else "messages"
    found = []
    for name, pairs in sums.items():
        by = "messages" if name in ("class", "outcome", "reason") else measure
        lines = [
            Line(key, owners.get(key, "") if name == "code" else "", *pair, _size(name, key, members))
            for key, pair in pairs.items()
        ]
        lines.sort(key=lambda line: (-getattr(line.now, by), -line.now.messages, -line.before.messages, line.key))
        head, tail = (lines[:top], lines[top:]) if name in RANKED else (lines, [])
        rest = Line("", "", _sum(line.now for line in tail), _sum(line.before for line in tail), len(tail))
        end = Line("", "", *total, len(lines))
        found.append(Table(name, by, tuple(head), rest if tail else None, end))
    return tuple(found)


def figures_of(row: Row) -> Figures:
    """Return what a row counts for."""
    messages = row.messages
    spam = messages if row.label not in (HAM, UNJUDGED) else 0
    return (
        messages, row.segments, spam, messages if row.label in MALIGNANT else 0,
        messages if row.outcome in BLOCKED else 0,
    )  # fmt: skip


def steps(rows: Iterable[tuple[str, str, int]], parts: Iterable[str]) -> tuple[Step, ...]:
    """Return the course of a span from (period, class, messages); a period without any is a step of zeros."""
    found: dict[str, tuple[list[int], dict[str, int]]] = {part: ([0], {}) for part in parts}
    for period, label, messages in rows:
        whole, spam = found.setdefault(period, ([0], {}))
        whole[0] += messages
        if label not in (HAM, UNJUDGED):
            spam[label] = spam.get(label, 0) + messages
    return tuple(Step(period, whole[0], spam) for period, (whole, spam) in sorted(found.items()))


def change(now: int, before: int) -> float | None:
    """Return by what share a count changed, such as -0.25; None where there was nothing before."""
    return (now - before) / before if before else None


def share(part: int, whole: int) -> float:
    """Return a share of a whole, 0 of nothing."""
    return part / whole if whole else 0.0


def _size(name: str, key: str, members: Mapping[str, set[str]]) -> int:
    return len(members[key]) if name == "reseller" else 1


def _sum(sums: Iterable[Sum]) -> Sum:
    total = Sum()
    for each in sums:
        total.add((each.messages, each.segments, each.spam, each.malignant, each.blocked))
    return total
