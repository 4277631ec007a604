"""How much a string looks like something people wrote, rather than octets read in the wrong alphabet.

Wrong readings give themselves away: they mix scripts, use syllables and ideographs nobody uses, or hold
control characters. Each character gets a class, and the share of the good ones decides.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import Final

from smppproxy.smpp.text.korean import COMMON_SYLLABLES

_PLAIN: Final = "p"  # ASCII, punctuation, symbols, emoji: go with every script
_LATIN: Final = "l"  # Latin letters beyond ASCII
_KOREAN: Final = "k"
_HAN: Final = "h"
_KANA: Final = "j"
_RARE: Final = "r"  # syllables and ideographs outside the common sets
_BAD: Final = "b"  # controls, unassigned, private, replacement
_FIRST_FOREIGN: Final = "\ue000"  # other scripts: a private character for each

_SAMPLE: Final = 2000  # characters weighed: a message_payload of 64 KiB must not hold up the others


def _rows(encoding: str, first: int, last: int, cells: range) -> str:
    octets = b"".join(bytes((row, cell)) for row in range(first, last + 1) for cell in cells)
    return octets.decode(encoding, "ignore")


# The ideographs of daily use, by the first levels of three national standards and the Hanja of Korea's. A string, as a
# set of them takes a megabyte: what is looked up is remembered.
_COMMON_HAN: Final = (
    _rows("gb2312", 0xB0, 0xD7, range(0xA1, 0xFF))
    + _rows("euc_jp", 0xB0, 0xCF, range(0xA1, 0xFF))
    + _rows("big5", 0xA4, 0xC6, range(0xA1, 0xFF))
    + _rows("big5", 0xA4, 0xC6, range(0x40, 0x7F))
)


class _Classes(dict[int, str]):
    """Character to class, filled as characters occur. Bounded: only the 65,536 of the basic plane are kept."""

    def __init__(self) -> None:
        super().__init__()
        self._scripts: dict[str, str] = {}

    def __missing__(self, code: int) -> str:
        if code >= 0x10000:
            return _PLAIN if 0x1F000 <= code <= 0x1FAFF else _RARE  # emoji; else scripts no phone writes
        found = self[code] = self._classify(chr(code))
        return found

    def _classify(self, character: str) -> str:
        if character in COMMON_SYLLABLES or "\u3131" <= character <= "\u318e" or "\u1100" <= character <= "\u11ff":
            return _KOREAN
        category = unicodedata.category(character)
        if category in ("Cc", "Cn", "Co", "Cs") or character in "\ufffd\ufeff":
            return _PLAIN if character in "\n\r\t\x0c" else _BAD
        if character.isascii() or category[0] not in "LM":
            return _PLAIN
        if "\uff00" <= character <= "\uffef" or character == "\ufe0f":
            return _PLAIN  # full-width letters and the emoji selector
        name = unicodedata.name(character, "")
        script = name.split(" ", 1)[0]
        if script == "LATIN" or character in "ªº":
            return _LATIN
        if script in ("HIRAGANA", "KATAKANA"):
            return _KANA
        if script == "CJK":
            return _HAN if character in _COMMON_HAN else _RARE
        if script == "HANGUL":
            return _RARE
        if script in ("COMBINING", "MODIFIER"):
            return _PLAIN
        return self._scripts.setdefault(script, chr(ord(_FIRST_FOREIGN) + len(self._scripts)))


_CLASSES: Final = _Classes()


class Share:
    """What a string consists of: shares of its length, 0 to 1."""

    __slots__ = ("ascii", "good", "korean")

    def __init__(self, text: str) -> None:
        """``good``: welcome characters and those of the one foreign script that leads."""
        text = text[:_SAMPLE]
        classes = text.translate(_CLASSES)
        length = len(text) or 1
        count = classes.count
        korean = count(_KOREAN)
        good = korean + count(_PLAIN) + count(_LATIN) + count(_HAN) + count(_KANA)
        if good < length:
            foreign = Counter(name for name in classes if name >= _FIRST_FOREIGN)
            good += max(foreign.values(), default=0)
        self.good = good / length
        self.korean = korean / length
        self.ascii = len(text.encode("ascii", "ignore")) / length
