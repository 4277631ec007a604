"""The engine: what the verdicts add up to, and what the rules make of it.

``observe`` counts, ``decide`` asks the rules; both are given the time. What was counted is written by ``save`` in the
caller's transaction, together with the word that a file was read, so each verdict counts once whenever control dies.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from math import ceil
from typing import Protocol

import msgspec

from smppproxy.state.sanctions.counters import Counters
from smppproxy.state.sanctions.rules import COUNTED_MESSAGES, Action, Kind, Policy, Rule
from smppproxy.state.sanctions.subjects import OwnerOf, Subject, subjects_of
from smppproxy.state.sanctions.tally import Figures, Pardon
from smppproxy.state.sanctions.timeline import Timeline
from smppproxy.state.store import Cursor, Store
from smppproxy.state.verdicts import VerdictRow, VolumeRow


class Step(IntEnum):
    """How far a rule is reached."""

    WARN = 0
    PROPOSE = 1
    APPLY = 2


class Decision(msgspec.Struct, frozen=True):
    """What a rule asks for. ``figures`` are those it was reached by, ``suspensions`` the ids of those it counts."""

    subject: Subject
    rule: Rule
    step: Step
    figures: Figures
    enforced: bool  # whether what was only observed is left out of the figures
    since: float | None = None  # on the time line: nothing before counts
    suspensions: tuple[int, ...] = ()


class Past(Protocol):
    """What the engine asks about earlier sanctions."""

    def suspensions(self, subject: Subject, window: int) -> tuple[int, ...]:
        """Return the ids of the suspensions that began within a window (s) and were not taken back as wrong."""
        ...

    def pardon(self, subject: Subject, action: Action) -> Pardon | None:
        """Return since when verdicts count again for an action, None where all do."""
        ...


class SanctionEngine:
    """Counters and rules. Not for use by two threads at once."""

    def __init__(self, store: Store, policy: Policy, past: Past, owner_of: OwnerOf) -> None:
        self.policy = policy
        self.counters = Counters(store, policy)
        self._store = store
        self._past = past
        self._owner_of = owner_of
        self.timeline = self._loaded_timeline()

    def take(self, policy: Policy) -> None:
        """Go by other rules from now on; what was counted for rules that stay is kept."""
        if policy != self.policy:
            self.policy = policy
            self.counters.fit(policy)

    def is_malignant(self, row: VerdictRow) -> bool:
        """Whether a verdict counts."""
        return row.reason in self.policy.malignant

    def observe(self, verdicts: Sequence[VerdictRow], volumes: Sequence[VolumeRow], now: float) -> None:
        """Count. ``now`` is the clock's Unix time; rows may come in any order and late."""
        line = self.timeline.advance(now)
        kinds = [kind for kind in Kind if self.policy.gauges(kind)]
        owners: dict[str, str] = {}

        def owner(code: str) -> str:
            if code not in owners:
                owners[code] = self._owner_of(code) if code and Kind.OWNER in kinds else ""
            return owners[code]

        for row in verdicts:
            if self.is_malignant(row):
                at = self.timeline.place(row.at)
                for subject in subjects_of(row, owner(row.code), kinds):
                    tally = self.counters.changing(subject, due=True)
                    tally.verdict(row.score, row.recipient, row.enforced, at, line)
        for (subject, at), messages in self._sent(volumes, kinds, owner).items():
            self.counters.changing(subject, due=False).volume(messages, at, line)

    def save(self, cursor: Cursor) -> None:
        """Write what was counted, and the time line."""
        self.counters.save(cursor)
        cursor.execute(
            "INSERT INTO sanction_clock (id, wall, line) VALUES (1, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET wall = excluded.wall, line = excluded.line",
            (self.timeline.wall or 0.0, self.timeline.line),
        )

    def forget(self) -> None:
        """Forget what could not be written."""
        self.counters.forget()
        self.timeline = self._loaded_timeline()

    def decide(self, now: float) -> list[Decision]:
        """Return what the rules ask for of every subject that is due, the highest step of each subject first."""
        line = self.timeline.advance(now)
        found: list[Decision] = []
        for subject in self.counters.due():
            found += self.decide_of(subject, line)
        return found

    def decide_of(self, subject: Subject, line: float) -> list[Decision]:
        """Return what the rules ask for of one subject; ``line`` is on the time line."""
        decisions = (self._asked(subject, rule, line) for rule in self.policy.of(subject.kind))
        return [decision for decision in decisions if decision is not None]

    def figures(self, subject: Subject, rule: Rule, now: float, *, enforced: bool) -> Figures:
        """Return what a rule's window holds at the clock's time ``now``."""
        gauge = rule.gauge
        if gauge is None:
            return Figures()
        line = self.timeline.advance(now)
        pardon = self._past.pardon(subject, rule.action)
        return self.counters[subject].figures(gauge, line, enforced=enforced, pardon=pardon)

    def _asked(self, subject: Subject, rule: Rule, line: float) -> Decision | None:
        suspensions: tuple[int, ...] = ()
        if rule.suspensions:
            suspensions = self._past.suspensions(subject, rule.window)
            if len(suspensions) < rule.suspensions:
                return None
        pardon = self._past.pardon(subject, rule.action)
        since = pardon.since if pardon is not None else None
        gauge = rule.gauge
        if gauge is None:
            step = Step.APPLY if rule.automatic else Step.PROPOSE
            return Decision(subject, rule, step, Figures(), True, since, suspensions)
        tally = self.counters[subject]
        sure = tally.figures(gauge, line, enforced=True, pardon=pardon)
        if rule.automatic and reaches(rule, sure):
            return Decision(subject, rule, Step.APPLY, sure, True, since, suspensions)
        whole = tally.figures(gauge, line, enforced=False, pardon=pardon)
        if reaches(rule, whole):
            return Decision(subject, rule, Step.PROPOSE, whole, whole == sure, since, suspensions)
        if rule.warn_at and reaches(rule, whole, rule.warn_at):
            return Decision(subject, rule, Step.WARN, whole, whole == sure, since, suspensions)
        return None

    def _sent(
        self, volumes: Sequence[VolumeRow], kinds: Sequence[Kind], owner: OwnerOf
    ) -> dict[tuple[Subject, float], int]:
        """Return the messages of each subject by the second they belong to."""
        sent: dict[tuple[Subject, float], int] = {}
        wanted = [kind for kind in kinds if kind in COUNTED_MESSAGES]
        for row in volumes:
            at = float(int(self.timeline.place(row.at)))
            keys = {Kind.CODE: row.code, Kind.ACCOUNT: row.account, Kind.OWNER: owner(row.code)}
            for kind in wanted:
                if keys[kind]:
                    place = Subject(kind, keys[kind]), at
                    sent[place] = sent.get(place, 0) + row.messages
        return sent

    def _loaded_timeline(self) -> Timeline:
        rows = self._store.query("SELECT wall, line FROM sanction_clock WHERE id = 1")
        return Timeline(*rows[0]) if rows else Timeline()


def reaches(rule: Rule, figures: Figures, part: float = 1.0) -> bool:
    """Whether figures reach what a rule asks for; ``part``: only this part of the numbers, the share stays whole."""
    return (
        figures.verdicts >= max(1, ceil(rule.count * part))
        and figures.share >= rule.share
        and figures.recipients >= ceil(rule.recipients * part)
    )
