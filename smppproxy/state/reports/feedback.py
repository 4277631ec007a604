"""Reported texts as the model's feedback: tab-separated, a label and a class and a text a line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

COLUMNS: Final = ("label", "lang", "category", "authority", "source", "text")
SOURCE: Final = "reports"
AUTHORITY: Final = "regulator"  # who says so: the label of a report, which is known to be noisy

_HANGUL: Final = range(0xAC00, 0xD7A4)
_HAN: Final = range(0x4E00, 0xA000)


def render(texts: Iterable[dict[str, Any]]) -> str:
    """Return texts as rows. A tab or a line end inside one becomes a space: the judge sees no difference."""
    lines = ["\t".join(COLUMNS)]
    for each in texts:
        said = " ".join(each["text"].split())
        lines.append("\t".join((each["category"], language_of(said), "", AUTHORITY, SOURCE, said)))
    return "\n".join(lines) + "\n"


def language_of(text: str) -> str:
    """Return the language a text seems to be in: ko, zh, or en for anything else."""
    if any(ord(each) in _HANGUL for each in text):
        return "ko"
    return "zh" if any(ord(each) in _HAN for each in text) else "en"
