"""What a court or a reseller would ask for: which rule, which window, how many, which messages, by which model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from smppproxy.state.sanctions.engine import Decision
from smppproxy.state.sanctions.rules import Rule
from smppproxy.state.sanctions.subjects import Subject
from smppproxy.state.sanctions.tally import Figures
from smppproxy.state.sanctions.verdict_store import Kept, VerdictStore

NAMED: Final = 100  # verdicts named one by one; all are counted
LISTED: Final = 20  # values of a breakdown; the rest is added up
REST: Final = "others"


class Verdict(msgspec.Struct, frozen=True):
    """A verdict as evidence names it. The recipient is not told: who holds the trace finds it by the trace id."""

    at: int  # Unix milliseconds
    trace_id: str
    account: str
    code: str
    sender: str
    reason: str
    label: str
    score: float
    model: str
    rule: str
    enforced: bool
    refused: bool
    route: str
    text: str  # fingerprint of the normalised text


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The evidence of one sanction. Instants are Unix milliseconds, ``line_*`` seconds on the counters' time line."""

    rule: Rule | None = None  # as it stood then; None: a person decided without one
    window_from: int = 0
    window_until: int = 0
    line_from: float = 0.0
    line_until: float = 0.0
    enforced_only: bool = False  # verdicts of filters in observe mode are left out
    figures: Figures = Figures()
    share: float = 0.0
    suspensions: tuple[int, ...] = ()  # earlier sanctions this one counts
    overturned: tuple[str, ...] = ()  # trace ids a person overturned since
    kept: int = 0  # verdicts the breakdowns below are made of: the newest that are kept
    accounts: dict[str, int] = {}  # the resellers concerned
    codes: dict[str, int] = {}
    owners: dict[str, int] = {}
    senders: dict[str, int] = {}
    labels: dict[str, int] = {}
    reasons: dict[str, int] = {}
    routes: dict[str, int] = {}
    hosts: dict[str, int] = {}
    clusters: dict[str, int] = {}
    models: dict[str, int] = {}
    scores: dict[str, float] = {}  # lowest, mean, highest
    verdicts: tuple[Verdict, ...] = ()


class Witness:
    """Gathers evidence."""

    def __init__(self, verdicts: VerdictStore) -> None:
        self._verdicts = verdicts

    def of_decision(self, decision: Decision, wall: float, line: float) -> Evidence:
        """Return what a rule's decision rests on, at a time of the clock (Unix seconds) and of the time line."""
        rule = decision.rule
        begin = line - rule.window if decision.since is None else max(decision.since, line - rule.window)
        rows = self._verdicts.against(decision.subject, begin, line, score=rule.min_score, enforced=decision.enforced)
        return _summed(rows, rule, begin, line, wall, decision.figures, decision.enforced, decision.suspensions)

    def of_person(self, subject: Subject, wall: float, line: float, span: int) -> Evidence:
        """Return what is known against a subject, for a person's own decision; ``span`` is in seconds."""
        rows = self._verdicts.against(subject, line - span, line, score=0.0, enforced=False)
        recipients = {row.recipient for row in rows if row.recipient}
        return _summed(
            rows, None, line - span, line, wall, Figures(verdicts=len(rows), recipients=len(recipients)), False, ()
        )


def _summed(
    rows: Sequence[Kept],
    rule: Rule | None,
    begin: float,
    line: float,
    wall: float,
    figures: Figures,
    enforced_only: bool,
    suspensions: tuple[int, ...],
) -> Evidence:
    scores = [row.score for row in rows]
    return Evidence(
        rule=rule,
        window_from=int((wall - (line - begin)) * 1000),
        window_until=int(wall * 1000),
        line_from=begin,
        line_until=line,
        enforced_only=enforced_only,
        figures=figures,
        share=round(figures.share, 6),
        suspensions=suspensions,
        kept=len(rows),
        accounts=_counted(row.account for row in rows),
        codes=_counted(row.code for row in rows),
        owners=_counted(row.owner for row in rows),
        senders=_counted(row.sender for row in rows),
        labels=_counted(row.label for row in rows),
        reasons=_counted(row.reason for row in rows),
        routes=_counted(row.route for row in rows),
        hosts=_counted(row.host for row in rows),
        clusters=_counted(row.cluster for row in rows),
        models=_counted(row.model for row in rows),
        scores={
            "lowest": round(min(scores), 4),
            "mean": round(sum(scores) / len(scores), 4),
            "highest": round(max(scores), 4),
        }
        if scores
        else {},
        verdicts=tuple(_named(row) for row in rows[:NAMED]),
    )


def _counted(values: Iterable[str]) -> dict[str, int]:
    counts = Counter(value for value in values if value)
    found = dict(counts.most_common(LISTED))
    rest = sum(counts.values()) - sum(found.values())
    return found | ({REST: rest} if rest else {})


def _named(row: Kept) -> Verdict:
    return Verdict(
        at=row.at, trace_id=row.trace_id, account=row.account, code=row.code, sender=row.sender, reason=row.reason,
        label=row.label, score=round(row.score, 4), model=row.model, rule=row.rule, enforced=row.enforced,
        refused=row.refused, route=row.route, text=row.fingerprint.hex(),
    )  # fmt: skip
