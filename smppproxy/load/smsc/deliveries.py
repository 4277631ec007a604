"""Bodies of the deliver_sm PDUs the simulator originates: receipts and mobile-originated messages."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from smppproxy.load import wire

if TYPE_CHECKING:
    from smppproxy.smpp.kernel import Frame

ESM_CLASS_RECEIPT: Final = 0x04  # "short message contains SMSC delivery receipt" (3.4 s. 5.2.12)
TAG_RECEIPTED_MESSAGE_ID: Final = 0x001E
TAG_MESSAGE_STATE: Final = 0x0427
STATE_DELIVERED: Final = 2

_UDHI = 0x40  # esm_class bit: the text begins with a user data header
_TEXT_LIMIT = 20  # octets of the original text a receipt repeats (3.4 Appendix B)


def wants_receipt(frame: Frame) -> bool:
    """True when registered_delivery asks for a receipt on success (3.4 s. 5.2.17)."""
    return frame.registered_delivery & 0x03 == 0x01


def receipt_body(frame: Frame, message_id: bytes, at: datetime) -> bytes:
    """A DELIVRD receipt for ``frame``: Appendix B text and the two TLVs, source and destination exchanged."""
    # the receipt itself is in the default alphabet: of any other text nothing can be repeated in it
    readable = frame.data_coding == 0 and not frame.esm_class & _UDHI
    text_start = frame.short_message[:_TEXT_LIMIT] if readable else b""
    stamp = at.strftime("%y%m%d%H%M").encode()
    text = (
        b"id:%b sub:001 dlvrd:001 submit date:%b done date:%b stat:DELIVRD err:000 text:%b"
        % (message_id, stamp, stamp, text_start)
    )  # fmt: skip
    return (
        wire.cstring(frame.service_type)
        + wire.address(frame.dest_addr_ton, frame.dest_addr_npi, frame.destination_addr)
        + wire.address(frame.source_addr_ton, frame.source_addr_npi, frame.source_addr)
        + _tail(ESM_CLASS_RECEIPT, 0, text)
        + wire.tlv(TAG_RECEIPTED_MESSAGE_ID, message_id + b"\0")
        + wire.tlv(TAG_MESSAGE_STATE, bytes((STATE_DELIVERED,)))
    )


def mobile_originated_body(source: str, destination: str, text: bytes) -> bytes:
    """A short text in the default alphabet from a handset."""
    return b"\0" + wire.address(1, 1, source) + wire.address(0, 1, destination) + _tail(0, 0, text)


def _tail(esm_class: int, data_coding: int, text: bytes) -> bytes:
    """The fields of deliver_sm after its addresses (3.4 s. 4.6.1)."""
    #            esm_class, protocol_id, priority | two times absent | registered, replace | coding, msg_id, length
    return bytes((esm_class, 0, 0)) + b"\0\0" + b"\0\0" + bytes((data_coding, 0, len(text))) + text
