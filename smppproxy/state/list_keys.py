"""What stands in a list: every spelling of a host, an address of the web, a number or a pattern brought to one form."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from hashlib import blake2b
from typing import Final

import can_ada

from filters.ports import Pattern, PatternKind
from smppproxy.state.codes import read_owner_id
from smppproxy.state.pseudonyms import SIZE, Pseudonymiser
from smppproxy.state.senders import COUNTRY, read_number

KEY_LIMIT: Final = 2048  # characters of an address of the web; browsers and shorteners stop about there
ACCOUNT_LIMIT: Final = 64  # characters; SMPP allows 15, some carriers grant more
ROWS: Final = 64  # octets of a cluster's name; filters.text.near has the same, and this module must not load numpy
PATTERN_LIMIT: Final = 500  # characters; longer than any text of one segment
EXPRESSION: Final = "re:"  # what begins a pattern that is an expression
LITERAL: Final = "text:"  # what begins a literal that would else be taken for something else
HASHED: Final = "#"  # what begins a recipient that is a keyed hash already

_PLAIN_HOST: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z][a-z0-9-]*[a-z0-9]").fullmatch
_CLUSTER: Final = re.compile(rf"[0-9a-f]{{{2 * ROWS}}}").fullmatch
_HASH: Final = re.compile(rf"#[0-9a-f]{{{2 * SIZE}}}").fullmatch


class ListKind(StrEnum):
    """What a list holds."""

    HOST = "host"
    URL = "url"
    RECIPIENT_OPTOUT = "recipient_optout"
    SENDER_BLACKLIST = "sender_blacklist"
    PATTERN = "pattern"
    ACCOUNT_SANCTION = "account_sanction"
    OWNER_SANCTION = "owner_sanction"
    TEXT_CLUSTER = "text_cluster"
    HOST_SANCTION = "host_sanction"


class Keys:
    """Reads keys of every kind. ``pseudonym`` is asked for once the first recipient comes."""

    def __init__(self, pseudonym: Callable[[], Pseudonymiser], country: str = COUNTRY) -> None:
        self.country = country
        self._load = pseudonym
        self._pseudonym: Pseudonymiser | None = None
        self._readers: dict[ListKind, Callable[[str], str]] = {
            ListKind.HOST: read_host,
            ListKind.URL: read_url,
            ListKind.RECIPIENT_OPTOUT: self._recipient,
            ListKind.SENDER_BLACKLIST: self._number,
            ListKind.PATTERN: read_pattern,
            ListKind.ACCOUNT_SANCTION: read_account,
            ListKind.OWNER_SANCTION: _owner,
            ListKind.TEXT_CLUSTER: read_cluster,
            ListKind.HOST_SANCTION: read_own_host,
        }

    def reader(self, kind: ListKind, *, old: bool = False) -> Callable[[str], str]:
        """Return the function that reads keys of a kind; it raises ValueError saying what was expected.

        ``old``: what a list may hold already, though it could no longer be put there.
        """
        if old and kind is ListKind.PATTERN:
            return lambda text: read_pattern(text, old=True)
        if old and kind is ListKind.HOST_SANCTION:
            return read_host
        return self._readers[kind]

    def _number(self, text: str) -> str:
        number, wrong = read_number(text, self.country)
        if wrong:
            raise ValueError(wrong)
        return number

    def _recipient(self, text: str) -> str:
        if text.startswith(HASHED):
            if not _HASH(text):
                raise ValueError(f"a telephone number, or {HASHED} and {2 * SIZE} hexadecimal digits are expected")
            return text[1:]
        if self._pseudonym is None:
            self._pseudonym = self._load()
        return self._pseudonym(self._number(text)).hex()


def read_host(text: str) -> str:
    """Return a host as the books know it: lower case, punycode, without a final dot. Raises ValueError."""
    name = text.lower().removeprefix("*.").rstrip(".")
    if _PLAIN_HOST(name) and len(name) <= 253 and "xn--" not in name:
        return name
    if not name or any(character in name for character in "/?#@\\ \t%"):
        raise ValueError("a host such as example.com is expected, without a scheme or path")
    try:
        found: str = can_ada.parse(f"http://{name}/").hostname
    except ValueError:
        raise ValueError("a host such as example.com is expected") from None
    if "." not in found and found[:1] != "[":
        raise ValueError("a host with a dot such as example.com is expected")
    return found.rstrip(".")


def read_own_host(text: str) -> str:
    """Return a host as :func:`read_host` does, where it can be somebody's. Raises ValueError."""
    from filters.text.links import SHORTENERS  # one tuple of a module that brings expressions

    name = read_host(text)
    if name.removeprefix("www.") in SHORTENERS:
        raise ValueError("a shortener is everybody's; put its single links on a list of the kind url")
    return name


def read_url(text: str) -> str:
    """Return host and path of a web address, without scheme, port, query, fragment, final slash. Raises ValueError."""
    if len(text) > KEY_LIMIT:
        raise ValueError(f"at most {KEY_LIMIT} characters are expected")
    rest = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://", "", text)
    try:
        url = can_ada.parse("http://" + rest)
    except ValueError:
        raise ValueError("an address such as example.com/a/b is expected") from None
    name = url.hostname.rstrip(".")
    if "." not in name and name[:1] != "[":
        raise ValueError("an address such as example.com/a/b is expected")
    found: str = (name + url.pathname).rstrip("/")
    return found


def read_account(text: str) -> str:
    """Return the name of an account. Raises ValueError."""
    if not text or len(text) > ACCOUNT_LIMIT or not text.isprintable():
        raise ValueError(f"a system_id of 1 to {ACCOUNT_LIMIT} characters is expected")
    return text


def read_cluster(text: str) -> str:
    """Return the name of a cluster of near-identical texts. Raises ValueError."""
    name = text.lower()
    if not _CLUSTER(name):
        raise ValueError(f"the {2 * ROWS} hexadecimal digits that name a cluster are expected")
    return name


def _owner(text: str) -> str:
    number = read_owner_id(text)
    if not number:
        raise ValueError("a business registration number is expected")
    return number


def read_pattern(text: str, *, old: bool = False) -> str:
    """Return a pattern as written: ``re:`` begins an expression (RE2), else it is literal. Raises ValueError."""
    kind, pattern = pattern_of(text)
    if not pattern.strip() or len(pattern) > PATTERN_LIMIT:
        raise ValueError(f"a pattern of 1 to {PATTERN_LIMIT} characters is expected")
    from filters.patterns import fault  # brings its automata, for those alone who write patterns

    wrong = "" if old else fault(Pattern("", kind, pattern))
    if wrong:
        raise ValueError(f"a pattern that can be looked for is expected: {wrong}")
    if kind is PatternKind.LITERAL:
        return LITERAL + pattern if pattern.startswith((EXPRESSION, LITERAL)) else pattern
    return EXPRESSION + pattern


def pattern_of(key: str) -> tuple[PatternKind, str]:
    """Return kind and text of a pattern as it is written in a list."""
    if key.startswith(EXPRESSION):
        return PatternKind.EXPRESSION, key[len(EXPRESSION) :]
    return PatternKind.LITERAL, key.removeprefix(LITERAL)


def pattern_id(name: str, key: str) -> str:
    """Return what a pattern of a list is called where it is found in a text."""
    return f"{name}/{blake2b(key.encode(), digest_size=5).hexdigest()}"


def shown_key(kind: ListKind, key: str) -> str:
    """Return a stored key as people see it and ``import`` reads it."""
    return HASHED + key if kind is ListKind.RECIPIENT_OPTOUT else key
