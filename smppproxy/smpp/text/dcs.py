"""data_coding to alphabet, and both ways through it.

SMPP 3.4 s. 5.2.19 names 0x00 to 0x0E and leaves 0xC0 to 0xFF to GSM; 0x84 is what Korean carriers write for
KS C 5601, and 0x94 is taken for the same. What SMPP reserves is read as the coding groups of 3GPP TS 23.038
s. 4, which many senders put there unchanged. 0x00 is what the SMSC makes of it: an argument here.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Final, NamedTuple

from smppproxy.smpp.text import gsm7, korean
from smppproxy.smpp.udh import Udh, UnreadableUdh, parse_udh


class Alphabet(NamedTuple):
    """One way to write text in octets. ``decode`` never raises; ``encode`` raises UnicodeEncodeError."""

    name: str
    decode: Callable[[bytes], str]
    encode: Callable[[str], bytes]


def _codec(name: str, encoding: str) -> Alphabet:
    return Alphabet(name, lambda octets: octets.decode(encoding, "replace"), lambda text: text.encode(encoding))


def _decode_latin1(octets: bytes) -> str:
    return codecs.latin_1_decode(octets)[0]


def decode_ucs2(octets: bytes) -> str:
    """UTF-16, big endian unless a byte order mark says otherwise. Lone surrogates and a last odd octet are U+FFFD."""
    if octets[:2] == b"\xff\xfe":
        return codecs.utf_16_le_decode(octets[2:], "replace", True)[0]
    text = codecs.utf_16_be_decode(octets, "replace", True)[0]
    return text[1:] if text[:1] == "\ufeff" else text


def _encode_ucs2(text: str) -> bytes:
    return text.encode("utf-16-be")


def _decode_packed(octets: bytes) -> str:
    return gsm7.decode(gsm7.unpack(octets))


def _encode_packed(text: str) -> bytes:
    return gsm7.pack(gsm7.encode(text))


GSM7: Final = Alphabet("gsm7", gsm7.decode, gsm7.encode)
GSM7_PACKED: Final = Alphabet("gsm7-packed", _decode_packed, _encode_packed)
LATIN1: Final = Alphabet("latin1", _decode_latin1, lambda text: text.encode("latin-1"))
UCS2: Final = Alphabet("ucs2", decode_ucs2, _encode_ucs2)
CP949: Final = Alphabet("cp949", korean.decode, korean.encode)

#: Alphabets by the name a configuration gives them.
ALPHABETS: Final[dict[str, Alphabet]] = {
    alphabet.name: alphabet
    for alphabet in (
        GSM7,
        GSM7_PACKED,
        LATIN1,
        UCS2,
        CP949,
        _codec("ascii", "ascii"),
        _codec("utf8", "utf-8"),
        _codec("iso-8859-5", "iso-8859-5"),
        _codec("iso-8859-8", "iso-8859-8"),
        _codec("shift-jis", "cp932"),
        _codec("iso-2022-jp", "iso2022_jp_2"),
        _codec("euc-jp", "euc_jp"),
    )
}

_NAMED: Final = {
    0x00: "gsm7",
    0x01: "ascii",
    0x02: "latin1",  # 8-bit octets; as text they are nearest to this
    0x03: "latin1",
    0x04: "latin1",
    0x05: "shift-jis",
    0x06: "iso-8859-5",
    0x07: "iso-8859-8",
    0x08: "ucs2",
    0x0A: "iso-2022-jp",
    0x0D: "euc-jp",
    0x0E: "cp949",
    0x84: "cp949",
    0x94: "cp949",
}


def _alphabet(data_coding: int) -> Alphabet:
    if data_coding in _NAMED:
        return ALPHABETS[_NAMED[data_coding]]
    group = data_coding >> 4
    if group < 0x8:  # general data coding, with or without automatic deletion
        if data_coding & 0x20:
            return LATIN1  # compressed: no text to read, but every octet kept
        return (GSM7, LATIN1, UCS2, GSM7)[data_coding >> 2 & 3]
    if group == 0xE:  # message waiting, store, UCS2
        return UCS2
    if group == 0xF:  # message class
        return LATIN1 if data_coding & 0x04 else GSM7
    return GSM7  # message waiting (C, D); reserved: a receiver takes it for the default alphabet


_BY_DATA_CODING: Final = tuple(_alphabet(data_coding) for data_coding in range(256))


def alphabet_of(data_coding: int, default: str = "gsm7") -> Alphabet:
    """The alphabet a data_coding declares. ``default`` names what the SMSC takes 0x00 for.

    Raises ValueError for a name that is not in :data:`ALPHABETS`.
    """
    if data_coding == 0 and default != "gsm7":
        if default not in ALPHABETS:
            raise ValueError(f"no alphabet {default!r}; expected one of {', '.join(ALPHABETS)}")
        return ALPHABETS[default]
    return _BY_DATA_CODING[data_coding & 0xFF]


def body(octets: bytes) -> tuple[bytes, Udh | None]:
    """The octets behind a user data header, and the header. An unreadable one leaves all octets and None."""
    try:
        udh = parse_udh(octets)
    except UnreadableUdh:
        return octets, None
    return octets[udh.length :], udh


def decode(
    octets: bytes,
    data_coding: int,
    *,
    udhi: bool = False,
    default: str = "gsm7",
    locking: int = 0,
    single: int = 0,
) -> str:
    """The text that ``data_coding`` declares. Never raises for any octets: U+FFFD stands for what is no character.

    ``udhi``: a user data header comes first; it is skipped, and the national languages it names are used.
    ``locking`` and ``single`` name them where the header is gone already.
    """
    alphabet = alphabet_of(data_coding, default)
    if udhi:
        octets, udh = body(octets)
        if udh is not None:
            locking, single = udh.locking, udh.single
            if alphabet is GSM7_PACKED:
                return gsm7.decode(gsm7.unpack(octets, gsm7.fill_bits(udh.length)), locking, single)
    if (locking or single) and alphabet is GSM7:
        return gsm7.decode(octets, locking, single)
    return alphabet.decode(octets)


def encode(text: str, data_coding: int, *, default: str = "gsm7") -> bytes:
    """The octets of a text. Raises ValueError naming the first character the alphabet does not have."""
    alphabet = alphabet_of(data_coding, default)
    try:
        return alphabet.encode(text)
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{text[error.start]!r} (U+{ord(text[error.start]):04X}) at position {error.start} does not exist in "
            f"{alphabet.name} (data_coding 0x{data_coding:02X}); use another data_coding, 0x08 has every character"
        ) from None
