"""Senders as the registry holds them: numbers and names, whose they are, and what is known against them."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from filters.numbers import KOREA, Kind, canonical
from filters.ports import SenderState

HOLDERS: Final = 1000  # codes or accounts of one sender; a number of more is nobody's
COUNTRY: Final = KOREA  # calling code of the country whose numbers are written without one

BLOCKS: Final = (SenderState.BLACKLISTED, SenderState.PROTECTED, SenderState.THEFT_BLOCKED)
"""The states that may be given to a number nobody registered."""


class Sender(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A sender in the registry. ``valid_*`` and ``state_until`` are Unix seconds (None: open), ``*_at`` milliseconds.

    Registered to no code and no account, it is anybody's. Not ``registered``, it is only known for its state.
    """

    number: str  # canonical: E.164 digits without +, or a name in lower case
    state: SenderState
    registered: bool = True
    codes: tuple[str, ...] = ()  # sorted
    accounts: tuple[str, ...] = ()  # sorted
    evidence: str = ""  # what shows that the number is theirs, such as the certificate's number
    why: str = ""
    who: str = ""
    valid_from: int | None = None
    valid_until: int | None = None  # the first second after the validity
    state_until: int | None = None  # the first second after a suspension or a block
    created_at: int = 0
    changed_at: int = 0

    def state_at(self, now: float) -> SenderState | None:
        """Return what the sender is at an instant (Unix seconds); None: not registered."""
        return sender_at(self, now)


class Dated(Protocol):
    """What decides on a sender's state."""

    @property
    def state(self) -> SenderState:
        """The state that was given."""
        ...

    @property
    def registered(self) -> bool:
        """Whether anybody registered it."""
        ...

    @property
    def valid_from(self) -> int | None:
        """Beginning of the registration."""
        ...

    @property
    def valid_until(self) -> int | None:
        """End of the registration."""
        ...

    @property
    def state_until(self) -> int | None:
        """End of the state."""
        ...


def sender_at(sender: Dated, now: float) -> SenderState | None:
    """Return the state that follows from the stored one, the dates and the clock (Unix seconds).

    A suspension or block that has ended leaves the registration, where there is one; a registration outside its dates
    is none. A block outweighs the dates.
    """
    if sender.state is not SenderState.ACTIVE and (sender.state_until is None or now < sender.state_until):
        return sender.state
    if (
        not sender.registered
        or (sender.valid_from is not None and now < sender.valid_from)
        or (sender.valid_until is not None and now >= sender.valid_until)
    ):
        return None
    return SenderState.ACTIVE


def read_number(text: str, country: str = COUNTRY) -> tuple[str, str]:
    """Return (canonical form, what is wrong with it) of a number as people write it: hyphens, ``+``, without area."""
    number = canonical(text.strip(), country=country)
    if number.kind is Kind.INVALID or number.fault:
        return number.e164, f"a telephone number or a name is expected: {number.fault}"
    return number.e164, ""
