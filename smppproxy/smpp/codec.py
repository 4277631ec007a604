"""Whole PDUs to values and back: ``decode`` and ``encode``.

For the paths where convenience counts more than nanoseconds (binds, replace_sm, submit_multi, tools, tests); the
data path reads :class:`~smppproxy.smpp.kernel.Frame` instead. Both follow ``tables.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Any, Final, NamedTuple

from smppproxy.smpp.constants import ESME_RINVCMDID, HEADER_OCTETS, MAX_TLV_OCTETS
from smppproxy.smpp.errors import FramingError, LocalMisuse, UnreadableBody
from smppproxy.smpp.pdu import DistributionList, Pdu, SmeAddress, UnsuccessSme
from smppproxy.smpp.tables import ADDRESS_OCTETS, LAYOUTS, Field, Kind, Layout
from smppproxy.smpp.walker import TLV_HEADER, read_tlvs, walk

_HEADER: Final = Struct(">IIII")
_U32_MAX: Final = 0xFFFFFFFF
_TAG_RANGE: Final = range(0x10000)

#: command_id -> names of its integers, of its other fields (short_message lies apart)
_NAMES: Final = {
    command: (
        tuple(field.name for field in layout.fields if field.kind is Kind.OCTET),
        tuple(field.name for field in layout.fields if field.kind not in (Kind.OCTET, Kind.SHORT_MESSAGE)),
        any(field.kind is Kind.SHORT_MESSAGE for field in layout.fields),
    )
    for command, layout in LAYOUTS.items()
}


def decode(raw: bytes) -> Pdu:
    """The PDU that ``raw`` is, no octet more or less.

    Raises FramingError when ``command_length`` is not the number of octets at hand, UnreadableBody when a field or
    the TLV stream is broken or the command is unknown. A response without a body has no fields.
    """
    if len(raw) < HEADER_OCTETS:
        raise FramingError(len(raw), "at least 16 octets, the header")
    length, command, status, sequence = _HEADER.unpack_from(raw)
    if length != len(raw):
        raise FramingError(length, f"{len(raw)}, the octets at hand")
    names = _NAMES.get(command)
    if names is None:
        raise UnreadableBody(command, sequence, "command_id", ESME_RINVCMDID)
    found, text_start, tlv_start, tlv_stop, fault, field = walk(command, raw, HEADER_OCTETS, length)
    if fault:
        raise UnreadableBody(command, sequence, field, fault)
    fields: dict[str, Any] = {}
    if found:  # not in a response without a body
        octets, others, has_text = names
        for name in octets:
            fields[name] = found[name][0]
        for name in others:
            fields[name] = found[name]
        if has_text:
            fields["short_message"] = raw[text_start:tlv_start]
    return Pdu(command, status, sequence, fields, read_tlvs(raw, tlv_start, tlv_stop))


def encode(pdu: Pdu) -> bytes:
    """The octets of a PDU. Fields left out are 0, b"" or []; a response with neither fields nor TLVs is a header only.

    Raises LocalMisuse for what no PDU can carry: an unknown command or field, a value of the wrong type, too long, out
    of range, or a string with a NUL in it.
    """
    builder = _BUILDERS.get(pdu.command)
    if builder is None:
        raise LocalMisuse(f"encode: command_id {pdu.command!r} is not a command of SMPP 3.4 or 5.0")
    parts = []
    if pdu.fields or pdu.tlvs or not builder.layout.is_response:
        if not pdu.fields.keys() <= builder.names:
            unknown = ", ".join(sorted(map(str, pdu.fields.keys() - builder.names)))
            known = ", ".join(field.name for field in builder.layout.fields) or "none at all"
            raise LocalMisuse(f"{pdu.name} has no field {unknown}; its fields are {known}")
        fields = pdu.fields
        try:
            for field, default, write in builder.writers:
                parts.append(write(field, fields.get(field.name, default)))
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            given = fields.get(field.name)
            raise LocalMisuse(f"{pdu.name}: {field.name} = {given!r} cannot be sent: {error}") from error
        parts.extend(encode_tlv(tag, value) for tag, value in pdu.tlvs)
    body = b"".join(parts)
    if not (_is_u32(pdu.status) and _is_u32(pdu.sequence)):
        raise LocalMisuse(f"{pdu.name}: command_status and sequence_number must be 0 to 0xFFFFFFFF")
    return _HEADER.pack(HEADER_OCTETS + len(body), pdu.command, pdu.status, pdu.sequence) + body


def encode_tlv(tag: int, value: bytes) -> bytes:
    """Tag, length and value (3.4 s. 5.3.1). Raises LocalMisuse."""
    if not isinstance(value, bytes) or len(value) > MAX_TLV_OCTETS or tag not in _TAG_RANGE:
        raise LocalMisuse(f"TLV {tag!r}: the tag must be 0 to 0xFFFF and the value bytes of at most {MAX_TLV_OCTETS}")
    return TLV_HEADER.pack(tag, len(value)) + value


def _is_u32(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= _U32_MAX


# The writers raise what Python raises; encode() turns that into LocalMisuse with the field's name.


def _octet(_field: Field, value: int) -> bytes:
    return value.to_bytes(1, "big")


def _string(field: Field, value: bytes) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("bytes are expected")
    if len(value) >= field.limit:
        raise ValueError(f"at most {field.limit - 1} octets are allowed")
    if b"\0" in value:
        raise ValueError("a string cannot hold a NUL")
    return value + b"\0"


def _short_message(field: Field, value: bytes) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("bytes are expected")
    if len(value) > field.limit:
        raise ValueError(f"at most {field.limit} octets are allowed, use the TLV message_payload for more")
    return len(value).to_bytes(1, "big") + value


_ADDRESS: Final = Field("address", Kind.CSTRING, ADDRESS_OCTETS)


def _destinations(field: Field, value: list[SmeAddress | DistributionList]) -> bytes:
    if not 1 <= len(value) <= field.limit:
        raise ValueError(f"1 to {field.limit} destinations are needed")
    parts = [_octet(field, len(value))]
    for destination in value:
        if isinstance(destination, DistributionList):
            parts.append(b"\x02" + _string(_ADDRESS, destination.name))
        else:
            ton, npi, addr = destination
            parts.append(bytes((1, ton, npi)) + _string(_ADDRESS, addr))
    return b"".join(parts)


def _unsuccess(field: Field, value: list[UnsuccessSme]) -> bytes:
    if len(value) > field.limit:
        raise ValueError(f"at most {field.limit} addresses fit")
    parts = [_octet(field, len(value))]
    for ton, npi, addr, error in value:
        parts.append(bytes((ton, npi)) + _string(_ADDRESS, addr) + error.to_bytes(4, "big"))
    return b"".join(parts)


_WRITE: Final[dict[Kind, tuple[Any, Callable[[Field, Any], bytes]]]] = {
    Kind.OCTET: (0, _octet),
    Kind.CSTRING: (b"", _string),
    Kind.SHORT_MESSAGE: (b"", _short_message),
    Kind.DESTINATIONS: ((), _destinations),
    Kind.UNSUCCESS: ((), _unsuccess),
}


class _Builder(NamedTuple):
    layout: Layout
    names: frozenset[str]
    writers: tuple[tuple[Field, Any, Callable[[Field, Any], bytes]], ...]


_BUILDERS: Final = {
    command: _Builder(
        layout,
        frozenset(field.name for field in layout.fields),
        tuple((field, *_WRITE[field.kind]) for field in layout.fields),
    )
    for command, layout in LAYOUTS.items()
}
