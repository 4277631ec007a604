"""Read-only tokens of resellers: whose messages may be looked up. The secret is shown once and kept as its hash."""

from __future__ import annotations

import hmac
import re
import secrets
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Any, Final

import msgspec

from smppproxy.state import ledger
from smppproxy.state.book_layout import CODES
from smppproxy.state.book_writer import Changes
from smppproxy.state.codes import check_text, print_instant
from smppproxy.state.errors import ConflictError, InputError, NotFoundError
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.publishing import Publisher
from smppproxy.state.registry import Progress
from smppproxy.state.requests import Instant, Request
from smppproxy.state.service import Service
from smppproxy.state.store import Cursor, Store

DAYS: Final = 365  # a token's life where nothing is said; one that nobody renews ends
PER_ACCOUNT: Final = 20  # tokens of one account at a time; more are forgotten ones
SECRET: Final = 32  # octets of a secret: nobody guesses one, so a plain hash keeps it

_TOKEN: Final = re.compile(r"sxp_([0-9a-f]{12})_([A-Za-z0-9_-]{43})").fullmatch
_COLUMNS: Final = "id, account, about, created_at, who, expires"


class Token(msgspec.Struct, frozen=True):
    """What is known of a token. ``expires`` is Unix seconds, ``created_at`` milliseconds."""

    id: str
    account: str
    about: str
    created_at: int
    who: str
    expires: int


class TokenRegistry:
    """Makes, lists and removes tokens. Runs in the process that holds the control lock."""

    def __init__(self, publisher: Publisher, clock: Callable[[], float] = time.time) -> None:
        self.store = publisher.store
        self.clock = clock
        self._publisher = publisher

    def add(
        self, account: str, *, who: str, why: str = "", about: str = "", expires: int | None = None
    ) -> tuple[Token, str]:
        """Make a token and return it with its text, which nobody can tell again. Raises InputError, ConflictError."""
        for name, text in (("account", account), ("who", who), ("why", why), ("about", about)):
            if wrong := check_text(name, text):
                raise InputError(wrong)
        now = self.clock()
        end = int(now) + DAYS * 86_400 if expires is None else expires
        if not account or end <= now:
            raise InputError(
                "an account is expected" if not account else "a token that ends in time to come is expected"
            )
        if sum(each.expires > now for each in self.list(account)) >= PER_ACCOUNT:
            raise ConflictError(f"{account} has {PER_ACCOUNT} tokens; remove those that are not used")
        token = Token(secrets.token_hex(6), account, about, int(now * 1000), who, end)
        secret = secrets.token_urlsafe(SECRET)

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            row = (token.id, account, _hash(secret), about, token.created_at, who, end)
            cursor.execute(
                "INSERT INTO tokens (id, account, hash, about, created_at, who, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            cursor.execute("DELETE FROM tokens WHERE expires <= ?", (int(now),))
            content = {"id": token.id, "about": about, "expires": print_instant(end)}
            draft = Draft("token.add", f"account:{account}", content, why)
            return ledger.append(cursor, [draft], who=who, at=token.created_at), ()

        self._publisher.commit(CODES, write)
        return token, f"sxp_{token.id}_{secret}"

    def remove(self, number: str, *, who: str, why: str = "") -> Token:
        """Take a token's right away at once; ``number`` is its id. Raises NotFoundError."""
        for name, text in (("who", who), ("why", why)):
            if wrong := check_text(name, text):
                raise InputError(wrong)
        rows = self.store.query(f"SELECT {_COLUMNS} FROM tokens WHERE id = ?", (number,))
        if not rows:
            raise NotFoundError(f"there is no token {number}; `tokens list` shows those there are")
        token = Token(*rows[0])

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            cursor.execute("DELETE FROM tokens WHERE id = ?", (number,))
            draft = Draft("token.remove", f"account:{token.account}", {"id": number}, why)
            return ledger.append(cursor, [draft], who=who, at=int(self.clock() * 1000)), ()

        self._publisher.commit(CODES, write)
        return token

    def list(self, account: str = "") -> list[Token]:
        """Return the tokens of an account, or of all."""
        sql = f"SELECT {_COLUMNS} FROM tokens WHERE account = ? OR ? = '' ORDER BY account, created_at, id"
        return [Token(*row) for row in self.store.query(sql, (account, account))]


def account_of(store: Store, text: str, now: float) -> str | None:
    """Return the account a token may read, None for what is no token, or one that has ended.

    Whether the id or the secret is wrong takes the same time and has the same answer.
    """
    match = _TOKEN(text)
    number, secret = (match[1], match[2]) if match else ("", "")
    rows = store.query("SELECT account, hash, expires FROM tokens WHERE id = ?", (number,))
    account, known, expires = rows[0] if rows else ("", bytes(32), 0)
    holds = hmac.compare_digest(bytes(known), _hash(secret))
    return account if holds and rows and now < expires else None


class Add(Request, frozen=True):
    """Make a token."""

    account: str
    about: str = ""
    expires: Instant | None = None


class Remove(Request, frozen=True):
    """Take a token's right away."""

    id: str


class List(Request, frozen=True):
    """List tokens."""

    account: str = ""


class Check(Request, frozen=True):
    """Whose token it is."""

    token: Annotated[str, msgspec.Meta(max_length=200)]


def add(service: Service, tokens: TokenRegistry) -> None:
    """Let a service answer the verbs of tokens."""

    def make(r: Add, _: Progress) -> dict[str, Any]:
        token, text = tokens.add(r.account, who=r.who, why=r.why, about=r.about, expires=r.expires)
        return {"token": token, "text": text}

    def remove(r: Remove, _: Progress) -> dict[str, Any]:
        return {"changed": True, "token": tokens.remove(r.id, who=r.who, why=r.why)}

    service.add_verb("tokens.add", Add, make)
    service.add_verb("tokens.remove", Remove, remove)
    service.add_verb("tokens.list", List, lambda r, _: {"tokens": tokens.list(r.account)})
    service.add_verb("tokens.check", Check, lambda r, _: {"account": account_of(tokens.store, r.token, tokens.clock())})


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
