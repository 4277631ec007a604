"""What requests of every kind hold, and those that several registries share, as typed records."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

LIST_LIMIT: Final = 10_000  # records of one page

Instant = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]  # Unix seconds, to the end of the year 9999


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every request may hold. ``who`` goes to the ledger, such as ``cli:anna`` or ``page:desk7``."""

    who: str = "unknown"
    why: str = ""


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
    """Return all records as CSV."""


class Page(Request, frozen=True):
    """A page of what is numbered, the newest first, from the one before ``before``."""

    before: int | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=LIST_LIMIT)] = 100


class Nothing(Request, frozen=True):
    """A verb without arguments."""
