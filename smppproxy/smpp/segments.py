"""Where the text of a PDU is, and which part of a longer text it is.

A text stands in short_message or in the TLV message_payload, never in both. A part of a longer text says so
in its user data header (8-bit or 16-bit reference) or in the three SAR TLVs, never in both (SMPP 3.4
s. 5.2.12, note). Contradictions are errors here, since every reader of the PDU may pick another half.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from smppproxy.smpp.constants import (
    ESME_RINVOPTPARAMVAL,
    ESME_ROPTPARNOTALLWD,
    TAG_MESSAGE_PAYLOAD,
    TAG_SAR_MSG_REF_NUM,
    TAG_SAR_SEGMENT_SEQNUM,
    TAG_SAR_TOTAL_SEGMENTS,
)
from smppproxy.smpp.errors import RemoteError
from smppproxy.smpp.kernel import DIFFERING, Frame
from smppproxy.smpp.udh import UDHI, Udh, UnreadableUdh, build_udh, concatenation, parse_udh

__all__ = [
    "Segment",
    "SegmentConflict",
    "TextTwice",
    "Udh",
    "UnreadableUdh",
    "build_udh",
    "concatenation",
    "parse_udh",
    "segment_of",
    "text_octets",
]

Kind = Literal["udh8", "udh16", "sar"]

_SAR_TAGS: Final = (TAG_SAR_MSG_REF_NUM, TAG_SAR_TOTAL_SEGMENTS, TAG_SAR_SEGMENT_SEQNUM)


class SegmentConflict(RemoteError, ValueError):  # noqa: N818 (named like its siblings in errors)
    """The PDU says two things about which segment it is."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"segment: {problem}", ESME_RINVOPTPARAMVAL)


class TextTwice(RemoteError, ValueError):  # noqa: N818 (named like its siblings in errors)
    """The PDU holds two texts."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"text: {problem}", ESME_ROPTPARNOTALLWD)


class Segment(msgspec.Struct, frozen=True, gc=False):
    """Part ``number`` of ``total`` (counted from 1). ``octets`` is its text without the user data header.

    ``wide``: the reference has 16 bits, so it repeats far later. ``locking`` and ``single`` name the
    national language tables of the part, 0 for none.
    """

    kind: Kind
    reference: int
    total: int
    number: int
    octets: bytes
    wide: bool = False
    locking: int = 0
    single: int = 0


def text_octets(frame: Frame) -> tuple[bytes, bool]:
    """The octets of the text and whether they start with a user data header.

    Raises TextTwice when short_message and message_payload are both filled, or two message_payloads differ.
    """
    octets = frame.short_message
    payload = frame.tlv_once(TAG_MESSAGE_PAYLOAD)
    if payload is not None and payload != b"":
        if payload is DIFFERING:
            raise TextTwice("two message_payload TLVs differ; send one")
        if octets:
            raise TextTwice("short_message and message_payload are both filled; fill one")
        octets = payload
    return octets, frame.esm_class & UDHI != 0


def segment_of(frame: Frame) -> Segment | None:
    """Which part of a longer text the PDU is; None when it is a text of its own.

    Raises SegmentConflict (user data header and SAR TLVs, or SAR TLVs that contradict themselves), TextTwice
    and UnreadableUdh. Numbers that cannot be (0 of n, 3 of 2) and SAR TLVs that are not all three there say
    nothing: such a part is shown as a text of its own.
    """
    if not frame.esm_class & UDHI:
        return _sar(frame) if frame.tlv(TAG_SAR_MSG_REF_NUM) is not None else None
    for tag in _SAR_TAGS:
        if frame.tlv(tag) is not None:
            raise SegmentConflict("user data header and SAR TLVs in one PDU; use one of them")
    octets, _ = text_octets(frame)
    udh = parse_udh(octets)
    if udh.total < 2:
        return None
    kind: Kind = "udh16" if udh.wide else "udh8"
    text = octets[udh.length :]
    return Segment(kind, udh.reference, udh.total, udh.number, text, udh.wide, udh.locking, udh.single)


def _sar(frame: Frame) -> Segment | None:
    numbers: list[int] = []
    for tag in _SAR_TAGS:
        value = frame.tlv_once(tag)
        if value is DIFFERING:
            raise SegmentConflict(f"two TLVs 0x{tag:04X} differ; send one")
        if not value:
            return None
        numbers.append(int.from_bytes(value))  # a reference of one octet occurs; its value is plain all the same
    reference, total, number = numbers
    if not 0 < number <= total or total < 2:
        return None
    return Segment("sar", reference, total, number, text_octets(frame)[0], wide=True)
