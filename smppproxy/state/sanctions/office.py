"""Where persons decide: proposals and measures, approvals, appeals, lifts, notes.

Who decides, in one place:

- A proposal a rule made needs one person; with ``four_eyes`` two different ones.
- A proposal a person made needs one other person, always.
- What a person does directly is done at once; with ``four_eyes`` it becomes that person's proposal.
- One person rejects, lifts, notes. With ``four_eyes`` an appeal is decided by somebody who had no part in the sanction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from smppproxy.state.errors import BooksError, ConflictError, InputError, NotFoundError
from smppproxy.state.sanctions.effects import Effects
from smppproxy.state.sanctions.evidence import Evidence, Witness
from smppproxy.state.sanctions.minutes import NEW, Item, Minutes, grounds
from smppproxy.state.sanctions.records import Appeal, Approval, How, Records, Sanction, State
from smppproxy.state.sanctions.rules import LONGEST, Action, Policy
from smppproxy.state.sanctions.subjects import Subject

TEXT_LIMIT: Final = 4_000  # characters of an appeal or a note; more is a document and belongs elsewhere
NOBODY: Final = frozenset({"", "unknown", "cli", "page"})  # names that tell no person from another
DURATION_LIMIT: Final = 10 * 365 * 86_400  # s


class Office:
    """What persons do. Every method records before it acts, and raises StateError where it refuses."""

    def __init__(
        self,
        policy: Callable[[], Policy],
        rows: Records,
        minutes: Minutes,
        effects: Effects,
        witness: Witness,
        line: Callable[[], float],
        attempt: Callable[[Callable[[], None]], None],
    ) -> None:
        """``policy`` and ``line`` tell the rules and the counters' time of the moment, ``attempt`` does work again
        that another node has crossed."""
        self._policy = policy
        self._rows = rows
        self._minutes = minutes
        self._effects = effects
        self._witness = witness
        self._line = line
        self._attempt = attempt

    def show(self, number: int) -> Sanction:
        """Return a sanction. Raises NotFoundError."""
        found = self._rows.find(number)
        if found is None:
            raise NotFoundError(f"there is no sanction {number}; `sanctions list --all` shows them")
        return found

    def impose(
        self, subject: Subject, action: Action, *, who: str, why: str, duration: int = 0, rate: float = 0.0
    ) -> Sanction:
        """Let a measure begin; with ``four_eyes`` propose it instead. Raises InputError, ConflictError."""
        if self._policy().four_eyes:
            return self.propose(subject, action, who=who, why=why, duration=duration, rate=rate)
        return self.carry_out(
            self._minutes.begin(self._new(subject, action, who, why, duration, rate), who=who, why=why)
        )

    def propose(
        self, subject: Subject, action: Action, *, who: str, why: str, duration: int = 0, rate: float = 0.0
    ) -> Sanction:
        """Propose a measure; another person has to approve it. Raises InputError, ConflictError."""
        person_of(who, strict=True)
        made = self._new(subject, action, who, why, duration, rate)
        if any(each.action is action for each in self._rows.of(subject, State.PROPOSED)):
            raise ConflictError(f"{subject}: to {action} it is proposed already; `sanctions list` shows it")
        mine = Approval(who, self._minutes.millis(), why)
        made = msgspec.structs.replace(made, state=State.PROPOSED, needed=2, approvals=(mine,))
        return self._minutes.write([Item("sanction.propose", made, grounds(made), why)], who=who)[0]

    def approve(self, number: int, *, who: str, why: str = "") -> Sanction:
        """Say yes to a proposal; the last yes that is needed lets the measure begin. Raises ConflictError."""
        sanction = self._in(number, State.PROPOSED, "approved")
        person = person_of(who, strict=sanction.needed > 1)
        if any(person_of(each.who) == person for each in sanction.approvals):
            raise ConflictError(f"sanction {number}: {person} has said yes already; another person has to (four eyes)")
        standing = self._rows.standing(sanction.whom)
        if standing is not None and standing.action.rank >= sanction.action.rank:
            raise ConflictError(f"{sanction.subject}: {standing.action} stands already (sanction {standing.id})")
        yes = (*sanction.approvals, Approval(who, self._minutes.millis(), why))
        approved = msgspec.structs.replace(sanction, approvals=yes)
        content = {"approvals": yes, "needed": approved.needed}
        if len(yes) < approved.needed:
            return self._minutes.write([Item("sanction.approve", approved, content, why)], who=who)[0]
        evidence = {"proposal": grounds(approved)}
        return self.carry_out(self._minutes.begin(approved, who=who, why=why, content=content | evidence))

    def reject(self, number: int, *, who: str, why: str = "") -> Sanction:
        """Say no to a proposal, or drop a warning; what was counted so far leads to none of its step or a lower one."""
        sanction = self._in(number, (State.PROPOSED, State.WARNED), "rejected")
        item = self._minutes.ending(sanction, How.REJECTED, who, why)
        return self._minutes.write([msgspec.structs.replace(item, action="sanction.reject")], who=who)[0]

    def lift(self, number: int, *, who: str, why: str = "") -> Sanction:
        """End a measure now. What was counted so far leads to no other of its step or a lower one."""
        sanction = self._in(number, State.STANDING, "lifted")
        return self.end(sanction, How.LIFTED, who=who, why=why)

    def appeal(self, number: int, text: str, *, by: str, who: str, why: str = "") -> Sanction:
        """Write down what the subject says against a sanction."""
        sanction = self._in(number, (State.STANDING, State.ENDED), "appealed against")
        if sanction.appeal is not None and sanction.appeal.state == "open":
            raise ConflictError(f"sanction {number}: an appeal is open already; decide it first")
        appeal = Appeal(_text("the appeal", text), _text("who appeals", by, 200), who, self._minutes.millis())
        appealed = msgspec.structs.replace(sanction, appeal=appeal)
        return self._minutes.write([Item("sanction.appeal", appealed, {"appeal": appeal}, why)], who=who)[0]

    def decide_appeal(self, number: int, *, uphold: bool, who: str, why: str = "") -> Sanction:
        """Decide an appeal: upheld, the sanction ends and counts as none; rejected, it stays."""
        sanction = self.show(number)
        if sanction.appeal is None or sanction.appeal.state != "open":
            raise ConflictError(f"sanction {number}: no appeal is open; `sanctions appeal` writes one down")
        if self._policy().four_eyes:
            person = person_of(who, strict=True)
            if person in {person_of(each) for each in (sanction.made_by, *(yes.who for yes in sanction.approvals))}:
                raise ConflictError(f"sanction {number}: {person} had a part in it; another person decides (four eyes)")
        decided = msgspec.structs.replace(
            sanction.appeal, state="upheld" if uphold else "rejected", decided_by=who,
            decided_at=self._minutes.millis(), decided_why=why,
        )  # fmt: skip
        sanction = msgspec.structs.replace(sanction, appeal=decided)
        if uphold and sanction.state is State.ENDED:  # it is over; from now on it counts as none
            sanction = msgspec.structs.replace(sanction, ended_how=str(How.APPEAL))
        items = [Item("sanction.appeal_decided", sanction, {"appeal": decided}, why)]
        if uphold and sanction.state is State.STANDING:
            items.append(self._minutes.ending(sanction, How.APPEAL, who, why))
        return self.carry_out(self._minutes.write(items, who=who)[-1])

    def note(self, number: int, text: str, *, who: str) -> Sanction:
        """Add a note to a sanction's history."""
        sanction = self.show(number)
        item = Item("sanction.note", sanction, {"note": _text("the note", text)})
        return self._minutes.write([item], who=who)[0]

    def end(self, sanction: Sanction, how: How, *, who: str, why: str) -> Sanction:
        """End a measure, a proposal or a warning, and bring the registries in line."""
        return self.carry_out(self._minutes.write([self._minutes.ending(sanction, how, who, why)], who=who)[0])

    def carry_out(self, sanction: Sanction) -> Sanction:
        """Bring the registries in line with a sanction that began or ended. What fails stays due, and is told."""
        if sanction.effect != "due":
            return sanction
        self.settle(sanction)
        return self.show(sanction.id)

    def settle(self, sanction: Sanction) -> bool:
        """As :meth:`carry_out`; return whether nobody has done it before."""
        who = sanction.ended_by or next((yes.who for yes in reversed(sanction.approvals)), sanction.made_by)
        why = f"sanction {sanction.id}: {sanction.ended_why or sanction.why or sanction.rule or sanction.action}"[:500]
        late: BooksError | None = None
        try:
            # Settling twice does no harm, so where another node crosses it, it is done again.
            self._attempt(lambda: self._effects.settle(sanction, who=who, why=why))
        except BooksError as error:  # recorded in the registry; the next change brings the books along
            late = error
        first = self._minutes.mark(sanction)
        if late is not None:
            raise late
        return first

    def _new(self, subject: Subject, action: Action, who: str, why: str, duration: int, rate: float) -> Sanction:
        self._effects.check(subject, action)
        if not 0 <= duration <= DURATION_LIMIT:
            raise InputError(f"a duration of 0 to {DURATION_LIMIT} s is expected")
        if action is Action.STRIKE and duration:
            raise InputError("a strike has no duration: it stands until a person lifts it")
        if action is Action.THROTTLE and not 0 < rate <= 1_000_000:
            raise InputError("a rate above 0 msg/s is expected")
        standing = self._rows.standing(subject)
        if standing is not None and standing.action.rank >= action.rank:
            raise ConflictError(
                f"{subject}: {standing.action} stands already (sanction {standing.id}); `sanctions lift` ends it"
            )
        now = self._minutes.millis()
        return Sanction(
            id=NEW, subject=str(subject), action=action, state=State.PROPOSED, why=why, made_by=who, made_at=now,
            duration=duration, rate=rate if action is Action.THROTTLE else 0.0,
            approvals=(Approval(who, now, why),),
            evidence=self._evidence(subject),
        )  # fmt: skip

    def _evidence(self, subject: Subject) -> Evidence:
        return self._witness.of_person(subject, self._minutes.millis() / 1000, self._line(), LONGEST)

    def _in(self, number: int, states: State | tuple[State, ...], what: str) -> Sanction:
        sanction = self.show(number)
        allowed = (states,) if isinstance(states, State) else states
        if sanction.state not in allowed:
            raise ConflictError(
                f"sanction {number} is {sanction.state}: only one that is {' or '.join(allowed)} can be {what}"
            )
        return sanction


def person_of(who: str, *, strict: bool = False) -> str:
    """Return the person behind a name such as ``cli:anna``; ``strict``: raise InputError where that is nobody."""
    person = who.partition(":")[2] or who
    if strict and (person in NOBODY or who in NOBODY):
        raise InputError(f"{who!r}: the name of a person is expected here, for another one has to agree")
    return person


def history_of(entries: list[Any], number: int) -> list[Any]:
    """Return those entries of a subject's ledger that are about one sanction."""
    return [each for each in entries if msgspec.json.decode(each.content).get("id") == number]


def _text(name: str, text: str, limit: int = TEXT_LIMIT) -> str:
    text = text.strip()
    if not text or len(text) > limit or any(not (c.isprintable() or c in "\n\t") for c in text):
        raise InputError(f"{name}: 1 to {limit} printable characters are expected")
    return text
