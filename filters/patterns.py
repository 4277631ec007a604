"""Patterns that texts must not hold, compiled for a time linear in the text however many and whatever they are.

Literals go into Aho-Corasick automata, expressions into RE2 sets; nothing here can be made to backtrack. Patterns and
texts are folded alike (width, case, invisible characters, runs of blanks) before they are compared. A sieve in front
of all that tells of most texts at a glance that they hold nothing: of each pattern it knows some characters in a row
that such a text would have to hold.
"""

from __future__ import annotations

import importlib
import os
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import ahocorasick_rs
import re2

from filters.expressions import required
from filters.ports import Pattern, PatternKind
from filters.text import normalise
from filters.text.tables import FOLD

#: Characters of a text that are looked at: twice the longest LMS.
MAX_CHARS: Final = 4000

#: Patterns checked and compiled in one go: some 5 ms, the longest the loop may be held for them.
EXPRESSIONS_AT_ONCE: Final = 64
#: Literals in one automaton; checked before, so many more of them take no longer.
LITERALS_AT_ONCE: Final = 1000
#: Patterns for which all of that is one step.
FEW: Final = EXPRESSIONS_AT_ONCE // 2

#: Longest pattern, in characters.
LONGEST: Final = 1000
#: Shortest literal, in characters after folding: a single one would refuse half of all texts.
SHORTEST_LITERAL: Final = 2

#: Memory one set of expressions may use to match, in octets. RE2's own default is 8 MB; beyond the bound it answers
#: that nothing matched, so there is room to spare.
MATCH_MEMORY: Final = 64 << 20

_fast: Final = normalise.FAST


def fold(text: str) -> str:
    """Bring a text to the form in which patterns are compared."""
    if len(text) > MAX_CHARS:
        text = text[:MAX_CHARS]
    folded = None if _fast is None else _fast.fold_patterns(text)
    return fold_pure(text) if folded is None else folded


def fold_pure(text: str) -> str:
    """The definition of :func:`fold`; the compiled kernel is held to it."""
    return " ".join(text[:MAX_CHARS].translate(FOLD).split())


def fault(pattern: Pattern) -> str:
    """Return why a pattern cannot be used, "" where it can. Asked before a pattern is put into the book."""
    if len(pattern.text) > LONGEST:
        return f"{len(pattern.text)} characters, a pattern has at most {LONGEST}"
    if pattern.kind is PatternKind.LITERAL:
        if len(fold(pattern.text)) < SHORTEST_LITERAL:
            return f"a literal needs at least {SHORTEST_LITERAL} characters that are seen"
        return ""
    try:
        expression = re2.compile(pattern.text, _options())
    except re2.error as error:
        return f"no expression that RE2 knows: {_said(error)}"
    except UnicodeEncodeError:
        return "it holds half of a surrogate pair"
    if expression.search("") is not None:
        return "it matches the empty text, and so every text"
    return ""


class SievePure:
    """The twin of the compiled sieve. It keeps nothing back: to look for parts here would cost more than it saves."""

    def add(self, part: str) -> None:
        """Let texts through that hold these two or four characters, folded as texts are."""

    def may_hold(self, text: str) -> bool:
        """Whether a text may hold any part once it is folded."""
        del text
        return True


def _load() -> type[SievePure]:
    if os.environ.get("SMPPPROXY_PURE"):
        return SievePure
    try:
        compiled = importlib.import_module("filters._patterns")
    except ImportError:  # not compiled: see hatch_build.py
        return SievePure
    compiled.setup(_folded())
    sieve: type[SievePure] = compiled.Sieve
    return sieve


def _folded() -> bytes:
    """What folding makes of each character up to U+FFFF, as ``_patterns.pyx`` wants to know it."""
    folded = array("H", range(0x10000))
    characters = "".join(map(chr, folded))
    for code in (*range(0xD800, 0xE000), *(match.start() for match in re.finditer(r"[^\S ]", characters))):
        folded[code] = 0  # halves of pairs, and blanks that are not in the table
    for code, becomes in FOLD.items():
        if code < len(folded):
            single = ord(becomes) if len(becomes) == 1 else 0 if becomes else 1
            folded[code] = single if single < len(folded) else 0
    return folded.tobytes()


Sieve: Final = _load()


def telling(folded: str) -> str:
    """Return the four characters in a row of a folded text, or two of a short one, that fewest others hold; or ""."""
    size = 4 if len(folded) >= 4 else 2
    return max((folded[at : at + size] for at in range(len(folded) - size + 1)), key=_rarity, default="")


def _rarity(part: str) -> int:
    """Syllables are rarer than Latin letters, and those than digits and marks."""
    return sum(2 if not character.isascii() else character.isalpha() for character in part)


class Patterns:
    """Compiled patterns; empty until :meth:`compile` was followed to its end."""

    __slots__ = ("_expressions", "_literals", "_sieve", "may_hold", "refused", "size")

    def __init__(self) -> None:
        self._sieve = Sieve()
        #: whether a text, not folded, may hold a pattern: a glance, which tells of most texts that they hold none
        self.may_hold: Callable[[str], bool] = self._sieve.may_hold
        self._literals: list[tuple[Any, list[Pattern]]] = []
        self._expressions: list[tuple[Any, list[Pattern]]] = []
        self.refused: dict[str, str] = {}  # patterns left out, by their id, and why
        self.size = 0  # patterns in force

    def compile(self, patterns: Sequence[Pattern]) -> Iterator[None]:
        """Compile step by step; the caller may do other things between two. Patterns with a fault are left out.

        A few patterns are one step: who lists a pattern finds it in force at once.
        """
        sound = []
        checked = 0  # since the last step
        for pattern in patterns:
            if checked == EXPRESSIONS_AT_ONCE:
                checked = 0
                yield
            checked += 1
            wrong = fault(pattern)
            if wrong:
                self.refused[pattern.id] = wrong
            else:
                sound.append(pattern)
                self._sift(pattern)
        literals = [pattern for pattern in sound if pattern.kind is PatternKind.LITERAL]
        for start in range(0, len(literals), LITERALS_AT_ONCE):
            some = literals[start : start + LITERALS_AT_ONCE]
            if len(patterns) > FEW:
                yield
            self._literals.append((ahocorasick_rs.AhoCorasick([fold(pattern.text) for pattern in some]), some))
        expressions = [pattern for pattern in sound if pattern.kind is PatternKind.EXPRESSION]
        for start in range(0, len(expressions), EXPRESSIONS_AT_ONCE):
            some = expressions[start : start + EXPRESSIONS_AT_ONCE]
            if len(patterns) > FEW:
                yield
            one = re2.Set.SearchSet(_options())
            for pattern in some:
                one.Add(pattern.text)
            one.Compile()
            self._expressions.append((one, some))
        self.size = len(sound)

    def _sift(self, pattern: Pattern) -> None:
        """Let texts through the sieve that may hold a pattern."""
        literal = pattern.kind is PatternKind.LITERAL
        parts = [telling(each) for each in ([fold(pattern.text)] if literal else required(pattern.text))]
        if not (parts and all(parts)):  # it may be in any text
            self.may_hold = SievePure().may_hold
        for part in parts:
            if part:
                self._sieve.add(part)

    def first(self, folded: str) -> Pattern | None:
        """Return a pattern that a folded text holds, literals before expressions; None where it holds none."""
        for automaton, patterns in self._literals:
            found: list[tuple[int, int, int]] = automaton.find_matches_as_indexes(folded)
            if found:
                return patterns[found[0][0]]
        for one, patterns in self._expressions:
            places: list[int] = one.Match(folded)
            if places:
                return patterns[min(places)]
        return None


def _options() -> Any:
    options = re2.Options()
    options.case_sensitive = False  # texts are folded to lower case
    options.log_errors = False  # told by the exception
    options.max_mem = MATCH_MEMORY
    return options


def _said(error: Exception) -> str:
    """What RE2 said, which it says in octets."""
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
