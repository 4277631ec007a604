"""On which line each key of a TOML document stands.

The document has been read by ``tomllib`` before, so it is known to be sound: this scanner only has to find
its way, not to judge. It follows table headers, arrays of tables, dotted and quoted keys, inline tables,
arrays over several lines and the four kinds of string.
"""

from __future__ import annotations

import re
from typing import Final

from smppproxy.app.settings.faults import Path

_SPACE: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BLANK: Final = re.compile(r"[ \t]*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_BASIC: Final = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_LITERAL: Final = re.compile(r"'([^'\n]*)'")
_LONG_BASIC: Final = re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})', re.DOTALL)
_LONG_LITERAL: Final = re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL)
_SCALAR: Final = re.compile(r"[^,\]}\n#]+")
_ESCAPE: Final = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(["\\bfnrt]))')
_ESCAPED: Final = {'"': '"', "\\": "\\", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def lines_of(text: str) -> dict[Path, int]:
    """Return the line (from 1) of every key, table and array element of a sound TOML document."""
    return _Scanner(text).run()


def nearest_line(lines: dict[Path, int], path: Path) -> int:
    """Return the line of a key, of what holds it if it stands nowhere itself, or 0."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 0


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}  # elements so far of each array of tables
        self.counted = (0, 1)  # up to which character lines are counted, and the line there

    def run(self) -> dict[Path, int]:
        table: Path = ()
        while True:
            self.skip(_SPACE)
            if self.at >= len(self.text):
                return self.lines
            if self.text.startswith("[[", self.at):
                line = self.line()
                array = self.header(2)
                count = self.counts.get(array, 0)
                self.counts[array] = count + 1
                table = (*array, count)
                self.note(table, line)
            elif self.text[self.at] == "[":
                table = self.header(1)
            else:
                self.pair(table)

    def header(self, brackets: int) -> Path:
        line = self.line()
        self.at += brackets
        path: Path = ()
        for name in self.key_path():
            if path in self.counts:  # a header below an array of tables speaks of its last element
                path = (*path, self.counts[path] - 1)
            path = (*path, name)
            self.note(path, line)
        self.at = self.text.index("]" * brackets, self.at) + brackets
        return path

    def pair(self, table: Path) -> None:
        line = self.line()
        path = table
        for name in self.key_path():
            path = (*path, name)
            self.note(path, line)
        self.at = self.text.index("=", self.at) + 1
        self.value(path)

    def value(self, path: Path) -> None:
        self.skip(_SPACE)
        first = self.text[self.at]
        if first == "[":
            self.array(path)
        elif first == "{":
            self.inline_table(path)
        elif first in "\"'":
            self.string()
        else:
            self.skip(_SCALAR)

    def array(self, path: Path) -> None:
        self.at += 1
        count = 0
        while True:
            self.skip(_SPACE)
            if self.text[self.at] == "]":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.note((*path, count), self.line())
            self.value((*path, count))
            count += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        while True:
            self.skip(_SPACE)
            if self.text[self.at] == "}":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.pair(path)

    def key_path(self) -> list[str]:
        names = []
        while True:
            self.skip(_BLANK)
            names.append(self.key())
            self.skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return names
            self.at += 1

    def key(self) -> str:
        for pattern in (_BARE, _BASIC, _LITERAL):
            match = pattern.match(self.text, self.at)
            if match:
                self.at = match.end()
                if pattern is _BARE:
                    return match[0]
                return _unescape(match[1]) if pattern is _BASIC else match[1]
        raise ValueError(f"no key on line {self.line()}")

    def string(self) -> None:
        for pattern in (_LONG_BASIC, _LONG_LITERAL, _BASIC, _LITERAL):
            match = pattern.match(self.text, self.at)
            if match:
                self.at = match.end()
                return

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()

    def line(self) -> int:
        at, line = self.counted
        line += self.text.count("\n", at, self.at)
        self.counted = (self.at, line)
        return line

    def note(self, path: Path, line: int) -> None:
        self.lines.setdefault(path, line)


def _unescape(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        return chr(int(match[1] or match[2], 16)) if match[1] or match[2] else _ESCAPED[match[3]]

    return _ESCAPE.sub(plain, text)
