"""First senders' codes as the registry holds them, and how a code and its dates are spelled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Protocol

import msgspec

from filters.ports import CodeState
from smppproxy.state.errors import InputError

CODE_LIMIT: Final = 300  # characters of a code; rules read values of 255 at most, an extra has its name before it
OWNER_ID_LIMIT: Final = 64  # characters; Korea has 10 or 13 digits, other countries up to some twenty
CHAIN_LIMIT: Final = 16  # resellers between a first sender and us; chains of four are known
TEXT_LIMIT: Final = 500  # characters of an owner's name or a reason; more is a document and belongs elsewhere

STORED_STATES: Final = (CodeState.ACTIVE, CodeState.SUSPENDED, CodeState.STRUCK)
"""The states a person or a sanction gives. ``inactive`` is never stored: it follows from the dates and the clock."""

LAST_YEAR: Final = 9999  # "9999-12-31" is how lists say "for ever"
_LAST_SECOND: Final = int(datetime(LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
_FILLERS: Final = re.compile(r"[\s\-‐-―.]")


class Code(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A code in the registry. ``valid_*`` are Unix seconds (None: open), ``*_at`` Unix milliseconds."""

    code: str
    state: CodeState
    owner: str = ""
    why: str = ""
    who: str = ""
    valid_from: int | None = None
    valid_until: int | None = None  # the first second after the validity
    created_at: int = 0
    changed_at: int = 0
    owner_id: str = ""  # the owner's business registration number, see read_owner_id
    chain: tuple[str, ...] = ()  # the resellers it comes through, the nearest to us first
    registered_at: int = 0  # Unix seconds; the warm-up of a new code begins here
    rate: float = 0.0  # messages a second that a throttle leaves it; 0: no throttle
    rate_until: int | None = None  # the first second after the throttle, None: until it is lifted

    def rate_at(self, now: float) -> float:
        """Return the messages a second a throttle leaves the code at an instant (Unix seconds); 0: no throttle."""
        return self.rate if self.rate_until is None or now < self.rate_until else 0.0

    def state_at(self, now: float) -> CodeState:
        """Return what the code is worth at an instant (Unix seconds): a sanction outweighs the dates."""
        return state_at(self.state, self.valid_from, self.valid_until, now)


def state_at(stored: CodeState, valid_from: int | None, valid_until: int | None, now: float) -> CodeState:
    """Return the state that follows from the stored one, the dates and the clock (all Unix seconds)."""
    if stored is CodeState.ACTIVE and (
        (valid_from is not None and now < valid_from) or (valid_until is not None and now >= valid_until)
    ):
        return CodeState.INACTIVE
    return stored


class Value(Protocol):
    """Whatever says how a value looks."""

    @property
    def length(self) -> int:
        """Characters; 0 = any."""
        ...

    @property
    def format(self) -> str:
        """Expression that the whole value must match; empty = any."""
        ...


class Extra(Value, Protocol):
    """A further identity beside the code, such as the relay code."""

    @property
    def name(self) -> str:
        """What it is called; it is registered as ``name:value``."""
        ...

    @property
    def registry(self) -> bool:
        """Whether it has to be registered."""
        ...


class Identity(Value, Protocol):
    """``[filters.code]``, or what an account sets in its place."""

    @property
    def extra(self) -> Sequence[Extra]:
        """The further identities."""
        ...


class Shape(msgspec.Struct, frozen=True, order=True):
    """How one kind of code looks."""

    prefix: str = ""
    length: int = 0
    format: str = ""

    def fits(self, code: str) -> bool:
        """Tell whether a code looks like this."""
        value = code.removeprefix(self.prefix)
        if self.prefix and value == code:
            return False
        return (not self.length or len(value) == self.length) and (
            not self.format or re.fullmatch(self.format, value) is not None
        )

    def __str__(self) -> str:
        parts = [f"{self.length} characters"] if self.length else []
        parts += [f"the format {self.format}"] if self.format else []
        return (f"{self.prefix} and " if self.prefix else "") + (" of ".join(parts) or "any value")


class CodeShape:
    """How a registrable code looks: like one of the identities the configuration knows; none known: any code does."""

    def __init__(self, identities: Iterable[Identity] = ()) -> None:
        shapes = set()
        for each in identities:
            shapes.add(Shape("", each.length, each.format))
            shapes |= {Shape(f"{extra.name}:", extra.length, extra.format) for extra in each.extra if extra.registry}
        self._shapes = sorted(shapes)

    def check(self, code: str) -> str:
        """Return what was expected instead, "" when the code is fine."""
        if not code:
            return "a code is expected"
        if len(code) > CODE_LIMIT:
            return f"at most {CODE_LIMIT} characters are expected, these are {len(code)}"
        if not code.isprintable() or code != code.strip() or not code.isascii():
            return "printable ASCII without spaces around it is expected"
        if not self._shapes or self._fits(code):
            return ""
        wanted = " or ".join(map(str, self._shapes))
        bare = _FILLERS.sub("", code)
        return f"{wanted} is expected" + (f"; did you mean {bare}?" if bare != code and self._fits(bare) else "")

    def _fits(self, code: str) -> bool:
        return any(shape.fits(code) for shape in self._shapes)


ANY_SHAPE: Final = CodeShape()


def read_owner_id(text: str) -> str:
    """Return a business registration number in one spelling: upper case, without hyphens, dots and spaces.

    Raises ValueError saying what was expected.
    """
    number = _FILLERS.sub("", text).upper()
    if len(number) > OWNER_ID_LIMIT or not number.isprintable():
        raise ValueError(f"a registration number of at most {OWNER_ID_LIMIT} characters is expected")
    return number


def read_chain(text: str) -> tuple[str, ...]:
    """Return the resellers of a chain as people write it, ``nearest > next > first``. Raises ValueError."""
    names = tuple(name for part in text.split(">") if (name := part.strip()))
    if len(names) > CHAIN_LIMIT or any(check_text("chain", name) for name in names):
        raise ValueError(f"at most {CHAIN_LIMIT} names of resellers with > between them are expected")
    return names


def print_chain(chain: Iterable[str]) -> str:
    """Return a chain as :func:`read_chain` reads it."""
    return " > ".join(chain)


def check_text(name: str, value: str) -> str:
    """Return what is wrong with a name or a reason, "" when it can be stored."""
    if len(value) > TEXT_LIMIT:
        return f"{name} has {len(value)} characters, at most {TEXT_LIMIT} are kept"
    if not value.isprintable():
        return f"{name} holds a line break or another character that cannot be printed"
    return ""


@lru_cache(maxsize=4096)  # a file repeats its dates
def parse_instant(text: str, *, end: bool = False) -> int:
    """Return Unix seconds of an ISO 8601 date or time; without an offset it is UTC.

    A bare date is its first second, or with ``end`` the first second after it: "until 2026-12-31" includes that day.
    Raises InputError.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputError(
            f"{text!r}: a date such as 2026-12-31 or a time such as 2026-12-31T18:00:00+09:00 is expected"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if end and len(text.strip()) <= len("2026-12-31"):
        moment = (
            moment + timedelta(days=1) if moment.year < LAST_YEAR else moment.replace(hour=23, minute=59, second=59)
        )
    # Whatever lies before 1970 has always been; an offset may lead out of the years Python knows.
    return min(max(int(moment.timestamp()), 0), _LAST_SECOND)


def print_instant(seconds: int | None) -> str:
    """Return an instant as ISO 8601 in UTC, "" for None."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
