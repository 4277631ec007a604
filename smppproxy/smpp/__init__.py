"""SMPP 3.4 and 5.0 as pure functions and objects: no sockets, no clock.

A PDU as a value, for convenience::

    from smppproxy.smpp import Pdu, constants, decode, encode

    octets = encode(Pdu(constants.SUBMIT_SM, sequence=1, fields={"destination_addr": b"821012345678"}))
    assert decode(octets).fields["destination_addr"] == b"821012345678"

One end of a connection, for speed: octets in, frames and octets out, time as an argument::

    from smppproxy.smpp import Limits, Role, Session, text

    session = Session(Role.SMSC, Limits(), now=0.0)
    for frame in session.receive(octets, now=0.1):      # what is for you to treat
        print(text.decode(frame.short_message, frame.data_coding))
    octets_to_write = b"".join(session.out)             # what the session answered by itself

``constants`` holds the numbers, ``text`` the alphabets, ``kernel`` the hot path (compiled where it was built).
Everything raised on purpose is an :class:`SmppError`; ``errors`` shows the tree. What is not named here may change.
"""

from smppproxy.smpp import constants, kernel, text
from smppproxy.smpp.codec import decode, encode
from smppproxy.smpp.errors import (
    FramingError,
    LocalMisuse,
    RemoteError,
    SmppError,
    UnreadableBody,
    UnreadableTlv,
)
from smppproxy.smpp.framer import Framer
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.pdu import DistributionList, Pdu, SmeAddress, UnsuccessSme
from smppproxy.smpp.receipts import Receipt, build_receipt, message_id_spellings, parse_receipt, receipt_tlvs
from smppproxy.smpp.segments import (
    Segment,
    SegmentConflict,
    TextTwice,
    UnreadableUdh,
    build_udh,
    concatenation,
    parse_udh,
    segment_of,
    text_octets,
)
from smppproxy.smpp.session import Session
from smppproxy.smpp.states import Role, State
from smppproxy.smpp.timers import Limits
from smppproxy.smpp.tlv import make_tlv, view_tlv
from smppproxy.smpp.window import Window

__all__ = [
    "DistributionList",
    "Frame",
    "Framer",
    "FramingError",
    "Limits",
    "LocalMisuse",
    "Pdu",
    "Receipt",
    "RemoteError",
    "Role",
    "Segment",
    "SegmentConflict",
    "Session",
    "SmeAddress",
    "SmppError",
    "State",
    "TextTwice",
    "UnreadableBody",
    "UnreadableTlv",
    "UnreadableUdh",
    "UnsuccessSme",
    "Window",
    "build_receipt",
    "build_udh",
    "concatenation",
    "constants",
    "decode",
    "encode",
    "kernel",
    "make_tlv",
    "message_id_spellings",
    "parse_receipt",
    "parse_udh",
    "receipt_tlvs",
    "segment_of",
    "text",
    "text_octets",
    "view_tlv",
]
