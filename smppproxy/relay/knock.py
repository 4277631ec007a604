"""What became of the binds of resellers, for the operator: whoever knocked is told as little as possible."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from smppproxy.smpp.kernel import Frame

#: Octets of a claimed system_id that are told; SMPP 3.4 section 5.2.1 allows 15.
LONGEST_NAME: Final = 64

_HEADER: Final = 16  # octets before the body, which begins with the system_id


class Refusal(StrEnum):
    """Why a bind was refused. The peer hears one status for the first four, so that names cannot be probed."""

    NO_ACCOUNT = "no_account"
    WRONG_PASSWORD = "wrong_password"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    TOO_MANY_BINDS = "too_many_binds"
    MALFORMED = "malformed"
    SMSC_REFUSED = "smsc_refused"
    SMSC_AWAY = "smsc_away"  # no connection to it, or no answer to the bind
    STOPPING = "stopping"


class Knock(msgspec.Struct, frozen=True):
    """A bind that was answered. ``account`` is what the reseller calls itself, ``refusal`` None where it came in."""

    account: str
    peer: str
    command: int
    status: int
    refusal: Refusal | None = None


def claimed(bind: Frame) -> str:
    """The system_id of a bind, also of one that cannot be read to its end."""
    return bind.raw[_HEADER:].split(b"\0", 1)[0][:LONGEST_NAME].decode("latin-1")
