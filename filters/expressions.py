"""What every match of a regular expression must hold, read off the expression: a cheap question to ask a text first.

Only what is certain is said. An expression that is not understood in full asks for nothing.
"""

from __future__ import annotations

import re
from typing import Final

#: Characters that stand for themselves, whatever the case.
_PLAIN: Final = re.compile(r"[a-zA-Z0-9 ,:;/'\"!%&=<>~@#_가-힣-]")
_CLASS: Final = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\[^QpPx0-9]|[^\]\\\[])*\]")
_COUNT: Final = re.compile(r"\{\d+(?:,\d*)?\}")
_FLAGS: Final = re.compile(r"\(\?[a-zA-Z-]+\)")
_ESCAPE: Final = re.compile(r"\\[^QEpPxC0-9]")


def required(expression: str) -> list[str]:
    """Return runs of characters, in lower case, of which whatever matches an RE2 expression holds one; [] for none.

    That is the longest of each alternative. The match is meant without regard to case.
    """
    found: list[str] = []
    runs, run, depth, at = [""], "", 0, 0
    while at < len(expression):
        character = expression[at]
        step: re.Match[str] | None = None
        if _PLAIN.match(character) and depth == 0:
            run += character
            at += 1
            continue
        if character in "?*" or (character == "{" and (step := _COUNT.match(expression, at))):
            run = run[:-1]  # what stands before may be absent
        elif character == "(":
            if at and _FLAGS.match(expression, at):
                return []  # a count behind flags is that of what stands before them
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == "|" and depth == 0:
            found.append(max(*runs, run, key=len).lower())
            runs, run = [""], ""
        elif character in "[\\":
            step = (_CLASS if character == "[" else _ESCAPE).match(expression, at)
            if step is None:
                return []
        runs.append(run)
        run = ""
        at = step.end() if step is not None else at + 1
    found.append(max(*runs, run, key=len).lower())
    return found if all(found) else []
