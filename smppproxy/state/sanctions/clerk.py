"""What happens without a person: verdicts are taken in, rules asked, measures begun and ended, effects tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

import msgspec

from smppproxy.state.errors import StateError
from smppproxy.state.sanctions.effects import Effects
from smppproxy.state.sanctions.engine import Decision, SanctionEngine, Step
from smppproxy.state.sanctions.evidence import Witness
from smppproxy.state.sanctions.minutes import NEW, Item, Minutes, grounds
from smppproxy.state.sanctions.office import Office
from smppproxy.state.sanctions.records import How, Records, Sanction, State
from smppproxy.state.sanctions.rules import Action
from smppproxy.state.sanctions.subjects import Subject
from smppproxy.state.sanctions.verdict_store import VerdictStore
from smppproxy.state.store import Store
from smppproxy.state.verdicts import Tidings

NOBODY: Final = "sanctions"  # who ends what ends by itself
TIDY: Final = 3600.0  # s between looks for what no window holds any more
CHECK: Final = 10.0  # s between looks whether a person freed somebody in a registry
NAMES_KEPT: Final = 7 * 86_400  # s a file's name is remembered; it is deleted at once, or its deletion failed


class Event(NamedTuple):
    """Something that happened, for the log. ``fault`` is why it could not, for ``late`` and ``impossible``."""

    what: str  # warned, proposed, applied, ended, withdrawn, late, impossible
    sanction: Sanction
    fault: str = ""


class Clerk:
    """Runs in the store's thread, like everything that writes."""

    def __init__(
        self,
        store: Store,
        engine: SanctionEngine,
        verdicts: VerdictStore,
        rows: Records,
        minutes: Minutes,
        effects: Effects,
        witness: Witness,
        office: Office,
        owner_of: Callable[[str], str],
    ) -> None:
        self._store = store
        self._engine = engine
        self._verdicts = verdicts
        self._rows = rows
        self._minutes = minutes
        self._effects = effects
        self._witness = witness
        self._office = office
        self._owner_of = owner_of
        self._tidied = self._checked = float("-inf")
        self._events: list[Event] = []  # not told yet
        self._late: set[int] = set()  # sanctions whose effect failed here

    def ingest(self, files: Sequence[tuple[str, Tidings]], now: float) -> int:
        """Count what files hold, each file once; return the malignant verdicts. Raises StoreError: nothing was counted.

        The names are noted in the same transaction: whoever dies before a file is deleted counts it no second time.
        """
        marks = ", ".join("?" * len(files))
        try:
            with self._store.transaction() as cursor:
                self._engine.renew()  # inside a transaction we are alone
                names = [name for name, _ in files]
                cursor.execute(f"SELECT name FROM sanction_files WHERE name IN ({marks})", names)
                seen = {row[0] for row in cursor.fetchall()}
                fresh = [(name, tidings) for name, tidings in files if name not in seen]
                verdicts = [row for _, tidings in fresh for row in tidings.verdicts if self._engine.is_malignant(row)]
                self._engine.observe(verdicts, [row for _, tidings in fresh for row in tidings.volumes], now)
                self._engine.save(cursor)
                if verdicts:
                    owners = {code: self._owner_of(code) for code in {row.code for row in verdicts}}
                    self._verdicts.keep(cursor, verdicts, self._engine.timeline.place, owners.__getitem__)
                cursor.executemany(
                    "INSERT INTO sanction_files (name, at) VALUES (?, ?)",
                    [(name, int(now * 1000)) for name, _ in fresh],
                )
        except BaseException:
            self._engine.forget()
            raise
        self._engine.counters.saved()
        return len(verdicts)

    def turn(self, now: float) -> list[Event]:
        """Do what is to be done by the clock's time ``now`` (Unix seconds). Raises StoreError.

        Returns what happened, also in a turn before that came to no end.
        """
        for event in chain(self._try_again(now), self._end_what_is_over(now), self._decide(now)):
            self._events.append(event)  # one by one: what happened before a fault is told
        if not 0 <= now - self._checked < CHECK:
            self._events.extend(self._see_what_was_freed())
            self._stand_in()
            self._checked = now
        if not 0 <= now - self._tidied < TIDY:
            self._events.extend(self._withdraw_the_old(now))
            self._tidy(now)
            self._tidied = now
        told, self._events = self._events, []
        return told

    # -- by the rules ----------------------------------------------------------------------------------------------

    def _decide(self, now: float) -> Iterator[Event]:
        due = self._engine.counters.due()
        if due:
            self._engine.renew()
        line = self._engine.timeline.advance(now)
        again: set[Subject] = set()
        for subject in due:
            proposed = False
            for decision in self._engine.decide_of(subject, line):
                if decision.step is not Step.APPLY and proposed:
                    continue  # the higher step is before a person already
                event = self._act(decision, now, line)
                if event is None:
                    continue
                yield event
                if event.what in ("applied", "late"):
                    again.add(subject)  # a rule may count what has just begun
                    break
                proposed = proposed or event.what == "proposed"
        if due:
            with self._store.transaction() as cursor:
                self._engine.counters.decided(cursor, due, again)

    def _act(self, decision: Decision, now: float, line: float) -> Event | None:
        """Do what a rule asks for, unless as much was done or proposed already."""
        subject, rule = decision.subject, decision.rule
        if self._is_done(subject, rule.action):
            return None
        open_ones = self._rows.of(subject, State.PROPOSED)
        if decision.step is not Step.APPLY and any(each.action.rank >= rule.action.rank for each in open_ones):
            return None
        if decision.step is Step.WARN and any(each.rule == rule.name for each in self._rows.of(subject, State.WARNED)):
            return None
        made_by = f"rule:{rule.name}"
        sanction = Sanction(
            id=NEW, subject=str(subject), action=rule.action, state=State.PROPOSED, rule=rule.name,
            automatic=decision.step is Step.APPLY, rate=rule.rate if rule.action is Action.THROTTLE else 0.0,
            duration=rule.duration, made_by=made_by, made_at=self._minutes.millis(),
            needed=2 if self._engine.policy.four_eyes else 1,
            evidence=self._witness.of_decision(decision, now, line),
        )  # fmt: skip
        try:
            self._effects.check(subject, rule.action)
        except StateError as error:
            return Event("impossible", sanction, str(error))
        match decision.step:
            case Step.APPLY:
                begun = self._minutes.begin(sanction, who=made_by)
                return self._carried_out("applied", begun)
            case Step.PROPOSE:
                item = Item("sanction.propose", sanction, grounds(sanction))
                return Event("proposed", self._minutes.write([item], who=made_by)[0])
            case _:
                warned = msgspec.structs.replace(sanction, state=State.WARNED)
                return Event(
                    "warned", self._minutes.write([Item("sanction.warn", warned, grounds(warned))], who=made_by)[0]
                )

    def _is_done(self, subject: Subject, action: Action) -> bool:
        """Whether such a step or a higher one stands, by a sanction or by a person's hand in the registry."""
        standing = self._rows.standing(subject)
        if standing is not None and standing.action.rank >= action.rank:
            return True
        held = self._effects.held(subject)
        return held is not None and held.rank >= action.rank

    # -- by the clock ----------------------------------------------------------------------------------------------

    def _end_what_is_over(self, now: float) -> Iterator[Event]:
        for sanction in self._rows.over(now):
            item = self._minutes.ending(sanction, How.EXPIRED, NOBODY, "its time was over")
            yield self._carried_out("ended", self._minutes.write([item], who=NOBODY)[0])

    def _withdraw_the_old(self, now: float) -> Iterator[Event]:
        """Proposals nobody decided, and warnings whose window is over."""
        policy = self._engine.policy
        ages = {State.PROPOSED: policy.proposal_age, State.WARNED: policy.kept}
        for state, age in ages.items():
            for sanction in self._rows.in_state(state):
                if sanction.made_at < (now - age) * 1000:
                    item = self._minutes.ending(sanction, How.EXPIRED, NOBODY, "nobody decided it in time")
                    yield Event("withdrawn", self._minutes.write([item], who=NOBODY)[0])

    def _see_what_was_freed(self) -> Iterator[Event]:
        for sanction in self._rows.in_state(State.STANDING):
            if not sanction.effect and not self._effects.is_in_force(sanction):
                item = self._minutes.ending(sanction, How.RESUMED, NOBODY, "a person freed it in the registry")
                yield self._carried_out("ended", self._minutes.write([item], who=NOBODY)[0])

    def _try_again(self, now: float) -> Iterator[Event]:
        for sanction in self._rows.due():
            begins = sanction.state is State.STANDING
            fresh = begins and 0 <= now - (sanction.began_at or 0) / 1000 < CHECK
            if fresh and self._store.shared and sanction.id not in self._late:
                continue  # another node is at it
            try:
                first = self._office.settle(sanction)
            except StateError as error:
                yield self._delayed(sanction, error)
            else:
                self._late.discard(sanction.id)
                if first:
                    yield Event("applied" if begins else "ended", self._office.show(sanction.id))

    def _carried_out(self, what: str, sanction: Sanction) -> Event:
        try:
            return Event(what, self._office.carry_out(sanction))
        except StateError as error:
            return self._delayed(sanction, error)

    def _delayed(self, sanction: Sanction, error: StateError) -> Event:
        """It stays due."""
        self._late.add(sanction.id)
        return Event("late", sanction, str(error))

    def _stand_in(self) -> None:
        if self._store.shared:
            with self._store.transaction() as cursor:
                self._engine.counters.stand_in(cursor)

    def _tidy(self, now: float) -> None:
        line = self._engine.timeline.advance(now) - self._engine.policy.kept
        with self._store.transaction() as cursor:
            self._verdicts.drop(cursor, line)
            self._engine.counters.drop(cursor, line)
            cursor.execute("DELETE FROM sanction_files WHERE at < ?", (int((now - NAMES_KEPT) * 1000),))
