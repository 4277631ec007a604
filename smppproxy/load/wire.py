"""The few octets the load tools write themselves: headers, C-octet strings, TLVs, checksums.

A judge should not share the code it judges: frames are cut by :mod:`smppproxy.smpp.kernel`, but every PDU
the simulator and the generator emit is packed here, so an error of the codec cannot cancel itself out.
"""

from __future__ import annotations

import struct
from zlib import crc32

RESPONSE = 0x80000000
"""Bit that turns a request's command_id into its response's (3.4 s. 5.1.2.1)."""

SEQUENCE_LAST = 0x7FFFFFFF
"""The last legal sequence_number (3.4 s. 3.2, 5.1.4); the next one is 1."""

CHECKSUM_MASK = (1 << 64) - 1

_HEADER = struct.Struct(">IIII")
_TLV = struct.Struct(">HH")


def pack(command_id: int, sequence_number: int, body: bytes = b"", status: int = 0) -> bytes:
    """One PDU; command_length is counted here."""
    return _HEADER.pack(16 + len(body), command_id, status, sequence_number) + body


def cstring(value: bytes | str) -> bytes:
    """A C-octet string with its terminator; a ``str`` must be ASCII."""
    return (value.encode("ascii") if isinstance(value, str) else value) + b"\0"


def tlv(tag: int, value: bytes) -> bytes:
    """One TLV (3.4 s. 3.2.4.1)."""
    return _TLV.pack(tag, len(value)) + value


def address(ton: int, npi: int, digits: bytes | str) -> bytes:
    """TON, NPI and the address itself, as they stand in every message PDU."""
    return bytes((ton, npi)) + cstring(digits)


def after(sequence_number: int) -> int:
    """The sequence_number that follows."""
    return 1 if sequence_number >= SEQUENCE_LAST else sequence_number + 1


def body_hash(body: bytes) -> int:
    """Hash of the octets of one PDU from offset 16 on.

    The *sum* of these over all PDUs, modulo 2**64, is the checksum both tools print: it does not depend on the
    order, and two equal sums mean that nothing between them changed, lost or doubled a body. Squared because a
    plain CRC is linear and a sum of linear terms would let some exchanges between two bodies pass.
    """
    crc = crc32(body)
    return crc * crc


def checksum_text(total: int) -> str:
    """A checksum as both tools print it: 16 hexadecimal digits."""
    return f"{total & CHECKSUM_MASK:016x}"
