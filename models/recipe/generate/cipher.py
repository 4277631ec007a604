"""Texts in languages that do not exist: the letters replaced, all else as it was.

A model that is to say something of a language it never saw must lean on what languages share: links and of what kind,
amounts, codes, telephone numbers, marks, how long a text is. So some texts of every class are learnt once more with
their letters put through a substitution of their own, into Latin letters or another script. They are marked as
unfamiliar, as they are.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Final

_LINKISH: Final = re.compile(r"\S*[a-zA-Z0-9-]\.[a-zA-Z]\S*")
_VOWELS: Final = "aeiou"
_CONSONANTS: Final = "bcdfghjklmnpqrstvwxyz"
_ACCENTED: Final = "àáâãäçèéêëìíîïñòóôõöùúûüýăđĩũơưạảấầẩẫậếềểễệọỏốồổộớờợụủứừựşğıčěřšžąęłńśżőű"
#: Scripts by the code points of their letters; the first two are alphabets of Europe.
_SCRIPTS: Final = tuple(
    tuple(chr(code) for code in range(first, last) if chr(code).isalpha())
    for first, last in (
        (0x0430, 0x0450),  # Cyrillic
        (0x03B1, 0x03CA),  # Greek
        (0x05D0, 0x05EB),  # Hebrew
        (0x0627, 0x064B),  # Arabic
        (0x0915, 0x093A),  # Devanagari
        (0x0995, 0x09BA),  # Bengali
        (0x0B95, 0x0BBA),  # Tamil
        (0x0E01, 0x0E2F),  # Thai
        (0x1000, 0x1021),  # Burmese
        (0x10D0, 0x10F1),  # Georgian
        (0x1780, 0x17A3),  # Khmer
        (0x3042, 0x3094),  # kana
    )
)
#: Share of texts that stay in Latin letters: the languages hardest to tell from one that is known.
_LATIN: Final = 0.5


def cipher(text: str, rng: random.Random) -> str:
    """A text with its letters replaced, the same one always by the same; links, digits and marks stay."""
    script = None if rng.random() < _LATIN else rng.choice(_SCRIPTS)
    accents = rng.random() < 0.6
    table: dict[str, str] = {}

    def letter() -> str:
        if script:
            return rng.choice(script)
        if accents and rng.random() < 0.25:
            return rng.choice(_ACCENTED)
        return rng.choice(_VOWELS if rng.random() < 0.45 else _CONSONANTS)

    def other(character: str) -> str:
        if character not in table:
            if not character.isascii():
                # a syllable or an ideograph is worth several letters, and where none are parted words are made
                table[character] = "".join(letter() for _ in range(rng.choice((1, 2, 2, 3)))) + " " * (
                    "\u4e00" <= character <= "\u9fff" and rng.random() < 0.4
                )
            elif script:
                table[character] = rng.choice(script)
            else:
                table[character] = rng.choice(_VOWELS if character in _VOWELS else _CONSONANTS)
                if accents and rng.random() < 0.15:
                    table[character] = rng.choice(_ACCENTED)
        return table[character]

    out: list[str] = []
    done = 0
    for match in _LINKISH.finditer(text):
        out.append(_letters(text[done : match.start()], other))
        out.append(match[0] if match[0].isascii() else " " + match[0].encode("ascii", "ignore").decode() + " ")
        done = match.end()
    out.append(_letters(text[done:], other))
    return "".join(out)


def _letters(text: str, other: Callable[[str], str]) -> str:
    return "".join(other(character) if character.isalpha() else character for character in text.lower())
