"""Whose signed lists are taken, and which serial of each list was the last: in the store, with the ledger's word."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from smppproxy.state import ledger
from smppproxy.state.book_layout import CODES
from smppproxy.state.book_writer import Changes
from smppproxy.state.codes import check_text
from smppproxy.state.errors import ConflictError, InputError, NotFoundError
from smppproxy.state.exchange.keys import key_id, line_of, read_public
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.publishing import Publisher
from smppproxy.state.store import Cursor

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_KEY: Final = "id, name, public, lists, added_at, who, revoked_at, why"
_SERIAL: Final = "list, direction, serial, digest, key, entries, at, who"


class TrustedKey(msgspec.Struct, frozen=True):
    """A public key. ``lists`` are those it may sign, none: any. Instants are Unix milliseconds."""

    id: str
    name: str
    public: str  # in one line
    lists: tuple[str, ...]
    added_at: int
    who: str
    revoked_at: int | None
    why: str


class Serial(msgspec.Struct, frozen=True):
    """The newest file of a list in one direction, ``in`` or ``out``."""

    list: str
    direction: str
    serial: int
    digest: str
    key: str
    entries: int
    at: int
    who: str


class Trust:
    """Keys and serials. All methods run in the process that holds the control lock."""

    def __init__(self, publisher: Publisher, clock: Callable[[], float] = time.time) -> None:
        self.store = publisher.store
        self.clock = clock
        self._publisher = publisher

    def keys(self) -> list[TrustedKey]:
        """Return all keys by name, revoked ones too."""
        return [_key(row) for row in self.store.query(f"SELECT {_KEY} FROM exchange_keys ORDER BY name")]

    def find(self, name: str) -> TrustedKey:
        """Return a key by its name or id. Raises NotFoundError."""
        rows = self.store.query(f"SELECT {_KEY} FROM exchange_keys WHERE name = ? OR id = ?", (name, name))
        if not rows:
            known = ", ".join(key.name for key in self.keys()) or "none yet"
            raise NotFoundError(f"there is no key {name}; there are: {known}")
        return _key(rows[0])

    def trust(self, name: str, text: str, *, who: str, why: str = "", lists: Sequence[str] = ()) -> TrustedKey:
        """Take lists signed by a key from now on. Raises InputError, ConflictError (known, or revoked)."""
        if not NAME.fullmatch(name):
            raise InputError(f"key {name!r}: up to 40 of a-z 0-9 _ . - are expected")
        _check(who=who, why=why)
        public = read_public(text)
        number = key_id(public)
        for known in self.keys():
            if known.id == number:
                if known.revoked_at is not None:
                    raise ConflictError(f"this key was revoked ({known.name}); its owner has to make a new one")
                if known.name != name or known.lists != tuple(sorted(lists)):
                    raise ConflictError(f"this key is trusted already, as {known.name}; revoke it to change what for")
                return known
            if known.name == name:
                raise ConflictError(f"there is another key {name}, {known.id}; give this one a name of its own")
        key = TrustedKey(number, name, line_of(public), tuple(sorted(lists)), self.millis(), who, None, why)

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            row = (number, name, public, msgspec.json.encode(key.lists).decode(), key.added_at, who, None, why)
            cursor.execute(f"INSERT INTO exchange_keys ({_KEY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            draft = Draft("key.trust", f"key:{name}", {"public": key.public, "lists": key.lists}, why)
            return ledger.append(cursor, [draft], who=who, at=key.added_at), ()

        self._publisher.commit(CODES, write)
        return key

    def revoke(self, name: str, *, who: str, why: str = "") -> bool:
        """Take no list signed by a key any more; False where it was revoked before. Raises NotFoundError."""
        _check(who=who, why=why)
        key = self.find(name)
        if key.revoked_at is not None:
            return False
        now = self.millis()

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            cursor.execute("UPDATE exchange_keys SET revoked_at = ?, why = ? WHERE id = ?", (now, why, key.id))
            draft = Draft("key.revoke", f"key:{key.name}", {"public": key.public}, why)
            return ledger.append(cursor, [draft], who=who, at=now), ()

        self._publisher.commit(CODES, write)
        return True

    def public_of(self, number: str) -> bytes:
        """Return the key of an id. Raises ConflictError: nobody trusts it, or it was revoked."""
        try:
            key = self.find(number)
        except NotFoundError:
            raise ConflictError(
                f"the file is signed with the key {number}, which nobody trusts; compare the key with its owner, then "
                "`smppproxy lists keys trust NAME KEY`"
            ) from None
        if key.revoked_at is not None:
            raise ConflictError(f"the file is signed with the key {key.name}, which was revoked: {key.why or 'no why'}")
        return read_public(key.public)

    def serials(self) -> list[Serial]:
        """Return the newest file of each list in each direction."""
        return [
            Serial(*row) for row in self.store.query(f"SELECT {_SERIAL} FROM exchange_serials ORDER BY list, direction")
        ]

    def last(self, name: str, direction: str) -> Serial | None:
        """Return the newest file of a list, None where there was none."""
        sql = f"SELECT {_SERIAL} FROM exchange_serials WHERE list = ? AND direction = ?"
        rows = self.store.query(sql, (name, direction))
        return Serial(*rows[0]) if rows else None

    def record(self, serial: Serial, draft: Draft) -> None:
        """Remember a file that changed nothing else. Raises StoreError."""

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            put(cursor, serial)
            return ledger.append(cursor, [draft], who=serial.who, at=serial.at), ()

        self._publisher.commit(CODES, write)

    def record_key(self, action: str, public: bytes, *, who: str, why: str) -> None:
        """Tell the ledger of a key of our own. Raises InputError, StoreError."""
        _check(who=who, why=why)

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            draft = Draft(action, "key:own", {"public": line_of(public)}, why)
            return ledger.append(cursor, [draft], who=who, at=self.millis()), ()

        self._publisher.commit(CODES, write)

    def millis(self) -> int:
        """Return now in Unix milliseconds."""
        return int(self.clock() * 1000)


def put(cursor: Cursor, serial: Serial) -> None:
    """Write the newest file of a list."""
    cursor.execute(
        f"INSERT INTO exchange_serials ({_SERIAL}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (list, direction) DO UPDATE SET serial = excluded.serial, digest = excluded.digest, "
        "key = excluded.key, entries = excluded.entries, at = excluded.at, who = excluded.who",
        msgspec.structs.astuple(serial),
    )


def _key(row: Any) -> TrustedKey:
    number, name, public, lists, *rest = row
    return TrustedKey(number, name, line_of(bytes(public)), tuple(msgspec.json.decode(lists)), *rest)


def _check(**texts: str) -> None:
    for name, text in texts.items():
        if wrong := check_text(name, text):
            raise InputError(wrong)
