"""What is wrong with a configuration: faults stop it, warnings do not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

Path = tuple[str | int, ...]  # the way to a key: ("accounts", 0, "password")

_SECRET: Final = re.compile(r"pass|secret|token|credential|database|cluster|hash", re.IGNORECASE)
NOT_SHOWN: Final = "(not shown)"
_MOST_SHOWN: Final = 80  # characters of a value a person needs to find it again


#: Stands for a value that may be a secret under a misspelt name.
HIDDEN: Final = object()


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. ``value`` is as shown to people: shortened, and never a secret."""

    file: str
    line: int
    key: str
    value: str
    expected: str
    suggestion: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        key = f"{self.key}: " if self.key else ""
        got = f", got {self.value}" if self.value else ""
        return f"{where}{key}expected {self.expected}{got}" + (f"; {self.suggestion}" if self.suggestion else "")

    def as_dict(self) -> dict[str, Any]:
        """Return the fault as JSON-able data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Warn:
    """Something that loads and will hurt."""

    file: str
    line: int
    key: str
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        return f"{where}{self.key}: {self.message}" + (f"; {self.suggestion}" if self.suggestion else "")

    def as_dict(self) -> dict[str, Any]:
        """Return the warning as JSON-able data."""
        return asdict(self)


class SettingsError(Exception):
    """A configuration that cannot be used, with every fault found in it, in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults: tuple[Fault, ...] = tuple(faults)


@dataclass(frozen=True, slots=True)
class Hurts:
    """A warning before its place in the file is known."""

    path: Path
    message: str
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A fault before its place in the file is known."""

    path: Path
    expected: str
    suggestion: str = ""
    value: Any = None
    has_value: bool = True


def dotted(path: Path) -> str:
    """Write the way to a key as people do: ``accounts[0].password``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            shown = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"'
            text += f".{shown}" if text else shown
    return text


def show(value: Any, path: Path, suggestion: str = "") -> str:
    """Write a value for people; one that is, or may have been meant as, a secret is not shown."""
    if any(isinstance(part, str) and _SECRET.search(part) for part in path) or _SECRET.search(suggestion):
        return NOT_SHOWN
    if value is HIDDEN:
        return NOT_SHOWN
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple) and any(isinstance(item, dict | list | tuple) for item in value):
        return "a list of tables"
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = (
            '"' + value.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'
            if not value.isprintable()
            else f'"{value}"'
        )
    else:
        text = str(value)
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean "…"?`` for the nearest known word, or nothing."""
    by_lower = {one.lower(): one for one in known}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f'did you mean "{by_lower[near[0]]}"?' if near else ""
