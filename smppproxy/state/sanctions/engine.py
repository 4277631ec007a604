"""The engine: what the verdicts add up to, and what the rules make of it.

``observe`` counts, ``decide`` asks the rules; both are given the time. What was counted is written by ``save`` in the
caller's transaction, together with the word that a file was read, so each verdict counts once whenever control dies.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from math import ceil
from typing import Final, Protocol

import msgspec

from smppproxy.state.sanctions.counters import Counters
from smppproxy.state.sanctions.rules import COUNTED_MESSAGES, Action, Kind, Policy, Rule
from smppproxy.state.sanctions.subjects import OwnerOf, Subject, subjects_of
from smppproxy.state.sanctions.tally import Figures, Pardon
from smppproxy.state.sanctions.timeline import Timeline
from smppproxy.state.store import Cursor, Store
from smppproxy.state.verdicts import VerdictRow, VolumeRow

FOLD: Final = 5.0  # s that messages wait for their counters, unless these are asked for: one write for many
WAITING: Final = 20_000  # subjects whose messages wait at most; some 40 octets each are written at every turn


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
        self._folded = float("-inf")
        self._load()

    def take(self, policy: Policy) -> None:
        """Go by other rules from now on; what was counted for rules that stay is kept."""
        if policy != self.policy:
            self.policy = policy
            self.counters.fit(policy)
            self._load()

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
                    self._fold(subject, line)
                    tally = self.counters.changing(subject, due=True)
                    tally.verdict(row.score, row.recipient, row.enforced, at, line)
        self._wait(volumes, kinds, owner)
        if not 0 <= line - self._folded < FOLD or len(self._pending) > WAITING:
            self._folded = line
            for subject in list(self._pending):
                self._fold(subject, line)

    def save(self, cursor: Cursor) -> None:
        """Write what was counted, and the time line."""
        self.counters.save(cursor)
        pending = [(*subject, *each) for subject, sent in self._pending.items() for each in sent.items()]
        cursor.execute(
            "INSERT INTO sanction_clock (id, wall, line, pending) VALUES (1, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET wall = excluded.wall, line = excluded.line, pending = excluded.pending",
            (self.timeline.wall or 0.0, self.timeline.line, msgspec.msgpack.encode(pending)),
        )

    def forget(self) -> None:
        """Forget what could not be written."""
        self.counters.forget()
        self._load()

    def renew(self) -> None:
        """Forget what may be old: where nodes share the store, others have counted since it was read."""
        if self._store.shared:
            self.forget()

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

    def pardoned(self, subject: Subject, line: float) -> Pardon:
        """Return what is counted against a subject at this moment, for all that no longer counts later."""
        self.renew()
        self._fold(subject, line)
        return self.counters[subject].pardoned(line)

    def figures(self, subject: Subject, rule: Rule, now: float, *, enforced: bool) -> Figures:
        """Return what a rule's window holds at the clock's time ``now``."""
        gauge = rule.gauge
        if gauge is None:
            return Figures()
        self.renew()
        line = self.timeline.advance(now)
        pardon = self._past.pardon(subject, rule.action)
        self._fold(subject, line)
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
        self._fold(subject, line)
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

    def _wait(self, volumes: Sequence[VolumeRow], kinds: Sequence[Kind], owner: OwnerOf) -> None:
        """Let the messages of each subject wait for its counters, by the second they belong to."""
        wanted = [kind for kind in kinds if kind in COUNTED_MESSAGES]
        for row in volumes:
            at = int(self.timeline.place(row.at))
            keys = {Kind.CODE: row.code, Kind.ACCOUNT: row.account, Kind.OWNER: owner(row.code)}
            for kind in wanted:
                if keys[kind]:
                    sent = self._pending.setdefault(Subject(kind, keys[kind]), {})
                    sent[at] = sent.get(at, 0) + row.messages

    def _fold(self, subject: Subject, line: float) -> None:
        """Bring the messages of a subject that wait into its counters."""
        sent = self._pending.pop(subject, None)
        if sent:
            tally = self.counters.changing(subject, due=False)
            for at, messages in sent.items():
                tally.volume(messages, at, line)

    def _load(self) -> None:
        rows = self._store.query("SELECT wall, line, pending FROM sanction_clock WHERE id = 1")
        wall, line, pending = rows[0] if rows else (None, 0.0, b"\x90")
        self.timeline = Timeline(wall, line)
        self._pending: dict[Subject, dict[int, int]] = {}
        for kind, key, at, messages in msgspec.msgpack.decode(pending):
            self._pending.setdefault(Subject(Kind(kind), key), {})[at] = messages


def reaches(rule: Rule, figures: Figures, part: float = 1.0) -> bool:
    """Whether figures reach what a rule asks for; ``part``: only this part of the numbers, the share stays whole."""
    return (
        figures.verdicts >= max(1, ceil(rule.count * part))
        and figures.share >= rule.share
        and figures.recipients >= ceil(rule.recipients * part)
    )
