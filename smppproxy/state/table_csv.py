"""CSV files of the registries: encodings, the head line, and faults of rows told all at once.

UTF-8 (with or without a byte order mark), UTF-16 with one, and CP949 are understood. The first line names the columns,
in any order; a file without it, one key a line, is read as well.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeVar

from smppproxy.state.codes import check_text, parse_instant
from smppproxy.state.errors import InputError, RowFault

FAULTS_SHOWN: Final = 100  # a file of the wrong kind has a fault in each row; the first hundred say all

R = TypeVar("R")

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z").finditer


class Columns(NamedTuple):
    """The columns of a kind of file."""

    key: str  # must be there
    others: tuple[str, ...]
    information: tuple[str, ...] = ()  # written by export for people, skipped by import

    @property
    def known(self) -> tuple[str, ...]:
        """What import reads."""
        return (self.key, *self.others)


class RowError(Exception):
    """One row cannot be read; :func:`parse` collects them."""

    def __init__(self, row: int, column: str, value: str, expected: str) -> None:
        super().__init__(expected)
        self.fault = RowFault(row, column, value, expected)


def decode(octets: bytes) -> str:
    """Return the text of a file. Raises InputError where it is in none of the encodings understood."""
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates: tuple[str, ...] = ("utf-16",)
    else:
        candidates = ("utf-8-sig", "cp949")
    for encoding in candidates:
        try:
            text = octets.decode(encoding)
        except UnicodeDecodeError as error:
            at = error.start
            continue
        if "\0" in text:
            break
        return text
    else:
        line = octets.count(b"\n", 0, at) + 1
        raise InputError(f"line {line}: neither UTF-8 nor CP949; save the file as UTF-8 (CSV)")
    raise InputError("this is no text file (it holds NUL characters); save it as CSV in UTF-8")


def parse(
    text: str, columns: Columns, convert: Callable[[int, dict[str, str]], R | None], is_key: Callable[[str], bool]
) -> list[R]:
    """Return what ``convert`` makes of each row (its line, its cells by column) but None; it may raise RowError.

    ``is_key`` tells whether the only cell of a first line is already a key. Raises InputError with every fault (the
    first 100).
    """
    reader = csv.reader(_lines(text), strict=True)
    rows: list[R] = []
    faults: list[RowFault] = []
    header: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header, is_data = _header(cells, reader.line_num, columns, is_key)
                if not is_data:
                    continue
            try:
                row = convert(reader.line_num, _cells(header, cells, reader.line_num))
                if row is not None:
                    rows.append(row)
            except RowError as error:
                faults.append(error.fault)
    except csv.Error as error:
        faults.append(RowFault(reader.line_num, "", "", f"this is no CSV: {error}"))
    refuse(faults, "is wrong", "are wrong")
    return rows


def refuse(faults: list[RowFault], one: str, many: str) -> None:
    """Raise InputError where there are faults, showing the first hundred; what is said of one row, and of many."""
    if faults:
        more = f" (the first {FAULTS_SHOWN} are shown)" if len(faults) > FAULTS_SHOWN else ""
        what = f"1 row {one}" if len(faults) == 1 else f"{len(faults)} rows {many}"
        raise InputError(f"{what}{more}; nothing was changed", tuple(faults[:FAULTS_SHOWN]))


def text_cell(line: int, name: str, cell: str) -> str:
    """Return a name or a reason. Raises RowError where it cannot be stored."""
    if wrong := check_text(name, cell):
        raise RowError(line, name, cell[:80], wrong)
    return cell


def instant_cell(line: int, name: str, cell: str, *, end: bool) -> int | None:
    """Return Unix seconds of a date, None for an empty cell. Raises RowError."""
    if not cell:
        return None
    try:
        return parse_instant(cell, end=end)
    except InputError:
        raise RowError(line, name, cell, "a date such as 2026-12-31 is expected") from None


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a text with their ends, one after the other: a copy in memory takes four octets a letter."""
    begin = 0
    while text.startswith("\ufeff", begin):
        begin += 1
    return (match[0] for match in _LINE(text, begin))


def _cells(header: list[str], cells: list[str], line: int) -> dict[str, str]:
    if len(cells) != len(header):
        raise RowError(line, "", ",".join(cells)[:80], f"{len(header)} cells are expected, these are {len(cells)}")
    return dict(zip(header, [cell.strip() for cell in cells], strict=True))


def _header(cells: list[str], line: int, columns: Columns, is_key: Callable[[str], bool]) -> tuple[list[str], bool]:
    """Return the columns, and whether this first line is already a row."""
    names = [cell.strip().lower() for cell in cells]
    if columns.key not in names:
        if len(names) == 1 and is_key(cells[0].strip()):
            return [columns.key], True
        raise InputError(
            f"the first line names the columns; `{columns.key}` is not among them",
            (RowFault(line, "", ",".join(cells)[:80], f"columns: {', '.join(columns.known)}"),),
        )
    faults = [
        RowFault(
            line,
            name,
            "",
            f"no such column; known are {', '.join(columns.known)}"
            if names.count(name) == 1
            else "the column occurs twice",
        )
        for name in dict.fromkeys(names)
        if name not in (*columns.known, *columns.information) or names.count(name) > 1
    ]
    if faults:
        raise InputError("the first line names columns that cannot be read; nothing was changed", tuple(faults))
    return names, False
