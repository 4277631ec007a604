"""A person overturns a verdict: it counts no longer, and what rested on it is taken back."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from smppproxy.state.errors import BooksError, ConflictError, NotFoundError
from smppproxy.state.ledger import Draft
from smppproxy.state.sanctions.engine import SanctionEngine, reaches
from smppproxy.state.sanctions.minutes import Item, Minutes
from smppproxy.state.sanctions.office import Office
from smppproxy.state.sanctions.records import WRONGED, How, Records, Sanction, State
from smppproxy.state.sanctions.rules import Action
from smppproxy.state.sanctions.verdict_store import OF_A_CODE, Kept, VerdictStore
from smppproxy.state.store import Cursor


class Overturned(msgspec.Struct, frozen=True):
    """What came of it."""

    trace_id: str
    verdicts: int  # that count no longer
    taken_back: tuple[Sanction, ...]  # do not reach their rule without them
    stand: tuple[Sanction, ...]  # rested on them too and still reach it, or were made by a person without a rule


class Overturning:
    """Takes verdicts back."""

    def __init__(
        self, engine: SanctionEngine, verdicts: VerdictStore, rows: Records, minutes: Minutes, office: Office
    ) -> None:
        self._engine = engine
        self._verdicts = verdicts
        self._rows = rows
        self._minutes = minutes
        self._office = office

    def overturn(self, trace_id: str, *, who: str, why: str = "") -> Overturned:
        """Overturn the verdicts on a message. Raises NotFoundError, ConflictError (done already)."""
        found = self._verdicts.traced(trace_id) if trace_id else []
        wrong = [row for row in found if not row.overturned]
        if not found:
            raise NotFoundError(
                f"no malignant verdict on message {trace_id!r} is kept: there was none, or it is older than every "
                f"window, or not among the newest {OF_A_CODE} of its code"
            )
        if not wrong:
            raise ConflictError(f"the verdict on message {trace_id} was overturned already")
        items, stand = self._what_rests_on(wrong, who, why)
        try:

            def also(cursor: Cursor) -> None:
                self._engine.renew()  # inside a transaction we are alone
                self._uncount(wrong)
                self._verdicts.overturn(cursor, [row.number for row in wrong])
                self._engine.save(cursor)

            content = {"verdicts": [_told(row) for row in wrong]}
            draft = Draft("verdict.overturn", f"message:{trace_id}", content, why)
            written = self._minutes.write(items, who=who, also=also, drafts=[draft])
        except BooksError:
            self._engine.counters.saved()  # it is in the store
            raise
        except BaseException:
            self._engine.forget()
            raise
        self._engine.counters.saved()
        ended = [each for each in written if each.ended_how == How.OVERTURNED]
        return Overturned(trace_id, len(wrong), tuple(map(self._office.carry_out, ended)), tuple(stand))

    def _uncount(self, wrong: Sequence[Kept]) -> None:
        line, numbers = self._engine.timeline.line, {row.number for row in wrong}
        for row in wrong:
            for subject in row.subjects():
                if not self._engine.policy.gauges(subject.kind):
                    continue
                tally = self._engine.counters.changing(subject, due=False)
                tally.take(row.score, row.enforced, row.counted_at, line)
                for least in tally.scores:
                    seen = self._verdicts.last_seen(subject, row.recipient, least, without=numbers)
                    tally.last_seen(least, row.recipient, *seen)

    def _what_rests_on(self, wrong: Sequence[Kept], who: str, why: str) -> tuple[list[Item], list[Sanction]]:
        """Return what has to be written about sanctions, and those that stand all the same."""
        items: list[Item] = []
        stand: list[Sanction] = []
        told = f"overturned: {why}"[:500] if why else "a verdict it rested on was overturned"
        gone: set[int] = set()
        for subject in dict.fromkeys(subject for row in wrong for subject in row.subjects()):
            alive = self._rows.of(subject, State.STANDING, State.PROPOSED, State.WARNED)
            over = [each for each in self._rows.of(subject, State.ENDED) if each.action is Action.SUSPEND]
            for sanction in [*over, *alive]:  # suspensions that are over first: later ones may rest on them
                if sanction.ended_how in WRONGED:
                    continue
                lost = [row for row in wrong if _rests_on(sanction, row)]
                if not lost and not gone.intersection(sanction.evidence.suspensions):
                    continue
                recounted = self._recounted(sanction, lost, gone)
                if recounted is None:
                    stand.append(sanction)
                elif _still_reaches(recounted):
                    items.append(Item("sanction.recount", recounted, {"figures": recounted.evidence.figures}, why))
                    stand.append(recounted)
                else:
                    gone.add(sanction.id)
                    items.append(self._taken_back(recounted, who, told))
        return items, stand

    def _taken_back(self, sanction: Sanction, who: str, why: str) -> Item:
        if sanction.state is State.ENDED:
            return Item("sanction.end", msgspec.structs.replace(sanction, ended_how=str(How.OVERTURNED)), {}, why)
        return self._minutes.ending(sanction, How.OVERTURNED, who, why)

    def _recounted(self, sanction: Sanction, lost: Sequence[Kept], gone: set[int]) -> Sanction | None:
        """Return a sanction with the figures that are left; None where it rests on no rule."""
        evidence = sanction.evidence
        rule = evidence.rule
        if rule is None:
            return None
        numbers = {row.number for row in lost}
        left = [
            row
            for row in self._verdicts.against(
                sanction.whom, evidence.line_from, evidence.line_until,
                score=rule.min_score, enforced=evidence.enforced_only,
            )
            if row.number not in numbers
        ]  # fmt: skip
        named = {row.recipient for row in left}
        fewer = len({row.recipient for row in lost if row.recipient and row.recipient not in named})
        figures = msgspec.structs.replace(
            evidence.figures,
            verdicts=max(0, evidence.figures.verdicts - len(lost)),
            recipients=max(0, evidence.figures.recipients - fewer),
        )
        return msgspec.structs.replace(
            sanction,
            evidence=msgspec.structs.replace(
                evidence,
                figures=figures,
                share=round(figures.share, 6),
                suspensions=tuple(each for each in evidence.suspensions if each not in gone),
                overturned=(*evidence.overturned, *(row.trace_id for row in lost)),
            ),
        )


def _rests_on(sanction: Sanction, row: Kept) -> bool:
    evidence = sanction.evidence
    return (
        evidence.line_from < row.counted_at <= evidence.line_until
        and row.score >= (evidence.rule.min_score if evidence.rule is not None else 0.0)
        and (row.enforced or not evidence.enforced_only)
    )


def _still_reaches(sanction: Sanction) -> bool:
    evidence = sanction.evidence
    rule = evidence.rule
    if rule is None or len(evidence.suspensions) < rule.suspensions:
        return rule is None
    part = rule.warn_at if sanction.state is State.WARNED else 1.0
    return rule.gauge is None or reaches(rule, evidence.figures, part)


def _told(row: Kept) -> dict[str, object]:
    names = ("at", "account", "code", "sender", "reason", "label", "score", "model", "rule", "enforced", "refused")
    return {name: getattr(row, name) for name in names}
