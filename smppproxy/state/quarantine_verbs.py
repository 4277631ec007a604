"""The requests about messages in quarantine, as typed records, and what answers them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import msgspec

from smppproxy.smpp import codec, kernel, text
from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import RemoteError
from smppproxy.smpp.pdu import SmeAddress
from smppproxy.smpp.segments import segment_of, text_octets
from smppproxy.state.quarantine import Message, Quarantine
from smppproxy.state.registry import Progress
from smppproxy.state.requests import LIST_LIMIT, Nothing, Request
from smppproxy.state.sealed import Sealer
from smppproxy.state.service import Service

State = Literal["", "held", "releasing", "sending", "released", "refused", "unknown", "dropped", "expired"]
Ids = Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=10_000)]

#: What binds a sealed PDU to its row.
CONTEXT = b"quarantine\0"


class List(Request, frozen=True):
    """List messages in the order they came in, those after ``after``."""

    state: State = "held"
    account: str = ""
    code: str = ""
    reason: str = ""
    after: str = ""
    limit: int = 100


class Show(Request, frozen=True):
    """Tell of one message; with ``content`` also its recipients and its text, which the ledger notes."""

    message_id: str
    content: bool = False


class Release(Request, frozen=True):
    """Have messages sent; ``again`` also those of which nobody knows whether the carrier has them."""

    message_ids: Ids
    again: bool = False


class Drop(Request, frozen=True):
    """Have messages never sent."""

    message_ids: Ids
    receipts: bool = True


def sealed_in(message_id: str) -> bytes:
    """What a message's PDU is sealed with beside the key."""
    return CONTEXT + message_id.encode()


def content(pdu: bytes) -> dict[str, Any]:
    """Return the recipients and the text of a PDU as people read them."""
    frame = kernel.cut(pdu, len(pdu))[0][0]
    recipients = [frame.destination_addr.decode("latin-1")]
    try:
        if frame.command_id == c.SUBMIT_MULTI:
            addresses = codec.decode(pdu).fields["dest_addresses"]
            recipients = [(a.addr if isinstance(a, SmeAddress) else a.name).decode("latin-1") for a in addresses]
        segment = segment_of(frame)
        octets = segment.octets if segment is not None else text_octets(frame)[0]
    except RemoteError:
        octets = frame.short_message
    readings = text.readings(octets, frame.data_coding)
    return {"recipients": recipients, "text": readings[0] if readings else ""}


class QuarantineVerbs:
    """Answers for :class:`Quarantine`. ``sealer`` is asked for when a PDU is to be opened."""

    def __init__(self, quarantine: Quarantine, sealer: Callable[[], Sealer]) -> None:
        self._quarantine = quarantine
        self._sealer = sealer

    def list(self, r: List, _: Progress) -> dict[str, Any]:
        """``quarantine.list``."""
        limit = max(1, min(r.limit, LIST_LIMIT))
        found = self._quarantine.page(
            state=r.state, account=r.account, code=r.code, reason=r.reason, after=r.after, limit=limit + 1
        )
        page = found[:limit]
        return {"messages": page, "next": page[-1].message_id if len(found) > limit else None}

    def count(self, _: Nothing, __: Progress) -> dict[str, Any]:
        """``quarantine.count``: by state."""
        return {"counts": self._quarantine.counts()}

    def show(self, r: Show, _: Progress) -> dict[str, Any]:
        """``quarantine.show``."""
        message, sealed = self._quarantine.show(r.message_id)
        told = {"message": message, "kept": sealed is not None}
        if r.content and sealed is not None:
            told |= content(self._sealer().open(bytes(sealed), sealed_in(message.message_id)))
            self._quarantine.noted_read(message.message_id, who=r.who, why=r.why)
        return told

    def release(self, r: Release, _: Progress) -> dict[str, Any]:
        """``quarantine.release``."""
        return _changed(self._quarantine.release(r.message_ids, who=r.who, why=r.why, again=r.again))

    def drop(self, r: Drop, _: Progress) -> dict[str, Any]:
        """``quarantine.drop``."""
        return _changed(self._quarantine.drop(r.message_ids, who=r.who, why=r.why, receipts=r.receipts))


def add(service: Service, quarantine: Quarantine, sealer: Callable[[], Sealer]) -> None:
    """Let a service answer the verbs of the quarantine."""
    verbs = QuarantineVerbs(quarantine, sealer)
    service.add_verb("quarantine.list", List, verbs.list)
    service.add_verb("quarantine.count", Nothing, verbs.count)
    service.add_verb("quarantine.show", Show, verbs.show)
    service.add_verb("quarantine.release", Release, verbs.release)
    service.add_verb("quarantine.drop", Drop, verbs.drop)


def _changed(messages: Sequence[Message]) -> dict[str, Any]:
    return {"messages": messages}
