"""Which scripts a text is written in: a model is not enforced on what it never learned to read.

Cheap on purpose: letters are counted by block. A text in a known script but an unknown language is recognised by the
model itself, whose last output says how familiar the text's n-grams are.
"""

from __future__ import annotations

import re
from typing import Final

LATIN: Final = "latin"

#: Script name to the blocks of its letters (folded text: lower case, no fullwidth forms).
BLOCKS: Final[dict[str, str]] = {
    LATIN: "a-z\u00df-\u024f\u1e00-\u1eff",
    "hangul": "가-힣ㄱ-ㅣ",
    "han": "\u3400-\u9fff",
    "kana": "\u3041-\u30ff",
    "cyrillic": "\u0400-\u052f",
    "greek": "\u0370-\u03ff",
    "arabic": "\u0600-\u077f",
    "hebrew": "\u0590-\u05ff",
    "devanagari": "\u0900-\u097f",
    "thai": "\u0e00-\u0e7f",
}

_RANGE: Final = re.compile("(.)-(.)")
_LETTER: Final = re.compile(r"[^\W\d_]")

#: Share of letters outside the known scripts from which a text counts as one the model cannot read.
FOREIGN_SHARE: Final = 0.3


class Scripts:
    """The scripts a model was trained on."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        blocks = "".join(BLOCKS[name] for name in names if name in BLOCKS)
        #: First and last character of each block of theirs.
        self.ranges = [(ord(first), ord(last)) for first, last in _RANGE.findall(blocks)]
        self._known = re.compile(f"[{blocks}]") if blocks else None
        self._strange = re.compile(rf"[^\W\d_{blocks}]")

    def readable(self, text: str) -> bool:
        """Whether the text's letters are, for the most part, of the scripts known. A text without letters is not."""
        if self._known is None:
            return False
        if self._strange.search(text) is None:
            return self._known.search(text) is not None
        letters = len(_LETTER.findall(text))
        return len(self._known.findall(text)) >= letters * (1.0 - FOREIGN_SHARE)
