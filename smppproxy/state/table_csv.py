"""CSV files of the registries: encodings, the head line, and faults of rows told all at once.

UTF-8 (with or without a byte order mark), UTF-16 with one, and CP949 are understood. The first line names the columns,
in any order; a file without it, one key a line, is read as well.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from smppproxy.state.codes import check_text, parse_instant
from smppproxy.state.errors import InputError, RowFault

FAULTS_SHOWN: Final = 100  # a file of the wrong kind has a fault in each row; the first hundred say all

CELL_SHOWN: Final = 80  # characters of a cell that a fault shows

R = TypeVar("R")
D = TypeVar("D")
E = TypeVar("E", bound=StrEnum)

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


class Cells:
    """The cells of one row by column. What is wrong with them is noted, so that a row tells all its faults at once."""

    __slots__ = ("_cells", "faults", "line")

    def __init__(self, line: int, cells: dict[str, str]) -> None:
        self.line = line
        self.faults: list[RowFault] = []
        self._cells = cells

    @property
    def columns(self) -> Iterable[str]:
        """The columns of the file, as it orders them."""
        return self._cells.keys()

    def __contains__(self, column: str) -> bool:
        return column in self._cells

    def get(self, column: str) -> str:
        """Return a cell as it stands, "" where the column is absent."""
        return self._cells.get(column, "")

    def fault(self, column: str, expected: str) -> None:
        """Note what was expected in a cell."""
        self.faults.append(RowFault(self.line, column, self.get(column)[:CELL_SHOWN], expected))

    def read(self, column: str, reader: Callable[[str], R], otherwise: D) -> R | D:
        """Return what ``reader`` makes of a cell, ``otherwise`` where it is absent or ``reader`` raises ValueError."""
        cell = self._cells.get(column)
        if cell is not None:
            try:
                return reader(cell)
            except ValueError as error:
                self.fault(column, str(error))
        return otherwise

    def text(self, column: str, empty: str = "") -> str:
        """Return a name or a reason that can be stored, ``empty`` for an empty cell."""
        text = self.get(column) or empty
        if text and (wrong := check_text(column, text)):
            self.fault(column, wrong)
        return text

    def instant(self, column: str, *, end: bool) -> int | None:
        """Return Unix seconds of a date, None for an empty cell."""
        cell = self.get(column)
        try:
            return parse_instant(cell, end=end) if cell else None
        except InputError:
            self.fault(column, "a date such as 2026-12-31 is expected")
            return None

    def one_of(self, column: str, kind: type[E]) -> E | None:
        """Return one of the words of an enumeration, None for an empty cell."""
        cell = self.get(column)
        try:
            return kind(cell.lower()) if cell else None
        except ValueError:
            self.fault(column, f"one of {', '.join(kind)} is expected")
            return None


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


def parse(text: str, columns: Columns, convert: Callable[[Cells], R | None], is_key: Callable[[str], bool]) -> list[R]:
    """Return what ``convert`` makes of each row but None; of a row with faults nothing is kept.

    ``is_key`` tells whether the only cell of a first line is already a key. Raises InputError with every fault (the
    first 100), also where there is no row.
    """
    reader = csv.reader(_lines(text), strict=True)
    rows: list[R] = []
    faults: list[RowFault] = []
    header: list[str] | None = None
    some = False
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header, is_data = _header(cells, reader.line_num, columns, is_key)
                if not is_data:
                    continue
            some = True
            if len(cells) != len(header):
                told = f"{len(header)} cells are expected, these are {len(cells)}"
                faults.append(RowFault(reader.line_num, "", ",".join(cells)[:CELL_SHOWN], told))
                continue
            given = Cells(reader.line_num, dict(zip(header, [cell.strip() for cell in cells], strict=True)))
            row = convert(given)
            if given.faults:
                faults += given.faults
            elif row is not None:
                rows.append(row)
    except csv.Error as error:
        faults.append(RowFault(reader.line_num, "", "", f"this is no CSV: {error}"))
    refuse(faults, "is wrong", "are wrong")
    if not some:
        told = "is empty" if header is None else "holds no rows, only the line that names the columns"
        raise InputError(f"the file {told}; nothing was changed")
    return rows


def refuse(faults: list[RowFault], one: str, many: str) -> None:
    """Raise InputError where there are faults, showing the first hundred; what is said of one row, and of many."""
    if faults:
        more = f" (the first {FAULTS_SHOWN} faults are shown)" if len(faults) > FAULTS_SHOWN else ""
        rows = len({fault.row for fault in faults})
        what = f"1 row {one}" if rows == 1 else f"{rows} rows {many}"
        raise InputError(f"{what}{more}; nothing was changed", tuple(faults[:FAULTS_SHOWN]))


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a text with their ends, one after the other: a copy in memory takes four octets a letter."""
    begin = 0
    while text.startswith("\ufeff", begin):
        begin += 1
    return (match[0] for match in _LINE(text, begin))


def _header(cells: list[str], line: int, columns: Columns, is_key: Callable[[str], bool]) -> tuple[list[str], bool]:
    """Return the columns, and whether this first line is already a row."""
    names = [cell.strip().lower() for cell in cells]
    if columns.key not in names:
        if len(names) == 1 and is_key(cells[0].strip()):
            return [columns.key], True
        raise InputError(
            f"the first line names the columns; `{columns.key}` is not among them",
            (RowFault(line, "", ",".join(cells)[:CELL_SHOWN], f"columns: {', '.join(columns.known)}"),),
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
