"""What a connection opens with: reads the first octets far enough to know whose bind it is. Pure.

Only the system_id is needed to choose a worker, so nothing is validated here: whatever does not look like a bind goes
to any worker, which answers it by the book.
"""

from __future__ import annotations

import enum
import struct
from typing import NamedTuple

from smppproxy.smpp import constants

LIMIT_SYSTEM_ID = 64  # octets; the field holds 15 (SMPP 3.4, 4.1.1), but a configuration may hold longer names
LIMIT_OPENING = (
    4096  # octets kept of a connection before it is handed on; a bind with every optional parameter has under 300
)

_HEADER = struct.Struct("!IIII")
_BINDS = frozenset({constants.BIND_RECEIVER, constants.BIND_TRANSMITTER, constants.BIND_TRANSCEIVER})


class Kind(enum.Enum):
    """How much is known of a connection."""

    MORE = enum.auto()  # the octets so far may yet become a bind
    BIND = enum.auto()
    OTHER = enum.auto()  # anything else: a worker answers it


class Opening(NamedTuple):
    """What was read: `system_id` of a bind, `answers` to be written back, `used` octets that are dealt with."""

    kind: Kind
    system_id: str
    answers: bytes
    used: int


def read(octets: bytes) -> Opening:
    """Reads the start of a connection.

    enquire_link may come before the bind (SMPP 5.0, 2.4: allowed in every state) and is answered here, since the worker
    is not known yet. A system_id is decoded as Latin-1, so that each octet string has a spelling and different ones
    stay different.
    """
    answers, used = b"", 0
    while len(octets) - used >= _HEADER.size:
        length, command, _, sequence = _HEADER.unpack_from(octets, used)
        if command == constants.ENQUIRE_LINK and length == _HEADER.size:
            answers += _HEADER.pack(_HEADER.size, constants.ENQUIRE_LINK_RESP, 0, sequence)
            used += _HEADER.size
            continue
        if command not in _BINDS or not _HEADER.size < length <= LIMIT_OPENING:
            return Opening(Kind.OTHER, "", answers, used)
        start = used + _HEADER.size
        reach = min(start + LIMIT_SYSTEM_ID + 1, used + length)
        end = octets.find(b"\0", start, reach)
        if end >= 0:
            return Opening(Kind.BIND, octets[start:end].decode("latin-1"), answers, used)
        if len(octets) >= reach:
            return Opening(Kind.OTHER, "", answers, used)
        break
    return Opening(Kind.MORE if len(octets) - used < LIMIT_OPENING else Kind.OTHER, "", answers, used)
