"""What a sanction does: brings the registries to what stands, so that the next PDU meets it.

An effect is *settled*: looked up anew from all that stands and then made so. Doing it twice does no harm, so a
sanction that was recorded and whose effect was cut short is simply settled again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from smppproxy.state.errors import InputError
from smppproxy.state.sanctions.records import Records, Sanction, State
from smppproxy.state.sanctions.rules import POSSIBLE, Action, Kind
from smppproxy.state.sanctions.subjects import Subject


class Hand(Protocol):
    """Puts one kind of subject in its place."""

    def check(self, key: str) -> None:
        """Raise InputError where the registry could never hold this one."""
        ...

    def put(self, key: str, sanction: Sanction | None, *, was: Action, who: str, why: str) -> None:
        """Let exactly this sanction be in force, None for none; ``was`` is the step that comes or goes.

        What a person did in the registry beyond that step stays. Raises StateError.
        """
        ...

    def state(self, key: str) -> Action | None:
        """Return the step the registry holds; None: none, or one that a person took back there."""
        ...


class CodeHand(Hand, Protocol):
    """As every hand, and knows whose a code is."""

    def owner_of(self, code: str) -> str:
        """Return the registration number of a code's owner, "" where it is not known."""
        ...

    def codes_of(self, owner: str) -> Iterable[str]:
        """Return the codes of an owner."""
        ...


class Effects:
    """Settles subjects of every kind."""

    def __init__(self, rows: Records, codes: CodeHand, others: Mapping[Kind, Hand]) -> None:
        """``others`` has a hand for every kind but codes; that of owners keeps them off the registry of codes."""
        self._rows = rows
        self._codes = codes
        self._others = others

    def settle(self, sanction: Sanction, *, who: str, why: str) -> None:
        """Bring the registries to what stands against the subject of a sanction that begins or ends.

        Raises StateError.
        """
        subject, was = sanction.whom, sanction.action
        if subject.kind is Kind.CODE:
            self._settle_code(subject.key, was, who, why)
            return
        self._others[subject.kind].put(subject.key, self._rows.standing(subject), was=was, who=who, why=why)
        if subject.kind is Kind.OWNER:
            for code in list(self._codes.codes_of(subject.key)):
                self._settle_code(code, was, who, why)

    def check(self, subject: Subject, action: Action) -> None:
        """Raise InputError where a step is not possible for a subject."""
        possible = POSSIBLE[subject.kind]
        if action not in possible:
            raise InputError(f"{subject}: {action} is not possible; {', '.join(possible)} are")
        self._hand(subject.kind).check(subject.key)

    def held(self, subject: Subject) -> Action | None:
        """Return the step the registry holds against a subject, whoever put it there."""
        return self._hand(subject.kind).state(subject.key)

    def is_in_force(self, sanction: Sanction) -> bool:
        """Whether the registry still holds what stands: a person may have freed the subject there."""
        if sanction.action is Action.OBSERVE:
            return True
        held = self.held(sanction.whom)
        return held is not None and held.rank >= sanction.action.rank

    def owner_of(self, code: str) -> str:
        """Return the registration number of a code's owner, "" where it is not known."""
        return self._codes.owner_of(code)

    def _hand(self, kind: Kind) -> Hand:
        return self._codes if kind is Kind.CODE else self._others[kind]

    def _settle_code(self, code: str, was: Action, who: str, why: str) -> None:
        """A code bears the heavier of its own sanction and its owner's."""
        candidates = self._rows.of(Subject(Kind.CODE, code), State.STANDING)
        owner = self._codes.owner_of(code)
        if owner:
            candidates += self._rows.of(Subject(Kind.OWNER, owner), State.STANDING)
        heaviest = max(candidates, key=lambda each: each.action.rank, default=None)
        self._codes.put(code, heaviest, was=was, who=who, why=why)
