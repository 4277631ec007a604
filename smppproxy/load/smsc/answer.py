"""What a test may tell the simulator to answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from smppproxy.load import wire
from smppproxy.smpp.constants import (
    BROADCAST_SM_RESP,
    DATA_SM_RESP,
    QUERY_BROADCAST_SM_RESP,
    QUERY_SM_RESP,
    SUBMIT_MULTI_RESP,
    SUBMIT_SM_RESP,
)

if TYPE_CHECKING:
    from smppproxy.load.smsc.received import Arrival

_ID_ONLY = frozenset({SUBMIT_SM_RESP, DATA_SM_RESP, BROADCAST_SM_RESP})
_DELIVERED = 2  # message_state (3.4 s. 5.2.28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to one request. Everything left out is what the simulator would have said itself.

    ``status`` other than 0 makes a header-only response unless ``body`` is given; ``tlvs`` are appended to the
    body; ``delay`` (seconds) holds the answer back; ``raw`` is written exactly as it is, nothing else counts then;
    ``close`` closes the socket after the answer.
    """

    status: int = 0
    message_id: bytes | None = None
    body: bytes | None = None
    tlvs: tuple[tuple[int, bytes], ...] = ()
    delay: float | None = None
    raw: bytes | None = None
    close: bool = False


SILENT: Final = Answer(raw=b"")
"""No answer, ever: the client's response timer has to act."""

Reply = Answer | int | None
"""What a ``respond`` callback returns: an answer, a bare command_status, or None for the simulator's own."""

Respond = Callable[["Arrival"], Reply | Awaitable[Reply]]
"""Asked about every request but enquire_link and unbind."""


def success_body(response_id: int, message_id: bytes) -> bytes:
    """Body of a positive response (3.4 s. 4.4.2 to 4.11.2; broadcast: 5.0 s. 4.4)."""
    if response_id in _ID_ONLY:
        return message_id + b"\0"
    if response_id == SUBMIT_MULTI_RESP:
        return message_id + b"\0\0"  # no_unsuccess 0
    if response_id == QUERY_SM_RESP:
        return message_id + b"\0\0" + bytes((_DELIVERED, 0))
    if response_id == QUERY_BROADCAST_SM_RESP:
        return message_id + b"\0" + wire.tlv(0x0427, bytes((_DELIVERED,)))
    return b""  # cancel_sm, replace_sm, cancel_broadcast_sm: header only
