"""Persons of the abuse desk: who may sign in to its web page, and what each may do there."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

import msgspec

from smppproxy.state import ledger
from smppproxy.state.book_layout import CODES
from smppproxy.state.book_writer import Changes
from smppproxy.state.codes import check_text
from smppproxy.state.errors import ConflictError, InputError, NotFoundError
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.publishing import Publisher
from smppproxy.state.sanctions.office import NOBODY
from smppproxy.state.store import Cursor

PERSONS: Final = 1_000  # more than any desk has; each is a row
PASSWORD_LEAST, PASSWORD_MOST = 10, 200  # characters; who guesses gets ten tries a minute
HASH_LIMIT: Final = 300  # characters of a password's hash; ours have some 90

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?").fullmatch
_COLUMNS: Final = "name, role, hash, password_at, created_at, who"


class Role(StrEnum):
    """What a person may do; each role may do what those before it may."""

    VIEWER = "viewer"  # sees everything but texts and recipients
    DESK = "desk"  # decides: sanctions, quarantine, codes; reads texts for a reason
    ADMIN = "admin"  # manages persons

    def covers(self, other: Role) -> bool:
        """Whether this role may do what another one may."""
        order = tuple(Role)
        return order.index(self) >= order.index(other)


class Person(msgspec.Struct, frozen=True):
    """A row. Instants are Unix milliseconds."""

    name: str
    role: Role
    hash: str
    password_at: int
    created_at: int
    who: str

    def told(self) -> dict[str, Any]:
        """Return what may be shown of it."""
        shown: dict[str, Any] = msgspec.to_builtins(self)
        del shown["hash"]
        return shown


class PersonRegistry:
    """Makes, changes, lists and removes persons. Runs in the process that holds the control lock."""

    def __init__(self, publisher: Publisher, clock: Callable[[], float] = time.time) -> None:
        self._store = publisher.store
        self._publisher = publisher
        self._clock = clock

    def find(self, name: str) -> Person | None:
        """Return a person, None where there is none of this name."""
        if not _NAME(name):
            return None
        rows = self._store.query(f"SELECT {_COLUMNS} FROM desk_persons WHERE name = ?", (name,))
        return _person(rows[0]) if rows else None

    def list(self) -> list[Person]:
        """Return all persons by name."""
        return [_person(row) for row in self._store.query(f"SELECT {_COLUMNS} FROM desk_persons ORDER BY name")]

    def add(self, name: str, role: Role, password_hash: str, *, who: str, why: str = "") -> Person:
        """Let a person sign in. Raises InputError, ConflictError: there is one of this name, or too many."""
        if not _NAME(name) or name in NOBODY:
            raise InputError(
                f"name {name!r}: 1 to 40 of a to z, 0 to 9, '.', '_', '-' are expected, a letter or digit at both "
                "ends, that tell one person from another"
            )
        _check(password_hash, who, why)
        if self.find(name) is not None:
            raise ConflictError(f"there is a person {name} already; `desk password` and `desk role` change it")
        if len(self.list()) >= PERSONS:
            raise ConflictError(f"there are {PERSONS} persons; remove those who left")
        now = self._now()
        person = Person(name, role, password_hash, now, now, who)
        self._write(person, Draft("desk.add", f"desk:{name}", {"role": str(role)}, why))
        return person

    def remove(self, name: str, *, who: str, why: str = "") -> Person:
        """Take a person's right to sign in; sessions end with the next request. Raises NotFoundError."""
        _check(None, who, why)
        person = self.show(name)

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            cursor.execute("DELETE FROM desk_persons WHERE name = ?", (name,))
            draft = Draft("desk.remove", f"desk:{name}", {"role": str(person.role)}, why)
            return ledger.append(cursor, [draft], who=who, at=self._now()), ()

        self._publisher.commit(CODES, write)
        return person

    def set_password(self, name: str, password_hash: str, *, who: str, why: str = "") -> Person:
        """Give a person another password; sessions with the old one end. Raises NotFoundError, InputError."""
        _check(password_hash, who, why)
        person = self.show(name)
        later = max(self._now(), person.password_at + 1)  # never the same: sessions are told apart by it
        changed = msgspec.structs.replace(person, hash=password_hash, password_at=later, who=who)
        self._write(changed, Draft("desk.password", f"desk:{name}", {}, why))
        return changed

    def set_role(self, name: str, role: Role, *, who: str, why: str = "") -> tuple[Person, bool]:
        """Give a person another role; tell whether that changed anything. Raises NotFoundError."""
        _check(None, who, why)
        person = self.show(name)
        if person.role is role:
            return person, False
        changed = msgspec.structs.replace(person, role=role, who=who)
        self._write(changed, Draft("desk.role", f"desk:{name}", {"before": str(person.role), "after": str(role)}, why))
        return changed, True

    def show(self, name: str) -> Person:
        """Return a person. Raises NotFoundError."""
        person = self.find(name)
        if person is None:
            raise NotFoundError(f"there is no person {name!r:.60}; `desk list` shows those there are")
        return person

    def _write(self, person: Person, draft: Draft) -> None:
        def write(cursor: Cursor) -> tuple[Head, Changes]:
            row = (person.name, str(person.role), person.hash, person.password_at, person.created_at, person.who)
            cursor.execute(
                f"INSERT INTO desk_persons ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
                "role = excluded.role, hash = excluded.hash, password_at = excluded.password_at, who = excluded.who",
                row,
            )
            return ledger.append(cursor, [draft], who=person.who, at=self._now()), ()

        self._publisher.commit(CODES, write)

    def _now(self) -> int:
        return int(self._clock() * 1000)


def check_password(password: str) -> None:
    """Raise InputError for a password that would be guessed."""
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST or len(set(password)) < 5:
        raise InputError(
            f"a password of {PASSWORD_LEAST} to {PASSWORD_MOST} characters is expected, not always the same few"
        )


def _check(password_hash: str | None, who: str, why: str) -> None:
    for name, text in (("who", who), ("why", why)):
        if wrong := check_text(name, text):
            raise InputError(wrong)
    if password_hash is not None and not (
        password_hash.startswith("scrypt$") and len(password_hash) <= HASH_LIMIT and password_hash.isascii()
    ):
        raise InputError(
            "a password's hash of the form scrypt$n$r$p$salt$hash is expected, as `hash-password` makes it"
        )


def _person(row: tuple[Any, ...]) -> Person:
    return Person(row[0], Role(row[1]), *row[2:])
