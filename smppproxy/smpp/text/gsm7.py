"""The GSM 7-bit alphabet of 3GPP TS 23.038, one character to an octet ("unpacked", usual in SMPP) or packed.

In packed text 7 octets hold 8 characters; when the last one is 0x00 nobody can tell "@" from filling.
It is taken for filling, and so is the carriage return that USSD fills with (s. 6.1.2.3.1); we fill with that one,
which no receiver shows.
"""

from __future__ import annotations

import codecs
from functools import lru_cache
from typing import Final

from smppproxy.smpp.text.national import DEFAULT, ESCAPE, EXTENSION, HOLE, LOCKING, SINGLE

# Octets from 0x80 on are no characters of a 7-bit alphabet.
_UPPER: Final = HOLE * 128
_CHARACTERS: Final = frozenset(DEFAULT.replace(ESCAPE, "")) | frozenset(EXTENSION.values())


def fits_gsm7(text: str) -> bool:
    """Whether the default alphabet and its extension can write ``text``."""
    return _CHARACTERS.issuperset(text)


@lru_cache(maxsize=256)  # 14 locking tables by 14 single shift tables, unknown numbers fall back to the default
def _tables(locking: int, single: int) -> tuple[str, dict[int, str]]:
    return LOCKING.get(locking, DEFAULT) + _UPPER, SINGLE.get(single, EXTENSION)


_DEFAULT_TABLE: Final = DEFAULT + _UPPER


def decode(octets: bytes, locking: int = 0, single: int = 0) -> str:
    """Unpacked octets to text, with the national languages given. Never raises: U+FFFD stands for what is none."""
    table, shifted = (_DEFAULT_TABLE, EXTENSION) if not locking and not single else _tables(locking, single)
    if b"\x1b" not in octets:
        return codecs.charmap_decode(octets, "strict", table)[0]
    first, *rest = octets.split(b"\x1b")
    parts = [codecs.charmap_decode(first, "strict", table)[0]]
    escaped = True
    for piece in rest:
        if not piece and escaped:
            # Escape, then escape or the end: a receiver shows a space (s. 6.2.1.1, note 1)
            parts.append(" ")
            escaped = False
            continue
        start = 0
        if escaped and piece[0] in shifted:
            parts.append(shifted[piece[0]])
            start = 1
        parts.append(codecs.charmap_decode(piece[start:], "strict", table)[0])
        escaped = True
    return "".join(parts)


@lru_cache(maxsize=256)
def _encoding(locking: int, single: int) -> dict[int, bytes]:
    table, shifted = _tables(locking, single)
    encoding = {ord(character): b"\x1b" + bytes((cell,)) for cell, character in reversed(shifted.items())}
    for cell in range(127, -1, -1):
        if table[cell] not in (HOLE, ESCAPE):
            encoding[ord(table[cell])] = bytes((cell,))
    return encoding


def encode(text: str, locking: int = 0, single: int = 0) -> bytes:
    """Text to unpacked octets. Raises UnicodeEncodeError (a ValueError) at the first character that has none."""
    return codecs.charmap_encode(text, "strict", _encoding(locking, single))[0]


def fill_bits(header_octets: int) -> int:
    """Bits between a user data header of this length and packed text, which starts at a septet boundary."""
    return -(header_octets * 8) % 7


def unpack(packed: bytes, fill: int = 0) -> bytes:
    """Packed octets to one septet an octet, after ``fill`` bits that are skipped."""
    septets = bytearray()
    bits = 8 * len(packed) - fill
    if fill:
        shifted = int.from_bytes(packed, "little") >> fill
        packed = shifted.to_bytes(len(packed), "little")
    for start in range(0, len(packed), 7):
        chunk = int.from_bytes(packed[start : start + 7], "little")
        septets += bytes([chunk >> shift & 0x7F for shift in range(0, 56, 7)])
    del septets[max(bits, 0) // 7 :]
    if septets and bits % 7 == 0 and septets[-1] in b"\x00\r":
        del septets[-1]
    return bytes(septets)


def pack(septets: bytes, fill: int = 0) -> bytes:
    """One septet an octet to packed octets, after ``fill`` zero bits. Seven spare bits are filled with a return."""
    if septets and (fill + 7 * len(septets)) % 8 == 1:
        septets += b"\r"
    packed = bytearray()
    for start in range(0, len(septets), 8):
        chunk = 0
        for position, septet in enumerate(septets[start : start + 8]):
            chunk |= (septet & 0x7F) << 7 * position
        packed += chunk.to_bytes(7, "little")
    length = (fill + 7 * len(septets) + 7) // 8
    return (int.from_bytes(packed, "little") << fill).to_bytes(len(packed) + 1, "little")[:length]
