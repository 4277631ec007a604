"""Hangul taken apart and put together again: split jamo, Latin look-alikes of jamo, stray separators.

Works on folded text, in which every jamo is a compatibility letter (U+3131 to U+3163).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

LEADS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
TAILS: Final = "\0ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"

#: Two vowels written one after the other that are one.
JOINED_VOWELS: Final = {
    "ㅗㅏ": "ㅘ",
    "ㅗㅐ": "ㅙ",
    "ㅗㅣ": "ㅚ",
    "ㅜㅓ": "ㅝ",
    "ㅜㅔ": "ㅞ",
    "ㅜㅣ": "ㅟ",
    "ㅡㅣ": "ㅢ",
}

#: Latin letters and digits that stand for a vowel after a consonant (``ㅇH`` for 애).
LOOKALIKE_VOWELS: Final = {"h": "ㅐ", "r": "ㅏ", "l": "ㅣ", "i": "ㅣ", "1": "ㅣ", "|": "ㅣ"}

H: Final = "가-힣ㄱ-ㅎㅏ-ㅣ"
#: A symbol that may be dropped between syllables: neither letter, digit, space, bracket nor quote.
SYMBOL: Final = r"(?:[^\w\s()\[\]{}<>\"']|_)"
SYLLABLE_BASE: Final = 0xAC00
SYLLABLE_LAST: Final = 0xD7A3
TAIL_COUNT: Final = 28

LOOKALIKE: Final = re.compile(r"([ㄱ-ㅎ])([hrli1|])(?![a-z0-9])")
#: One to three symbols, or one Latin letter with at most a symbol on either side, between two Hangul letters.
SEPARATOR: Final = re.compile(f"(?<=[{H}])(?:{SYMBOL}{{1,3}}|{SYMBOL}?[a-z]{SYMBOL}?)(?=[{H}])")
#: Three or more lone syllables with one to three spaces or symbols between them.
SPACED: Final = re.compile(rf"(?<![{H}a-z0-9])[{H}](?:(?:{SYMBOL}|\s){{1,3}}[{H}]){{2,}}(?![{H}])")
_NOT_HANGUL: Final = re.compile(f"[^{H}]+")
_SPLIT: Final = re.compile(r"[ㄱ-ㅎ][ㅏ-ㅣ]")
_ORPHAN: Final = re.compile(r"([가-힣])([ㄱ-ㅎ])(?=[가-힣])")
_RUN: Final = re.compile(r"[ㄱ-ㅎㅏ-ㅣ]{2,}")
_NUMERALS: Final = re.compile(r"[공영일이삼사오육륙칠팔구]{7,}")
_HANJA: Final = "一二三四五六七八九十百千万億億"
HANJA_TO: Final = {
    **dict.fromkeys("一二三四五六七八九", "0"),
    "十": "십",
    "百": "백",
    "千": "천",
    "万": "만",
    "萬": "만",
    "億": "억",
    "亿": "억",
}
_HANJA_RUN: Final = re.compile(
    r"(?<=[0-9가-힣])[一二三四五六七八九十百千万億亿]+|[一二三四五六七八九十百千万億亿]+(?=[가-힣])"
)

Count = Callable[[int], None]


def compose(run: str) -> str:
    """Put a run of compatibility jamo together, greedily and left to right; what fits nowhere stays."""
    out: list[str] = []
    at, end = 0, len(run)
    while at < end:
        lead = LEADS.find(run[at])
        if lead < 0 or at + 1 >= end or run[at + 1] not in VOWELS:
            out.append(run[at])
            at += 1
            continue
        vowel = run[at + 1]
        at += 2
        if at < end and (both := JOINED_VOWELS.get(vowel + run[at])):
            vowel = both
            at += 1
        tail = 0
        # a consonant closes the syllable unless a vowel follows: then it opens the next one
        if at < end and (at + 1 >= end or run[at + 1] not in VOWELS):
            tail = max(TAILS.find(run[at]), 0)
            at += tail > 0
        out.append(chr(SYLLABLE_BASE + (lead * len(VOWELS) + VOWELS.index(vowel)) * TAIL_COUNT + tail))
    return "".join(out)


def _adopt(match: re.Match[str]) -> str:
    """Give a lone consonant to the open syllable before it, where a syllable follows (하ㄴ국)."""
    code = ord(match[1]) - SYLLABLE_BASE
    tail = TAILS.find(match[2])
    if code % TAIL_COUNT or tail <= 0:
        return match[0]
    return chr(SYLLABLE_BASE + code + tail)


def restore_lookalikes(text: str) -> tuple[str, int]:
    """Latin letters that stand for a vowel become the vowel. Returns the text and how many there were."""
    return LOOKALIKE.subn(lambda m: m[1] + LOOKALIKE_VOWELS[m[2]], text)


def recompose(text: str) -> tuple[str, int]:
    """Syllables out of split jamo. Returns the text and how many runs were put together."""
    count = 0
    if _SPLIT.search(text):
        text, count = _RUN.subn(lambda m: compose(m[0]), text)
    adopted = _ORPHAN.sub(_adopt, text)
    return adopted, count + (adopted != text)


def join_spaced(text: str) -> tuple[str, int]:
    """Spaced-out syllables become a word again. Returns the text and how many runs there were."""
    return SPACED.subn(lambda m: _NOT_HANGUL.sub("", m[0]), text)


def fold_numerals(text: str) -> tuple[str, int]:
    """Spelled-out telephone numbers and Hanja numerals beside Hangul become digits and Hangul units."""
    text, spelled = _NUMERALS.subn(lambda m: "0" * len(m[0]), text)
    text, hanja = _HANJA_RUN.subn(lambda m: "".join(HANJA_TO[c] for c in m[0]), text)
    return text, spelled + hanja
