"""The octets the model reads: ASCII in one octet, Hangul and Han in two, the rest in three or four.

UTF-8 spends three octets on a syllable, so that a window of four octets holds one and a third of it. Here the model's
windows of two and six octets are one and three syllables: a third less to look up, and n-grams that mean something.

========================  =======================================================
U+0004 to U+007F          itself
Hangul U+AC00 to U+D7A3   two octets: 0x80 to 0xFE, then any but 00, 02, 03
Han U+4E00 to U+9FCF      the same, after Hangul
other, up to U+FFFF       0xFF and two octets
above U+FFFF              0xFF, 0xD8 and up for the plane (surrogates are no text), two octets
========================  =======================================================
"""

from __future__ import annotations

from typing import Final

#: Second octets: all but NUL, which parts messages, and the two that frame feature tokens.
TRAILS: Final = bytes(octet for octet in range(256) if octet not in (0, 2, 3))
HANGUL: Final = range(0xAC00, 0xD7A4)
HAN: Final = range(0x4E00, 0x9FD0)
ESCAPE: Final = 0xFF
_PLANES: Final = {1: 0, 2: 1, 3: 2, 14: 3, 15: 4, 16: 5}


def octets_of(code: int) -> bytes:
    """The octets of one code point."""
    if code < 0x80:
        return bytes((code,))
    if code in HANGUL or code in HAN:
        index = code - HANGUL.start if code in HANGUL else code - HAN.start + len(HANGUL)
        return bytes((0x80 + index // len(TRAILS), TRAILS[index % len(TRAILS)]))
    if code < 0x10000:
        return bytes((ESCAPE, code >> 8, code & 0xFF))
    return bytes((ESCAPE, 0xD8 + _PLANES.get(code >> 16, 6), code >> 8 & 0xFF, code & 0xFF))


class _Table(dict[int, str]):
    """Octets by code point as Latin-1 text, filled as they are met: at most one entry a code point."""

    def __missing__(self, code: int) -> str:
        self[code] = octets = octets_of(code).decode("latin-1")
        return octets


_TABLE: Final = _Table()


def encode(text: str) -> bytes:
    """The octets of a text without lone surrogates and controls."""
    if text.isascii():
        return text.encode("ascii")
    return text.translate(_TABLE).encode("latin-1")


def width(octets: bytes, at: int) -> int:
    """How many octets the letter has that begins there. What is no letter, as a feature token, has one for each."""
    lead = octets[at]
    if lead < 0x80:
        return 1
    if lead < ESCAPE:
        return 2
    return 4 if octets[at + 1 : at + 2] in _HIGH else 3


def decode(octets: bytes) -> str:
    """The text that :func:`encode` made octets of, without feature tokens and what a cut has left of a letter."""
    if octets.isascii() and b"\x02" not in octets:
        return octets.decode("ascii")
    out = []
    i, end = 0, len(octets)
    while i < end:
        lead, wide = octets[i], width(octets, i)
        if lead == _TOKEN or i + wide > end:
            i += 4
            continue
        if wide == 1:
            out.append(chr(lead))
        elif wide == 2:
            index = (lead - 0x80) * len(TRAILS) + _TRAIL_AT.get(octets[i + 1], 0)
            out.append(chr(HANGUL.start + index if index < len(HANGUL) else HAN.start + index - len(HANGUL)))
        elif wide == 3:
            out.append(chr(octets[i + 1] << 8 | octets[i + 2]))
        else:
            out.append(chr(_PLANE_OF[octets[i + 1] - 0xD8] << 16 | octets[i + 2] << 8 | octets[i + 3]))
        i += wide
    return "".join(out)


_TOKEN: Final = 2
_TRAIL_AT: Final = {octet: index for index, octet in enumerate(TRAILS)}
_HIGH: Final = frozenset(bytes((octet,)) for octet in range(0xD8, 0xDF))
_PLANE_OF: Final = (1, 2, 3, 14, 15, 16, 4)
