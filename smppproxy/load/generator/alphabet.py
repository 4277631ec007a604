"""Texts as octets, packed here rather than by the codec under test."""

from __future__ import annotations

from typing import Final

from smppproxy.load.generator.plan import Encoding, PlanError

# 3GPP TS 23.038 s. 6.2.1: the default alphabet in code order; 0x1B is the escape to the extension table below
_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
_GSM7: Final = {character: bytes((code,)) for code, character in enumerate(_BASIC) if character != "\x1b"} | {
    character: bytes((0x1B, code)) for character, code in _EXTENDED.items()
}

DATA_CODING: Final[dict[str, int]] = {"gsm7": 0x00, "ucs2": 0x08, "cp949": 0x84}
"""cp949 travels as 0x84 on Korean links; 0x0E is the specification's value (3.4 s. 5.2.19)."""


def encode(text: str, encoding: Encoding) -> tuple[bytes, str]:
    """Octets of a text (GSM 7-bit unpacked, one septet an octet) and the encoding that was taken.

    ``auto`` takes GSM 7-bit where every character fits, UCS2 elsewhere. Raises PlanError for a character the
    encoding asked for does not have.
    """
    if encoding == "auto":
        encoding = "gsm7" if all(character in _GSM7 for character in text) else "ucs2"
    try:
        if encoding == "gsm7":
            return b"".join([_GSM7[character] for character in text]), encoding
        return text.encode("utf-16-be" if encoding == "ucs2" else "cp949"), encoding
    except (KeyError, UnicodeEncodeError) as error:
        character = error.args[0] if isinstance(error, KeyError) else text[error.start]
        raise PlanError(f"{encoding} has no {character!r} (in {text[:40]!r}); take another --encoding") from None
