"""The evasion engine: what senders do to a text so that a machine misreads it and a person does not.

Every operator takes a text and a random source and returns the text disguised. They are applied to honest texts as
often as to spam: a model must not learn that odd characters mean spam.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Final

from filters.text.confusables import TO_CYRILLIC
from filters.text.hangul import LEADS, LOOKALIKE_VOWELS, SYLLABLE_BASE, SYLLABLE_LAST, TAIL_COUNT, TAILS, VOWELS

Operator = Callable[[str, random.Random], str]

_SYMBOLS: Final = "★♥.·/~*^-_+!|ㆍ♡●■▶:,'°※☆"
_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\ufe0f"
_LEET: Final = {"o": "0", "l": "1", "i": "1", "e": "3", "a": "4", "s": "5", "t": "7", "b": "8"}
_WORD: Final = re.compile(r"\w+")
_LINKISH: Final = re.compile(r"\S*[a-zA-Z0-9-]\.[a-zA-Z]\S*")
_ROMAN: Final = {vowel: letter for letter, vowel in LOOKALIKE_VOWELS.items() if letter in "hrl"}
#: Vowels and first consonants that sound nearly alike: written for one another, the word is still heard.
_NEAR_VOWELS: Final = {
    "ㅏ": "ㅑ", "ㅑ": "ㅏ", "ㅓ": "ㅕ", "ㅕ": "ㅓ", "ㅗ": "ㅛㅘ", "ㅛ": "ㅗ", "ㅜ": "ㅠ", "ㅠ": "ㅜ", "ㅔ": "ㅐㅖ",
    "ㅐ": "ㅔㅒ", "ㅖ": "ㅔ", "ㅡ": "ㅣㅢ", "ㅣ": "ㅟㅢ", "ㅢ": "ㅣ", "ㅚ": "ㅙㅞ", "ㅘ": "ㅏ", "ㅝ": "ㅓ",
}  # fmt: skip
_NEAR_LEADS: Final = dict(zip("ㄱㄷㅂㅅㅈㅊㅋㅌㅍ", "ㄲㄸㅃㅆㅉㅈㄲㄸㅃ", strict=True))
_HANJA: Final = dict(zip("123456789", "一二三四五六七八九", strict=True))


def _is_syllable(character: str) -> bool:
    return SYLLABLE_BASE <= ord(character) <= SYLLABLE_LAST


def _words(text: str, rng: random.Random, change: Callable[[str], str], share: float = 0.5) -> str:
    """Change some words of a text; links are left alone, they have operators of their own."""
    links = [match.span() for match in _LINKISH.finditer(text)]

    def one(match: re.Match[str]) -> str:
        if any(first <= match.start() < last for first, last in links) or rng.random() > share:
            return match[0]
        return change(match[0])

    return _WORD.sub(one, text)


def symbols(text: str, rng: random.Random) -> str:
    """A symbol between the syllables of some words."""
    symbol = rng.choice(_SYMBOLS)
    mixed = rng.random() < 0.3

    def change(word: str) -> str:
        if not any(map(_is_syllable, word)):
            return word
        return "".join(
            c + (rng.choice(_SYMBOLS) if mixed else symbol) if n + 1 < len(word) else c for n, c in enumerate(word)
        )

    return _words(text, rng, change)


def latin_inside(text: str, rng: random.Random) -> str:
    """A Latin letter between syllables."""
    letter = rng.choice("iljoxIvz")
    return _words(text, rng, lambda w: letter.join(w) if all(map(_is_syllable, w)) else w, 0.3)


def spacing(text: str, rng: random.Random) -> str:
    """Words spaced out."""
    gap = rng.choice((" ", " ", " ", "\n", "  "))
    return _words(text, rng, lambda w: gap.join(w) if 2 < len(w) < 12 and not w.isdigit() else w, 0.4)


def vertical(text: str, rng: random.Random) -> str:
    """A syllable a line, for the first words."""
    head, space, tail = text[: rng.randint(6, 20)], "\n", text[20:]
    return "\n".join(c for c in head if not c.isspace()) + space + tail


def split_jamo(text: str, rng: random.Random) -> str:
    """Syllables taken apart into letters."""

    def apart(character: str) -> str:
        if not _is_syllable(character) or rng.random() < 0.3:
            return character
        lead, rest = divmod(ord(character) - SYLLABLE_BASE, len(VOWELS) * TAIL_COUNT)
        vowel, tail = divmod(rest, TAIL_COUNT)
        return LEADS[lead] + VOWELS[vowel] + (TAILS[tail] if tail else "")

    return _words(text, rng, lambda w: "".join(map(apart, w)), 0.3)


def roman_jamo(text: str, rng: random.Random) -> str:
    """Syllables taken apart, the vowel written with the Latin letter it looks like."""

    def apart(character: str) -> str:
        if not _is_syllable(character):
            return character
        lead, rest = divmod(ord(character) - SYLLABLE_BASE, len(VOWELS) * TAIL_COUNT)
        vowel, tail = divmod(rest, TAIL_COUNT)
        roman = _ROMAN.get(VOWELS[vowel])
        if roman is None:
            return character
        return LEADS[lead] + (roman.upper() if roman == "h" else roman) + (TAILS[tail] if tail else "")

    return _words(text, rng, lambda w: "".join(map(apart, w)), 0.4)


def respelled(text: str, rng: random.Random) -> str:
    """Syllables by others that sound nearly alike."""

    def other(character: str) -> str:
        if not _is_syllable(character) or rng.random() < 0.55:
            return character
        lead, rest = divmod(ord(character) - SYLLABLE_BASE, len(VOWELS) * TAIL_COUNT)
        vowel, tail = divmod(rest, TAIL_COUNT)
        if rng.random() < 0.75:
            vowel = VOWELS.index(rng.choice(_NEAR_VOWELS.get(VOWELS[vowel], VOWELS[vowel])))
        else:
            lead = LEADS.index(rng.choice(_NEAR_LEADS.get(LEADS[lead], LEADS[lead])))
        return chr(SYLLABLE_BASE + (lead * len(VOWELS) + vowel) * TAIL_COUNT + tail)

    return _words(text, rng, lambda w: "".join(map(other, w)), 0.45)


def invisible(text: str, rng: random.Random) -> str:
    """Characters nobody sees."""
    return "".join(c + rng.choice(_INVISIBLE) if rng.random() < 0.3 else c for c in text)


def combining(text: str, rng: random.Random) -> str:
    """Marks on the letters."""
    return "".join(c + chr(0x300 + rng.randrange(0x30)) if c.isalpha() and rng.random() < 0.2 else c for c in text)


def fullwidth(text: str, rng: random.Random) -> str:
    """Latin letters and digits in their wide forms."""
    return _words(text, rng, lambda w: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in w), 0.6)


def mathematical(text: str, rng: random.Random) -> str:
    """Latin letters in bold, script or sans-serif."""
    base = rng.choice((0x1D400, 0x1D468, 0x1D5D4, 0x1D63C, 0x1D670))

    def one(c: str) -> str:
        if "A" <= c <= "Z":
            return chr(base + ord(c) - 65)
        return chr(base + 26 + ord(c) - 97) if "a" <= c <= "z" else c

    return _words(text, rng, lambda w: "".join(map(one, w)), 0.6)


def enclosed(text: str, rng: random.Random) -> str:
    """Latin letters and digits in circles, in links too."""

    def one(c: str) -> str:
        if rng.random() < 0.5:
            return c
        if "a" <= c <= "z":
            return chr(0x24D0 + ord(c) - 97)
        return chr(0x2460 + int(c) - 1) if c in "123456789" else c

    return "".join(map(one, text)) if rng.random() < 0.5 else _words(text, rng, lambda w: "".join(map(one, w)))


def homoglyphs(text: str, rng: random.Random) -> str:
    """Latin letters by their Cyrillic look-alikes."""
    return _words(
        text, rng, lambda w: "".join(TO_CYRILLIC.get(c, c) if rng.random() < 0.5 and not c.isdigit() else c for c in w)
    )


def leet(text: str, rng: random.Random) -> str:
    """Digits for the letters they look like."""
    return _words(text, rng, lambda w: "".join(_LEET.get(c.lower(), c) if rng.random() < 0.5 else c for c in w) if w.isascii() and w.isalpha() else w, 0.4)  # fmt: skip # noqa: E501


def letter_digits(text: str, rng: random.Random) -> str:
    """O for 0 and l for 1 in numbers."""
    return re.sub(
        r"(?<=\d)0", lambda m: rng.choice("oO0"), re.sub(r"(?<=\d)1(?=\d)", lambda m: rng.choice("lI1"), text)
    )


def numerals(text: str, rng: random.Random) -> str:
    """Digits by Hanja or circled numbers."""
    return re.sub(r"\d(?=[만천백억원])", lambda m: _HANJA.get(m[0], m[0]), text)


def repetition(text: str, rng: random.Random) -> str:
    """Letters typed twice, or words swapped."""
    return _words(text, rng, lambda w: w[:1] * rng.randint(1, 3) + w[1:] if rng.random() < 0.5 else w + w[-1], 0.2)


def tail(text: str, rng: random.Random) -> str:
    """Noise behind, so that no two copies are the same."""
    noise = rng.choice((
        "".join(rng.choice("ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅎㅋㅌ") for _ in range(rng.randint(2, 8))),
        "".join(chr(rng.randrange(0x4E00, 0x9000)) for _ in range(rng.randint(2, 6))),
        "".join(rng.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(rng.randint(4, 10))),
        "".join(chr(rng.randrange(0xAC00, 0xD7A3)) for _ in range(rng.randint(2, 8))),
    ))  # fmt: skip
    return text + rng.choice((" ", "\n", "\n\n")) + noise


def broken_links(text: str, rng: random.Random) -> str:
    """The dot of a link in other clothes."""
    dot = rng.choice((" . ", "점", "[.]", " .", "(.)", "닷"))
    return _LINKISH.sub(lambda m: m[0].replace("http", rng.choice(("hxxp", "http"))).replace(".", dot), text)


OPERATORS: Final[dict[str, Operator]] = {
    "symbols": symbols,
    "latin_inside": latin_inside,
    "spacing": spacing,
    "vertical": vertical,
    "split_jamo": split_jamo,
    "roman_jamo": roman_jamo,
    "respelled": respelled,
    "invisible": invisible,
    "combining": combining,
    "fullwidth": fullwidth,
    "mathematical": mathematical,
    "enclosed": enclosed,
    "homoglyphs": homoglyphs,
    "leet": leet,
    "letter_digits": letter_digits,
    "numerals": numerals,
    "repetition": repetition,
    "tail": tail,
    "broken_links": broken_links,
}

#: Labels a carrier or the law puts in front. They say nothing of the content, so training puts them on anything.
LABELS: Final = ("[Web발신]\n", "[Web발신] ", "[국외발신]\n", "[국제발신] ", "(광고)", "(광고) ", "[국내발신]")


def disguise(text: str, rng: random.Random) -> str:
    """One to three operators at random; sometimes a label in front."""
    for operator in rng.sample(list(OPERATORS.values()), rng.choice((1, 1, 1, 2, 2, 3))):
        text = operator(text, rng)
    return (rng.choice(LABELS) if rng.random() < 0.15 else "") + text
