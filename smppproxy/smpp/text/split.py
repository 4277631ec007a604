"""A long text as the octets of several segments, each readable by itself."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from smppproxy.smpp.text import dcs, gsm7

_MOST: Final = 255  # segments: the count has one octet
_HEADER: Final = 6  # octets of a user data header with an 8-bit reference
_WIDE_HEADER: Final = 7


def data_coding_for(text: str) -> int:
    """0x00 where the GSM alphabet has every character, else 0x08."""
    return 0x00 if gsm7.fits_gsm7(text) else 0x08


def segment_size(data_coding: int, *, wide: bool = False, default: str = "gsm7") -> tuple[int, int]:
    """What fits in a message of its own, and in a segment beside the header that makes it one.

    Characters for GSM 7-bit, packed or not: 160 and 153 (152 with a ``wide`` reference). Octets for all others:
    140 and 134 (133).
    """
    header = _WIDE_HEADER if wide else _HEADER
    if dcs.alphabet_of(data_coding, default) in (dcs.GSM7, dcs.GSM7_PACKED):
        return 160, 160 - -(-header * 8 // 7)
    return 140, 140 - header


def split(text: str, data_coding: int, *, wide: bool = False, default: str = "gsm7") -> list[bytes]:
    """The octets of each segment, without header; one element when the text needs no segments.

    No character is cut: neither an escaped one, nor a surrogate pair, nor one of several octets. Packed segments
    start with the bits that fill up the header. Raises ValueError for a character the alphabet does not have and
    for a text of more than 255 segments.
    """
    alone, part = segment_size(data_coding, wide=wide, default=default)
    alphabet = dcs.alphabet_of(data_coding, default)
    whole = dcs.encode(text, data_coding, default=default)
    size_of = gsm7.encode if alphabet is dcs.GSM7_PACKED else alphabet.encode
    if len(size_of(text)) <= alone:
        return [whole]
    cuts = [0]
    used = 0
    for position, character in enumerate(text):
        # A stateful alphabet pays for its escapes each time here, so its segments may end early, but never overflow.
        size = len(size_of(character))
        if used + size > part:
            cuts.append(position)
            used = 0
        used += size
    if len(cuts) > _MOST:
        raise ValueError(f"the text needs {len(cuts)} segments; {_MOST} is the most a header can count")
    parts = [text[start:end] for start, end in pairwise([*cuts, len(text)])]
    if alphabet is dcs.GSM7_PACKED:
        fill = gsm7.fill_bits(_WIDE_HEADER if wide else _HEADER)
        return [gsm7.pack(gsm7.encode(text_part), fill) for text_part in parts]
    return [alphabet.encode(text_part) for text_part in parts]
