"""What the simulator answers when no test tells it otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smppproxy.load import wire
from smppproxy.load.smsc.answer import Answer, success_body
from smppproxy.load.smsc.behaviour import DROP, Behaviour, Faults
from smppproxy.load.smsc.message_ids import MessageIds
from smppproxy.smpp.constants import (
    BIND_RECEIVER,
    BIND_TRANSCEIVER,
    BIND_TRANSMITTER,
    BROADCAST_SM,
    CANCEL_BROADCAST_SM,
    CANCEL_SM,
    DATA_SM,
    ESME_RALYBND,
    ESME_RINVBNDSTS,
    ESME_RINVCMDID,
    ESME_RINVMSGID,
    ESME_RINVPASWD,
    GENERIC_NACK,
    QUERY_BROADCAST_SM,
    QUERY_SM,
    REPLACE_SM,
    SUBMIT_MULTI,
    SUBMIT_SM,
)

if TYPE_CHECKING:
    from smppproxy.load.smsc.link import Link
    from smppproxy.load.smsc.received import Received
    from smppproxy.smpp.kernel import Frame

BINDS: Final = frozenset({BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER})
MESSAGES: Final = frozenset({SUBMIT_SM, DATA_SM, SUBMIT_MULTI, BROADCAST_SM, REPLACE_SM})
"""Requests that carry a text: counted as submits, in the checksum, subject to faults."""
LOOKUPS: Final = frozenset({QUERY_SM, CANCEL_SM, QUERY_BROADCAST_SM, CANCEL_BROADCAST_SM})
"""Requests about a message_id, which stands first in their body."""
WALKED: Final = frozenset({SUBMIT_SM, DATA_SM})
"""Requests whose body is read field by field."""


class Clerk:
    """Decides answers from the :class:`Behaviour` and gives out message_ids."""

    def __init__(self, behaviour: Behaviour, received: Received) -> None:
        self.ids = MessageIds(behaviour.message_id, behaviour.seed)
        self._behaviour = behaviour
        self._faults = Faults(behaviour)
        self._received = received

    def delay(self) -> float:
        """Seconds the next answer to a message is held back."""
        return self._faults.delay()

    def answer(self, link: Link, frame: Frame) -> Answer | None:
        """The answer to a request; None leaves it unanswered."""
        command_id = frame.command_id
        if command_id in BINDS:
            return self._bind(link, frame)
        if command_id in MESSAGES:
            return self._message(frame) if link.sends else Answer(status=ESME_RINVBNDSTS)
        if command_id in LOOKUPS:
            if not link.sends:
                return Answer(status=ESME_RINVBNDSTS)
            return Answer(status=0 if self._known(frame) else ESME_RINVMSGID)
        return Answer(raw=wire.pack(GENERIC_NACK, frame.sequence_number, status=ESME_RINVCMDID))

    def body(self, frame: Frame, answer: Answer) -> tuple[bytes, bytes]:
        """Body of an answer that brings none, and the message_id it gives out (empty when none)."""
        tlvs = b"".join(wire.tlv(tag, value) for tag, value in answer.tlvs)
        command_id = frame.command_id
        if command_id in BINDS:
            return (wire.cstring("smsc") if answer.status == 0 else b"") + tlvs, b""
        if answer.status:
            return tlvs, b""
        if command_id in LOOKUPS:
            return success_body(command_id | wire.RESPONSE, _named(frame)) + tlvs, b""
        message_id = answer.message_id if answer.message_id is not None else self.ids.next()
        return success_body(command_id | wire.RESPONSE, message_id) + tlvs, message_id

    def _bind(self, link: Link, frame: Frame) -> Answer:
        password = frame.body.split(b"\0", 2)[1:2]
        if link.bind:
            return Answer(status=ESME_RALYBND)
        if self._behaviour.password is not None and password != [self._behaviour.password.encode()]:
            return Answer(status=ESME_RINVPASWD)
        return Answer()

    def _message(self, frame: Frame) -> Answer | None:
        command_id = frame.command_id
        if command_id in WALKED and frame.fault:
            self._received.unreadable += 1
            return Answer(status=frame.fault)
        verdict = self._faults.verdict()
        if verdict == DROP:
            self._received.dropped += 1
            return None
        if verdict == 0 and command_id == REPLACE_SM and not self._known(frame):
            verdict = ESME_RINVMSGID
        return Answer(status=verdict)

    def _known(self, frame: Frame) -> bool:
        message_id = _named(frame)
        # cancel_sm may name its messages by their addresses instead (3.4 s. 4.9.1)
        return self.ids.issued(message_id) or (not message_id and frame.command_id == CANCEL_SM)


def _named(frame: Frame) -> bytes:
    """The message_id a request is about: the first field of its body."""
    return frame.body.split(b"\0", 1)[0]
