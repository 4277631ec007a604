"""Sanctions in the store: one row from the warning or proposal to its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

from smppproxy.state.sanctions.evidence import Evidence
from smppproxy.state.sanctions.rules import Action
from smppproxy.state.sanctions.subjects import Subject, parsed
from smppproxy.state.sanctions.tally import Pardon
from smppproxy.state.store import Cursor, Store

PAGE: Final = 1000  # rows of a listing


class State(StrEnum):
    """Where a sanction is in its life."""

    WARNED = "warned"  # nothing was done; the subject comes near a rule
    PROPOSED = "proposed"
    STANDING = "standing"
    ENDED = "ended"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # a proposal nobody decided, or whose ground fell away


class How(StrEnum):
    """How a sanction, a proposal or a warning came to its end."""

    LIFTED = "lifted"  # by a person
    EXPIRED = "expired"  # its time was over
    SUPERSEDED = "superseded"  # by a higher step
    OVERTURNED = "overturned"  # without a verdict a person overturned it does not reach its rule
    APPEAL = "appeal"  # the appeal was upheld
    RESUMED = "resumed"  # a person freed the subject in its registry
    REJECTED = "rejected"


WRONGED: Final = (How.OVERTURNED, How.APPEAL)
"""Ends that say the sanction should not have been: it does not count as one later."""


class Approval(msgspec.Struct, frozen=True):
    """A person's yes. ``at`` is Unix milliseconds."""

    who: str
    at: int
    why: str = ""


class Appeal(msgspec.Struct, frozen=True):
    """What the subject says against it. ``state``: open, upheld (the sanction was wrong) or rejected."""

    text: str
    by: str  # who appeals
    who: str  # who wrote it down
    at: int  # Unix milliseconds
    state: str = "open"
    decided_by: str = ""
    decided_at: int | None = None
    decided_why: str = ""


class Sanction(msgspec.Struct, frozen=True, kw_only=True):
    """A row. Instants are Unix milliseconds, ``duration`` seconds (0: until lifted), ``rate`` messages a second."""

    id: int
    subject: str
    action: Action
    state: State
    rule: str = ""
    automatic: bool = False
    rate: float = 0.0
    duration: int = 0
    why: str = ""
    made_by: str
    made_at: int
    needed: int = 1
    approvals: tuple[Approval, ...] = ()
    began_at: int | None = None
    ends_at: int | None = None
    ended_at: int | None = None
    ended_by: str = ""
    ended_how: str = ""
    ended_why: str = ""
    effect: str = ""
    appeal: Appeal | None = None
    evidence: Evidence = Evidence()

    @property
    def whom(self) -> Subject:
        """The subject."""
        return parsed(self.subject)


FIELDS: Final = Sanction.__struct_fields__
_COLUMNS: Final = ", ".join(FIELDS)
_OPEN_APPEAL: Final = """appeal LIKE '%"state":"open"%'"""  # quotes within its text are escaped
_UPSERT: Final = (
    f"INSERT INTO sanctions ({_COLUMNS}) VALUES ({', '.join('?' * len(FIELDS))}) ON CONFLICT (id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in FIELDS[1:])
)


class Records:
    """Reads and writes the rows."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def find(self, number: int) -> Sanction | None:
        """Return a sanction by its id."""
        found = self._where("id = ?", (number,))
        return found[0] if found else None

    def of(self, subject: Subject, *states: State) -> list[Sanction]:
        """Return the sanctions of a subject in these states, the oldest first."""
        marks = ", ".join("?" * len(states))
        return self._where(f"subject = ? AND state IN ({marks}) ORDER BY id", (str(subject), *states))

    def standing(self, subject: Subject) -> Sanction | None:
        """Return the highest step that stands against a subject."""
        found = self.of(subject, State.STANDING)
        return max(found, key=lambda each: each.action.rank, default=None)

    def in_state(self, state: State) -> list[Sanction]:
        """Return all in a state, the oldest first."""
        return self._where("state = ? ORDER BY id", (state,))

    def due(self) -> list[Sanction]:
        """Return those whose effect is not in the registries yet."""
        return self._where("effect = 'due' ORDER BY id")

    def over(self, now: float) -> list[Sanction]:
        """Return those that end by themselves by now (Unix seconds)."""
        return self._where("state = 'standing' AND ends_at <= ? ORDER BY id", (int(now * 1000),))

    def page(
        self,
        *,
        states: Sequence[State] = (),
        subject: str = "",
        appealed: bool = False,
        before: int | None = None,
        limit: int = PAGE,
    ) -> list[Sanction]:
        """Return sanctions, the newest first, from the one before ``before``; ``appealed``: with an open appeal."""
        where, parameters = ["1 = 1"], list[Any]()
        if appealed:
            where.append(_OPEN_APPEAL)
        if states:
            where.append(f"state IN ({', '.join('?' * len(states))})")
            parameters += states
        if subject:
            where.append("subject = ?")
            parameters.append(subject)
        if before is not None:
            where.append("id < ?")
            parameters.append(before)
        return self._where(f"{' AND '.join(where)} ORDER BY id DESC LIMIT ?", (*parameters, limit))

    def suspensions(self, subject: Subject, window: int) -> tuple[int, ...]:
        """Return the ids of the suspensions that began within a window (s) and were not taken back as wrong."""
        rows = self._store.query(
            "SELECT id, ended_how FROM sanctions WHERE subject = ? AND action = 'suspend' AND began_at > ? ORDER BY id",
            (str(subject), int((self._clock() - window) * 1000)),
        )
        return tuple(number for number, how in rows if how not in WRONGED)

    def pardon(self, subject: Subject, action: Action) -> Pardon | None:
        """Return since when verdicts count again for an action, None where all do."""
        rows = self._store.query(
            "SELECT since, counted FROM sanction_pardons WHERE subject = ? AND action = ?", (str(subject), str(action))
        )
        return Pardon(rows[0][0], _counted(rows[0][1])) if rows else None

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many are proposed and how many stand, by state and by kind of subject and action."""
        rows = self._store.query("SELECT state, subject, action FROM sanctions WHERE state IN ('proposed', 'standing')")
        found: dict[tuple[str, str], int] = {}
        for state, subject, action in rows:
            key = (state, f"{subject.partition(':')[0]} {action}")
            found[key] = found.get(key, 0) + 1
        return found

    def appeals(self) -> int:
        """Return how many appeals wait for a decision."""
        return int(self._store.query(f"SELECT count(*) FROM sanctions WHERE {_OPEN_APPEAL}")[0][0])

    def _where(self, clause: str, parameters: Sequence[Any] = ()) -> list[Sanction]:
        rows = self._store.query(f"SELECT {_COLUMNS} FROM sanctions WHERE {clause}", [*map(_plain, parameters)])
        return [_read(row) for row in rows]


def next_id(cursor: Cursor) -> int:
    """Return the id of a new sanction."""
    cursor.execute("SELECT coalesce(max(id), 0) FROM sanctions")
    number: int = cursor.fetchone()[0] + 1
    return number


def write(cursor: Cursor, sanction: Sanction) -> None:
    """Write a sanction."""
    cursor.execute(_UPSERT, [_stored(name, getattr(sanction, name)) for name in FIELDS])


def mark_settled(cursor: Cursor, sanction: Sanction) -> bool:
    """Note that what this state asks for is in the registries; whether that was still to be noted."""
    is_due = "id = ? AND state = ? AND effect = 'due'"
    parameters = (sanction.id, str(sanction.state))
    cursor.execute(f"SELECT id FROM sanctions WHERE {is_due}", parameters)
    if not cursor.fetchall():
        return False
    cursor.execute(f"UPDATE sanctions SET effect = '' WHERE {is_due}", parameters)
    return True


def write_pardon(cursor: Cursor, subject: str, actions: Sequence[Action], pardon: Pardon) -> None:
    """Let what was counted so far no longer count for some actions."""
    counted = msgspec.json.encode(pardon.counted).decode()
    cursor.executemany(
        "INSERT INTO sanction_pardons (subject, action, since, counted) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (subject, action) DO UPDATE SET since = excluded.since, counted = excluded.counted",
        [(subject, str(action), pardon.since, counted) for action in actions],
    )


_counted: Final = msgspec.json.Decoder(tuple[tuple[int, float, tuple[int, ...]], ...]).decode


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, StrEnum) else value


def _stored(name: str, value: Any) -> Any:
    if name in ("approvals", "evidence"):
        return msgspec.json.encode(value).decode()
    if name == "appeal":
        return "" if value is None else msgspec.json.encode(value).decode()
    if name == "automatic":
        return int(value)
    return _plain(value)


def _read(row: Any) -> Sanction:
    fields = dict(zip(FIELDS, row, strict=True))
    fields["action"], fields["state"] = Action(fields["action"]), State(fields["state"])
    fields["automatic"] = bool(fields["automatic"])
    fields["approvals"] = msgspec.json.decode(fields["approvals"], type=tuple[Approval, ...])
    fields["appeal"] = msgspec.json.decode(fields["appeal"], type=Appeal) if fields["appeal"] else None
    fields["evidence"] = msgspec.json.decode(fields["evidence"], type=Evidence)
    return Sanction(**fields)
