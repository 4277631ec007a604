"""Letters of one script that look like another's, applied only inside a word that mixes scripts.

A word wholly in Cyrillic or Greek is left alone: it is a word. A word that mixes them with Latin is a disguise, and is
brought to the script that can spell all of it: Latin where every foreign letter has a Latin look-alike, else Cyrillic.
"""

from __future__ import annotations

import re
from typing import Final

#: Lower-case look-alikes to Latin, after folding. Order of pairs: Cyrillic, Greek, Armenian, Cherokee and Lisu forms.
TO_LATIN: Final[dict[str, str]] = {
    **dict(zip("авсԁеѕіјкӏмнорԛтуԝхгһпьзбѵіԍ", "abcdesijklmhopqtywxrhnbzbviG".lower(), strict=True)),
    **dict(zip("αβεηικνορτυχωγζμςσλπ", "abeniknoptuxwyzucoln".lower(), strict=True)),
    **dict(zip("աոսօցհյղքեւ", "wnuoghjnpet", strict=True)),
}

#: The way back, for a Russian word in which Latin letters hide.
TO_CYRILLIC: Final[dict[str, str]] = dict(zip("abcehkmoptxyru3", "авсенкмортхугиз", strict=True))

_LATIN: Final = "a-z"
_FOREIGN: Final = "\u0370-\u03ff\u0400-\u052f\u0531-\u0587"
MIXED: Final = re.compile(
    f"(?<![{_LATIN}{_FOREIGN}])(?:[{_LATIN}]+[{_FOREIGN}]|[{_FOREIGN}]+[{_LATIN}])[{_LATIN}{_FOREIGN}]*"
)
#: A letter of a script that has look-alikes of Latin ones.
ANY_FOREIGN: Final = re.compile(f"[{_FOREIGN}]")


def has_foreign(text: str) -> bool:
    """Whether any letter could be a look-alike at all: the cheap question asked first."""
    return ANY_FOREIGN.search(text) is not None


def unmix(word: str) -> str:
    """Bring a script-mixed word to one script, or return it as it is when neither script can spell it."""
    latin = "".join(TO_LATIN.get(letter, letter) for letter in word)
    if latin.isascii():
        return latin
    cyrillic = "".join(TO_CYRILLIC.get(letter, letter) for letter in word)
    if not any(letter.isascii() for letter in cyrillic):
        return cyrillic
    return word
