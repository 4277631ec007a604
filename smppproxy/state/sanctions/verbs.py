"""The requests about sanctions, as typed records, and what answers them."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from smppproxy.state import ledger
from smppproxy.state.book_writer import BookWriter
from smppproxy.state.registry import Progress
from smppproxy.state.requests import LIST_LIMIT, Nothing, Request
from smppproxy.state.sanctions.records import Sanction, State
from smppproxy.state.sanctions.rules import Action
from smppproxy.state.sanctions.subjects import Canonical, read_subject
from smppproxy.state.sanctions.whole import Sanctions
from smppproxy.state.service import Service

HISTORY: Final = 10_000  # entries of one subject looked through for those about one sanction
FORMAT: Final = 1  # of an evidence document


class List(Request, frozen=True):
    """List sanctions, the newest first, from the one before ``before``."""

    states: tuple[State, ...] = ()
    subject: str = ""
    appealed: bool = False  # only those with an open appeal
    before: int | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=LIST_LIMIT)] = 1000


class One(Request, frozen=True):
    """Do something to one sanction: show, approve, reject, lift, evidence."""

    id: int


class History(Request, frozen=True):
    """Tell all that happened to a subject."""

    subject: str
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class Impose(Request, frozen=True):
    """Begin a measure, or propose it."""

    subject: str
    action: Action
    duration: int = 0  # s; 0: until lifted
    rate: float = 1.0  # msg/s that a throttle leaves
    propose: bool = False


class Appeal(One, frozen=True):
    """Write down an appeal; ``by`` is who appeals."""

    text: str
    by: str


class DecideAppeal(One, frozen=True):
    """Decide an appeal."""

    uphold: bool


class Note(One, frozen=True):
    """Add a note."""

    text: str


class Overturn(Request, frozen=True):
    """Overturn the verdict on a message."""

    trace_id: str


class SanctionVerbs:
    """Answers for :class:`Sanctions`."""

    def __init__(self, sanctions: Sanctions, books: BookWriter, canonical: Canonical) -> None:
        self._sanctions = sanctions
        self._books = books
        self._canonical = canonical

    def page(self, r: List, _: Progress) -> dict[str, Any]:
        """``sanctions.list``."""
        subject = str(read_subject(r.subject, self._canonical)) if r.subject else ""
        found = self._sanctions.rows.page(
            states=r.states, subject=subject, appealed=r.appealed, before=r.before, limit=r.limit + 1
        )
        page = found[: r.limit]
        return {
            "sanctions": [_brief(each) for each in page],
            "next": page[-1].id if len(found) > r.limit else None,
        }

    def count(self, _: Nothing, __: Progress) -> dict[str, Any]:
        """``sanctions.count``: of those proposed and those in force, and open appeals."""
        counts = {str(state): 0 for state in (State.PROPOSED, State.STANDING)}
        for (state, _what), number in self._sanctions.rows.counts().items():
            counts[state] += number
        return {"counts": counts | {"appealed": self._sanctions.rows.appeals()}}

    def show(self, r: One, _: Progress) -> dict[str, Any]:
        """``sanctions.show``: with its history, and what its rule counts now."""
        sanction = self._sanctions.office.show(r.id)
        told = {"sanction": sanction, "history": [_told(each) for each in self._about(sanction)]}
        return told | {"now": self._sanctions.now(sanction)}

    def history(self, r: History, _: Progress) -> dict[str, Any]:
        """``sanctions.history``."""
        subject = read_subject(r.subject, self._canonical)
        entries = ledger.history(self._sanctions.store, str(subject), limit=r.limit)
        return {"subject": str(subject), "history": [_told(each) for each in entries]}

    def impose(self, r: Impose, _: Progress) -> dict[str, Any]:
        """``sanctions.impose``."""
        office = self._sanctions.office
        act = office.propose if r.propose else office.impose
        subject = read_subject(r.subject, self._canonical)
        return _one(act(subject, r.action, who=r.who, why=r.why, duration=r.duration, rate=r.rate))

    def approve(self, r: One, _: Progress) -> dict[str, Any]:
        """``sanctions.approve``."""
        return _one(self._sanctions.office.approve(r.id, who=r.who, why=r.why))

    def reject(self, r: One, _: Progress) -> dict[str, Any]:
        """``sanctions.reject``."""
        return _one(self._sanctions.office.reject(r.id, who=r.who, why=r.why))

    def lift(self, r: One, _: Progress) -> dict[str, Any]:
        """``sanctions.lift``."""
        return _one(self._sanctions.office.lift(r.id, who=r.who, why=r.why))

    def appeal(self, r: Appeal, _: Progress) -> dict[str, Any]:
        """``sanctions.appeal``."""
        return _one(self._sanctions.office.appeal(r.id, r.text, by=r.by, who=r.who, why=r.why))

    def decide_appeal(self, r: DecideAppeal, _: Progress) -> dict[str, Any]:
        """``sanctions.decide_appeal``."""
        return _one(self._sanctions.office.decide_appeal(r.id, uphold=r.uphold, who=r.who, why=r.why))

    def note(self, r: Note, _: Progress) -> dict[str, Any]:
        """``sanctions.note``."""
        return _one(self._sanctions.office.note(r.id, r.text, who=r.who))

    def overturn(self, r: Overturn, _: Progress) -> dict[str, Any]:
        """``sanctions.overturn``."""
        found = self._sanctions.overturning.overturn(r.trace_id, who=r.who, why=r.why)
        return {
            "trace_id": found.trace_id,
            "verdicts": found.verdicts,
            "taken_back": [_brief(each) for each in found.taken_back],
            "stand": [_brief(each) for each in found.stand],
        }

    def evidence(self, r: One, _: Progress) -> dict[str, Any]:
        """``sanctions.evidence``: a document that stands by itself, with the ledger's entries and their hashes."""
        sanction = self._sanctions.office.show(r.id)
        proof = ledger.verify(self._sanctions.store, known=self._books.head())
        entries = [
            {name: getattr(each, name) for name in ("entry", "at", "who", "action", "subject", "why", "content")}
            | {"previous": each.previous.hex(), "hash": each.hash.hex()}
            for each in reversed(self._about(sanction))
        ]
        return {
            "evidence": {
                "format": FORMAT,
                "sanction": sanction,
                "ledger": entries,
                "chain": {
                    "entries": proof.entries,
                    "head": proof.head.hash.hex(),
                    "fault": proof.fault,
                },
            }
        }

    def _about(self, sanction: Sanction) -> list[ledger.Entry]:
        """Return what the ledger tells of one sanction, the newest first."""
        entries = ledger.history(self._sanctions.store, sanction.subject, limit=HISTORY)
        return [
            each
            for each in entries
            if each.action.startswith("sanction.") and msgspec.json.decode(each.content).get("id") == sanction.id
        ]


def add(service: Service, sanctions: Sanctions, books: BookWriter, canonical: Canonical) -> None:
    """Let a service answer the verbs of sanctions; ``canonical`` reads a sender's number."""
    verbs = SanctionVerbs(sanctions, books, canonical)
    service.add_verb("sanctions.list", List, verbs.page)
    service.add_verb("sanctions.count", Nothing, verbs.count)
    service.add_verb("sanctions.show", One, verbs.show)
    service.add_verb("sanctions.history", History, verbs.history)
    service.add_verb("sanctions.impose", Impose, verbs.impose)
    service.add_verb("sanctions.approve", One, verbs.approve)
    service.add_verb("sanctions.reject", One, verbs.reject)
    service.add_verb("sanctions.lift", One, verbs.lift)
    service.add_verb("sanctions.appeal", Appeal, verbs.appeal)
    service.add_verb("sanctions.decide_appeal", DecideAppeal, verbs.decide_appeal)
    service.add_verb("sanctions.note", Note, verbs.note)
    service.add_verb("sanctions.overturn", Overturn, verbs.overturn)
    service.add_verb("sanctions.evidence", One, verbs.evidence)


def _one(sanction: Sanction) -> dict[str, Any]:
    return {"sanction": _brief(sanction)}


def _brief(sanction: Sanction) -> dict[str, Any]:
    """Return a sanction without its evidence but for the figures."""
    told: dict[str, Any] = msgspec.to_builtins(sanction)
    evidence = told.pop("evidence")
    return told | {"figures": evidence["figures"] | {"share": evidence["share"]}}


def _told(entry: ledger.Entry) -> dict[str, Any]:
    return entry.told() | {"content": msgspec.json.decode(entry.content)}
