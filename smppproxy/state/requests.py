"""The requests about codes, as typed records: the one table of what each verb takes."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from filters.ports import CodeState

LIST_LIMIT: Final = 10_000  # codes of one page

Instant = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]  # Unix seconds, to the end of the year 9999


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every request may hold. ``who`` goes to the ledger, such as ``cli:anna`` or ``page:desk7``."""

    who: str = "unknown"
    why: str = ""


class Add(Request, frozen=True):
    """Register a code; instants are Unix seconds."""

    code: str
    owner: str = ""
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    owner_id: str = ""
    chain: tuple[str, ...] = ()  # resellers, the nearest first
    registered_at: Instant | None = None  # None: now


class Update(Request, frozen=True):
    """Change a code's owner, chain or dates; what is absent stays."""

    code: str
    owner: str | msgspec.UnsetType = msgspec.UNSET
    valid_from: Instant | msgspec.UnsetType | None = msgspec.UNSET
    valid_until: Instant | msgspec.UnsetType | None = msgspec.UNSET
    owner_id: str | msgspec.UnsetType = msgspec.UNSET
    chain: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    registered_at: Instant | msgspec.UnsetType = msgspec.UNSET


class OneCode(Request, frozen=True):
    """Do something to one code: suspend, strike."""

    code: str


class Throttle(OneCode, frozen=True):
    """Leave a code so many messages a second; 0 lifts that."""

    rate: Annotated[float, msgspec.Meta(ge=0)]
    until: Instant | None = None


class Resume(OneCode, frozen=True):
    """Lift a suspension, or a strike where said."""

    lift_strike: bool = False


class Remove(OneCode, frozen=True):
    """Take a code out of the registry; one under sanction only by force."""

    force: bool = False


class Show(Request, frozen=True):
    """Tell of one code and of what happened to it."""

    code: str
    history: Annotated[int, msgspec.Meta(ge=0)] = 20


class List(Request, frozen=True):
    """List codes in order, those after ``after``."""

    state: CodeState | None = None
    owner: str = ""
    owner_id: str = ""
    prefix: str = ""
    after: str = ""
    limit: int = 1000


class Upload(Request, frozen=True):
    """A piece of a file to import, the next of those with the same name."""

    upload: str
    text: str


class Import(Request, frozen=True):
    """Bring the registry in line with a CSV text."""

    text: str = ""
    upload: str = ""  # name of the pieces uploaded ahead of ``text``
    dry_run: bool = False


class Export(Request, frozen=True):
    """Return all codes as CSV."""


class Nothing(Request, frozen=True):
    """A verb without arguments."""
