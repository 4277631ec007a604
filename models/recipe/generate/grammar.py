"""Slot grammars: texts out of templates, seeded and deterministic.

A template is a line of text with

* ``{slot}``: one entry of the lexicon of that name, or what the function of that name returns;
* ``<a|b|>``: one of the alternatives, which may be empty and may hold slots and further choices;
* ``¶``: a line break, a space or another joiner, the same kind all through a text;
* ``•``: the mark before an item of a list, the same all through a text.

A lexicon is written as lines ``name: entry | entry | …``; entries may hold slots and choices. Lines of templates and
lexica that start with ``#`` are comments.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

#: A slot filled by code: numbers, dates, links.
Filler = Callable[[random.Random], str]

_TOKEN = re.compile(r"\{(\w+)\}|<|>|\||¶|•")
_MAX_DEPTH = 12
_JOINERS = ("\n", "\n", "\n", " ", " ", "\n\n")
_BULLETS = ("- ", "- ", "· ", "▶ ", "■ ", "※ ", "◆ ", "▷ ", "□ ", "○ ", "* ", "*", "-", "", "", "• ", "☞ ", "✔ ", "1. ")


class GrammarError(ValueError):
    """A template or lexicon is wrong: an unknown slot, a choice that does not close."""


def lexicon(text: str) -> dict[str, list[str]]:
    """Parse ``name: a | b`` lines. A ``|`` inside ``<…>`` belongs to the choice."""
    entries: dict[str, list[str]] = {}
    for line in text.strip().splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, colon, rest = line.partition(":")
        if not colon or not name.strip().isidentifier():
            raise GrammarError(f"lexicon line {line[:60]!r}: expected 'name: entry | entry'")
        entries.setdefault(name.strip(), []).extend(part.strip() for part in _split(rest))
    return entries


def templates(text: str) -> list[str]:
    """Parse a block of templates, one a line."""
    return [line.strip() for line in text.strip().splitlines() if line.strip() and not line.strip().startswith("#")]


def _split(text: str) -> list[str]:
    parts, depth, current = [], 0, ""
    for character in text:
        if character == "|" and depth == 0:
            parts.append(current)
            current = ""
            continue
        depth += (character == "<") - (character == ">")
        current += character
    parts.append(current)
    return parts


class Grammar:
    """Lexica and fillers by which templates are expanded."""

    def __init__(self, lexica: Mapping[str, list[str]], fillers: Mapping[str, Filler]) -> None:
        self._lexica = dict(lexica)
        self._fillers = dict(fillers)

    def expand(self, template: str, rng: random.Random) -> str:
        """One text of a template. Raises :class:`GrammarError`."""
        marks = {"¶": rng.choice(_JOINERS), "•": rng.choice(_BULLETS)}
        text = self._expand(template, rng, marks, 0)
        return re.sub(r" {2,}", " ", re.sub(r" *\n *", "\n", text)).strip()

    def check(self, template: str) -> None:
        """Raise :class:`GrammarError` when a template names a slot that is not there or a choice does not close."""
        for name in re.findall(r"\{(\w+)\}", template):
            if name not in self._lexica and name not in self._fillers:
                raise GrammarError(f"template {template[:60]!r}: no slot {name!r}")
        if template.count("<") != template.count(">"):
            raise GrammarError(f"template {template[:60]!r}: a choice does not close")

    def check_all(self) -> None:
        """Check every entry of every lexicon."""
        for entries in self._lexica.values():
            for entry in entries:
                self.check(entry)

    def _expand(self, text: str, rng: random.Random, marks: Mapping[str, str], depth: int) -> str:
        if depth > _MAX_DEPTH:
            raise GrammarError(f"template {text[:60]!r}: slots nest deeper than {_MAX_DEPTH}")
        out: list[str] = []
        at = 0
        while match := _TOKEN.search(text, at):
            out.append(text[at : match.start()])
            token = match[0]
            at = match.end()
            if token in marks:
                out.append(marks[token])
            elif token == "<":
                end = _closing(text, at)
                out.append(self._expand(rng.choice(_split(text[at:end])), rng, marks, depth + 1))
                at = end + 1
            elif match[1]:
                out.append(self._slot(match[1], rng, marks, depth))
            else:
                out.append(token)
        out.append(text[at:])
        return "".join(out)

    def _slot(self, name: str, rng: random.Random, marks: Mapping[str, str], depth: int) -> str:
        filler = self._fillers.get(name)
        if filler is not None:
            return filler(rng)
        entries = self._lexica.get(name)
        if entries is None:
            raise GrammarError(f"no slot {name!r}")
        return self._expand(rng.choice(entries), rng, marks, depth + 1)


def _closing(text: str, start: int) -> int:
    depth = 1
    for at in range(start, len(text)):
        depth += (text[at] == "<") - (text[at] == ">")
        if depth == 0:
            return at
    raise GrammarError(f"template {text[:60]!r}: a choice does not close")
