"""Every way a person might come to read some octets: as declared, and as they look.

A data_coding that lies is the cheapest way around a filter: the SMSC or the handset guesses better than the
PDU says. So a text is judged in each plausible reading. The usual case, octets that can only be read one way,
must cost next to nothing; only the rest is weighed.
"""

from __future__ import annotations

import codecs
from typing import Final

from smppproxy.smpp import kernel
from smppproxy.smpp.constants import TAG_MESSAGE_PAYLOAD
from smppproxy.smpp.kernel import Frame
from smppproxy.smpp.text import dcs, gsm7, korean
from smppproxy.smpp.text.coherence import Share

# ASCII octets that mean the same in GSM 7-bit, so in every alphabet but UCS2.
_SAME_EVERYWHERE: Final = bytes(
    octet
    for octet in range(0x80)
    if octet in b"\n\r" or (chr(octet).isprintable() and gsm7.decode(bytes((octet,))) == chr(octet))
)
_ASCII: Final = bytes(range(0x80))
# What ASCII text may hold: control characters tell that octets are something else.
_PRINTABLE: Final = bytes(range(0x20, 0x7F)) + b"\n\r\t\x0c"

_COHERENT: Final = 0.85  # share of good characters; stray octets added to break a decoder stay below the rest
_MANY_NULS: Final = 16  # UCS2 text with one ASCII character (a NUL octet) in this many octets is beyond doubt
_FEW_CONTROLS: Final = 8  # one in so many is what GSM 7-bit text has by itself: "@", "_", "$", Greek
_BROKEN: Final = 4  # with one undecodable octet in so many characters a text is no text
_LATIN_ASCII: Final = 0.5  # Latin text beyond ASCII is still mostly ASCII; other octets read as Latin-1 are not
_MOSTLY_KOREAN: Final = 0.3  # with as many syllables and no octet left over, the octets are cp949 beyond doubt
_BYTE_ORDER_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


def readings(
    octets: bytes,
    data_coding: int,
    default: str = "gsm7",
    *,
    udhi: bool = False,
    locking: int = 0,
    single: int = 0,
) -> tuple[str, ...]:
    """The declared reading first, then every other plausible one, without repeats, at most 4. Never raises
    for any octets.

    A declared reading with as many undecodable octets as are in no text is left out where another reading has none:
    nobody would see words in it, and what a judge makes of such a salad of letters is chance.

    The arguments are those of :func:`smppproxy.smpp.text.decode`.
    """
    if udhi:
        octets, udh = dcs.body(octets)
        if udh is not None:
            locking, single = udh.locking, udh.single
    alphabet = dcs.alphabet_of(data_coding, default)
    if alphabet is dcs.UCS2:
        if octets.count(0) * _MANY_NULS >= len(octets) and not octets.startswith(_BYTE_ORDER_MARKS):
            try:
                return (codecs.utf_16_be_decode(octets, "strict", True)[0],)
            except UnicodeDecodeError:
                pass
    elif alphabet is not dcs.GSM7_PACKED and not locking:
        if not octets.translate(None, _SAME_EVERYWHERE):
            return (codecs.latin_1_decode(octets)[0],)
        if alphabet is dcs.CP949 and 0 not in octets:
            text = korean.decode(octets)
            if "\ufffd" not in text and (octets.isascii() or not _is_utf8(octets)):
                return (text,)
        elif alphabet is not dcs.GSM7 and not octets.translate(None, _PRINTABLE):
            return (codecs.latin_1_decode(octets)[0],)
    declared = dcs.decode(octets, data_coding, default=default, locking=locking, single=single)
    found = _weighed(octets, declared, ucs2=alphabet is dcs.UCS2)
    if len(found) > 1 and declared.count("\ufffd") * _BROKEN >= len(declared):
        return tuple(text for text in found if "\ufffd" not in text) or found
    return found


# For the kernel: what octets of a data_coding are, and which of them mean the same in every alphabet but UCS2.
_KINDS: Final = bytes(
    1 if alphabet is dcs.UCS2 else 0 if alphabet is dcs.GSM7_PACKED else 2
    for alphabet in map(dcs.alphabet_of, range(256))
)
_COMMON: Final = bytes(octet in _SAME_EVERYWHERE for octet in range(256))
_ALL: Final = 1 << 40  # more octets than any requests have


def plain_readings(frames: list[Frame], room: int) -> tuple[list[str], int]:
    """The texts of the first requests that have one reading each, and about how many octets a judge will see of them.

    For requests without user data header. It ends where the octets would be more than ``room``, where a text has
    several readings or none, and before a request whose note is more than a code's octets.
    """
    return kernel.plain_texts(frames, _KINDS, _COMMON, room)


def all_readings(frames: list[Frame]) -> list[tuple[str, ...]]:
    """What :func:`readings_of` says of each request."""
    found: list[tuple[str, ...]] = []
    while len(found) < len(frames):
        rest = frames[len(found) :]
        plain, _ = plain_readings(rest, _ALL)
        found += [(text,) for text in plain]
        if len(plain) < len(rest):
            found.append(readings_of(rest[len(plain)]))
    return found


def readings_of(frame: Frame) -> tuple[str, ...]:
    """The readings of a request that has no user data header, in short_message or message_payload; none of no text."""
    octets = frame.short_message or frame.tlv(TAG_MESSAGE_PAYLOAD)
    return readings(octets, frame.data_coding) if octets else ()


def _is_utf8(octets: bytes) -> bool:
    start = octets.lstrip(_ASCII)[:2]
    if len(start) < 2 or start[0] < 0xC2 or not 0x80 <= start[1] < 0xC0:
        return not start  # most octets are refused here, for a fraction of what an exception costs
    try:
        codecs.utf_8_decode(octets, "strict", True)
    except UnicodeDecodeError:
        return False
    return True


def _weighed(octets: bytes, declared: str, *, ucs2: bool) -> tuple[str, ...]:
    found = {declared: None}
    controls = octets.translate(None, _PRINTABLE)
    if not controls:
        found[codecs.latin_1_decode(octets)[0]] = None
        return tuple(found)
    if ucs2 and Share(declared).good >= _COHERENT:
        return (declared,)  # octets of another alphabet make syllables and ideographs that nobody uses
    if octets.isascii():
        _add(found, gsm7.decode(octets))
        if len(controls) * _FEW_CONTROLS < len(octets):
            return tuple(found)  # in UCS2 of such octets every second one is a control character: the row of a script
    elif not ucs2 and octets.count(0) * _MANY_NULS >= len(octets) and _add_ucs2(found, octets):
        return tuple(found)
    elif _is_utf8(octets):  # that octets beyond ASCII are UTF-8 by chance does not happen
        found[octets.decode()] = None
        return tuple(found)
    elif _add_korean(found, octets):
        return tuple(found)
    else:
        _add_latin(found, octets)
    if not ucs2:
        _add_ucs2(found, octets)
    return tuple(found)


def _add(found: dict[str, None], text: str) -> bool:
    if text in found or Share(text).good < _COHERENT:
        return False
    found[text] = None
    return True


def _add_ucs2(found: dict[str, None], octets: bytes) -> bool:
    # A last odd octet is left out: it would be the cheapest way to break the decoder.
    return _add(found, dcs.decode_ucs2(octets if len(octets) % 2 == 0 else octets[:-1]))


def _add_korean(found: dict[str, None], octets: bytes) -> bool:
    """Add the cp949 reading if it is Korean. True when it is so beyond doubt."""
    text = korean.decode(octets)
    share = Share(text)
    if not share.korean or share.good < _COHERENT:
        return False
    found[text] = None
    return share.korean >= _MOSTLY_KOREAN and "\ufffd" not in text


def _add_latin(found: dict[str, None], octets: bytes) -> None:
    text = codecs.latin_1_decode(octets)[0]
    if text not in found:
        share = Share(text)
        if share.ascii >= _LATIN_ASCII and share.good >= _COHERENT:
            found[text] = None
