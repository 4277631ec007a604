"""Typed views of TLVs: every tag of SMPP 3.4 and 5.0.

A PDU keeps its TLVs as raw octets, whatever they hold; a view is only taken on demand, so an odd value costs nobody
but the one who asks for it. Vendor tags (and any other the specifications do not define) are their octets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from smppproxy.smpp import constants as c
from smppproxy.smpp.constants import TAGS, Tag, TagKind
from smppproxy.smpp.errors import LocalMisuse, UnreadableTlv


class CallbackNum(NamedTuple):
    """callback_num: a number to reply to (3.4 s. 5.3.2.36). ``digit_mode`` 1 = ASCII digits, 0 = DTMF nibbles."""

    digit_mode: int
    ton: int
    npi: int
    digits: bytes


class CallbackAtag(NamedTuple):
    """callback_num_atag: the name to display for a callback number (3.4 s. 5.3.2.38)."""

    data_coding: int
    text: bytes


class Subaddress(NamedTuple):
    """source_subaddress, dest_subaddress (3.4 s. 5.3.2.15). ``kind`` 0x80 NSAP even, 0x88 odd, 0xA0 user specified."""

    kind: int
    octets: bytes


class NetworkErrorCode(NamedTuple):
    """network_error_code (3.4 s. 5.3.2.31). ``network`` 1 ANSI-136, 2 IS-95, 3 GSM; 5.0 adds more."""

    network: int
    code: int


class SessionInfo(NamedTuple):
    """its_session_info of the Korean CDMA carriers (3.4 s. 5.3.2.43)."""

    session: int
    sequence: int
    end: bool


class ContentType(NamedTuple):
    """broadcast_content_type (5.0 s. 4.8.4.8)."""

    network: int
    content: int


class FrequencyInterval(NamedTuple):
    """broadcast_frequency_interval (5.0 s. 4.8.4.11). ``unit`` 0x08 seconds to 0x0E years; 0x00 as often as can be."""

    unit: int
    value: int


class AreaIdentifier(NamedTuple):
    """broadcast_area_identifier (5.0 s. 4.8.4.4). ``form`` 0 alias, 1 ellipsoid arc, 2 polygon."""

    form: int
    details: bytes


_VIEWS: Final[dict[int, Callable[[bytes], Any]]] = {
    c.TAG_CALLBACK_NUM: lambda v: CallbackNum(v[0], v[1], v[2], v[3:]),
    c.TAG_CALLBACK_NUM_ATAG: lambda v: CallbackAtag(v[0], v[1:]),
    c.TAG_SOURCE_SUBADDRESS: lambda v: Subaddress(v[0], v[1:]),
    c.TAG_DEST_SUBADDRESS: lambda v: Subaddress(v[0], v[1:]),
    c.TAG_NETWORK_ERROR_CODE: lambda v: NetworkErrorCode(v[0], int.from_bytes(v[1:], "big")),
    c.TAG_ITS_SESSION_INFO: lambda v: SessionInfo(v[0], v[1] >> 1, bool(v[1] & 1)),
    c.TAG_BROADCAST_CONTENT_TYPE: lambda v: ContentType(v[0], int.from_bytes(v[1:], "big")),
    c.TAG_BROADCAST_FREQUENCY_INTERVAL: lambda v: FrequencyInterval(v[0], int.from_bytes(v[1:], "big")),
    c.TAG_BROADCAST_AREA_IDENTIFIER: lambda v: AreaIdentifier(v[0], v[1:]),
}
_MAKES: Final[dict[int, Callable[[Any], bytes]]] = {
    c.TAG_CALLBACK_NUM: lambda v: bytes((v.digit_mode, v.ton, v.npi)) + v.digits,
    c.TAG_CALLBACK_NUM_ATAG: lambda v: bytes((v.data_coding,)) + v.text,
    c.TAG_SOURCE_SUBADDRESS: lambda v: bytes((v.kind,)) + v.octets,
    c.TAG_DEST_SUBADDRESS: lambda v: bytes((v.kind,)) + v.octets,
    c.TAG_NETWORK_ERROR_CODE: lambda v: bytes((v.network,)) + v.code.to_bytes(2, "big"),
    c.TAG_ITS_SESSION_INFO: lambda v: bytes((v.session, v.sequence << 1 | bool(v.end))),
    c.TAG_BROADCAST_CONTENT_TYPE: lambda v: bytes((v.network,)) + v.content.to_bytes(2, "big"),
    c.TAG_BROADCAST_FREQUENCY_INTERVAL: lambda v: bytes((v.unit,)) + v.value.to_bytes(2, "big"),
    c.TAG_BROADCAST_AREA_IDENTIFIER: lambda v: bytes((v.form,)) + v.details,
}


_TAG_RANGE: Final = range(0x10000)


def tag_name(tag: int) -> str:
    """The tag's name in the specification, or its number in hexadecimal."""
    known = TAGS.get(tag)
    return known.name if known else f"0x{tag:04X}"


def view_tlv(tag: int, value: bytes) -> Any:
    """What a value means: int, bytes without the terminator, bytes, or one of the tuples above.

    Raises UnreadableTlv (0xC2) when a known tag holds fewer or more octets than it may. A missing terminator is let
    pass, since many peers leave it out.
    """
    known = TAGS.get(tag)
    if known is None:
        return value
    if known.kind is TagKind.CSTRING:
        text = value.removesuffix(b"\0")
        if len(text) >= known.longest:
            raise UnreadableTlv(known.name, f"{len(value)} octets, at most {known.longest} are allowed")
        return text
    if not known.shortest <= len(value) <= known.longest or (known.kind is TagKind.INTEGER and len(value) == 3):
        raise UnreadableTlv(known.name, f"{len(value)} octets, expected {_expected(known)}")
    if known.kind is TagKind.INTEGER:
        return int.from_bytes(value, "big")
    view = _VIEWS.get(tag)
    return view(value) if view else value


def make_tlv(tag: int, value: Any) -> tuple[int, bytes]:
    """The TLV of a Python value, as ``Pdu.tlvs`` takes it; the inverse of :func:`view_tlv`.

    Raises LocalMisuse when the tag cannot hold the value.
    """
    known = TAGS.get(tag)
    if tag not in _TAG_RANGE:
        raise LocalMisuse(f"TLV tag {tag!r}: 0 to 0xFFFF is expected")
    try:
        octets = _octets(tag, known, value)
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise LocalMisuse(f"TLV {tag_name(tag)}: {value!r} cannot be sent: {error}") from error
    shortest, longest = (known.shortest, known.longest) if known else (0, c.MAX_TLV_OCTETS)
    if not shortest <= len(octets) <= longest:
        raise LocalMisuse(f"TLV {tag_name(tag)}: {len(octets)} octets, expected {shortest} to {longest}")
    return tag, octets


def _octets(tag: int, known: Tag | None, value: Any) -> bytes:
    if tag in _MAKES:
        return _MAKES[tag](value)
    if known is not None and known.kind is TagKind.INTEGER:
        fits = value < 1 << 8 * known.shortest
        return int(value).to_bytes(known.shortest if fits else known.longest, "big")
    if not isinstance(value, bytes):
        raise TypeError("bytes are expected")
    if known is not None and known.kind is TagKind.CSTRING:
        if b"\0" in value:
            raise ValueError("a string cannot hold a NUL")
        return value + b"\0"
    return value


def _expected(known: Tag) -> str:
    return str(known.shortest) if known.shortest == known.longest else f"{known.shortest} to {known.longest}"
