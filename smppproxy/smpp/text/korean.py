"""Korean octets: KS C 5601 as the field uses it, that is cp949, with the make-up sequences of KS X 1001.

KS X 1001 has 2,350 of the 11,172 syllables. Annex 3 spells the others in 8 octets: a filler (A4 D4), then
initial, medial and final letter from row A4. A handset shows the syllable; a filter that shows the letters
apart is blind to it. cp949 also has two octets for every syllable, so text may use either.
"""

from __future__ import annotations

import re
from typing import Final

_FILLER: Final = "\u3164"
_INITIALS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_MEDIALS: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS: Final = _FILLER + "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"

_MAKE_UP: Final = re.compile(f"{_FILLER}([{_INITIALS}])([{_MEDIALS}])([{_FINALS}])")
_FIRST_SYLLABLE: Final = 0xAC00

#: The syllables of KS X 1001, rows B0 to C8: nearly all that Korean text uses.
COMMON_SYLLABLES: Final = frozenset(
    b"".join(bytes((row, cell)) for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF)).decode("cp949")
)


def _syllable(match: re.Match[str]) -> str:
    initial, medial, final = match.groups()
    index = (_INITIALS.index(initial) * len(_MEDIALS) + _MEDIALS.index(medial)) * len(_FINALS) + _FINALS.index(final)
    return chr(_FIRST_SYLLABLE + index)


def decode(octets: bytes) -> str:
    """cp949 octets to text, make-up sequences composed. Never raises: U+FFFD stands for what is no character."""
    text = octets.decode("cp949", "replace")
    return _MAKE_UP.sub(_syllable, text) if _FILLER in text else text


def encode(text: str) -> bytes:
    """Text to cp949. Raises UnicodeEncodeError (a ValueError) at the first character that has none."""
    return text.encode("cp949")
