"""Codes as CSV: what ``import`` reads and ``export`` writes.

Columns: ``code`` and any of ``state, owner, valid_from, valid_until, why``, in any order, named in the first line. A
column that is absent leaves what the registry holds; a cell that is empty clears it (an empty ``state`` leaves it). A
file without a head line, one code a line, is read as well. UTF-8 (with or without a byte order mark), UTF-16 with one,
and CP949 are understood.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

import msgspec

from filters.ports import CodeState
from smppproxy.state.codes import Code, CodeShape, check_text, parse_instant, print_instant
from smppproxy.state.errors import InputError, RowFault

COLUMNS: Final = ("code", "state", "owner", "valid_from", "valid_until", "why")
INFORMATION: Final = ("who", "created_at", "changed_at")  # written by export for people, skipped by import
FAULTS_SHOWN: Final = 100  # a file of the wrong kind has a fault in each row; the first hundred say all


class Row(msgspec.Struct, frozen=True, gc=False):
    """One line of the file. UNSET: the file does not speak of it."""

    line: int
    code: str
    state: CodeState | msgspec.UnsetType = msgspec.UNSET
    owner: str | msgspec.UnsetType = msgspec.UNSET
    valid_from: int | msgspec.UnsetType | None = msgspec.UNSET
    valid_until: int | msgspec.UnsetType | None = msgspec.UNSET
    why: str | msgspec.UnsetType = msgspec.UNSET


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


def parse(text: str, shape: CodeShape) -> list[Row]:
    """Return the rows of a file, each code once. Raises InputError with every fault (the first 100)."""
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True)
    rows: dict[str, Row] = {}
    faults: list[RowFault] = []
    header: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header, is_data = _header(cells, reader.line_num, shape)
                if not is_data:
                    continue
            try:
                row = _row(header, [cell.strip() for cell in cells], reader.line_num, shape)
                _add(rows, row)
            except _RowError as error:
                faults.append(error.fault)
    except csv.Error as error:
        faults.append(RowFault(reader.line_num, "", "", f"this is no CSV: {error}"))
    if faults:
        shown = tuple(faults[:FAULTS_SHOWN])
        more = f" (the first {FAULTS_SHOWN} are shown)" if len(faults) > FAULTS_SHOWN else ""
        raise InputError(f"{len(faults)} rows are wrong{more}; nothing was changed", shown)
    return list(rows.values())


def render(codes: Iterable[Code]) -> str:
    """Return codes as CSV with a head line; :func:`parse` reads it back."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS + INFORMATION)
    for each in codes:
        moments = (print_instant(each.valid_from), print_instant(each.valid_until))
        written = (print_instant(each.created_at // 1000), print_instant(each.changed_at // 1000))
        writer.writerow((each.code, str(each.state), each.owner, *moments, each.why, each.who, *written))
    return out.getvalue()


class _RowError(Exception):
    def __init__(self, fault: RowFault) -> None:
        self.fault = fault


def _header(cells: list[str], line: int, shape: CodeShape) -> tuple[list[str], bool]:
    """Return the columns, and whether this first line is already a code."""
    names = [cell.strip().lower() for cell in cells]
    if "code" not in names:
        if len(names) == 1 and not shape.check(cells[0].strip()):
            return ["code"], True
        raise InputError(
            "the first line names the columns; `code` is not among them",
            (RowFault(line, "", ",".join(cells)[:80], f"columns: {', '.join(COLUMNS)}"),),
        )
    faults = [
        RowFault(
            line,
            name,
            "",
            f"no such column; known are {', '.join(COLUMNS)}" if names.count(name) == 1 else "the column occurs twice",
        )
        for name in dict.fromkeys(names)
        if name not in COLUMNS + INFORMATION or names.count(name) > 1
    ]
    if faults:
        raise InputError("the first line names columns that cannot be read; nothing was changed", tuple(faults))
    return names, False


def _row(header: list[str], cells: list[str], line: int, shape: CodeShape) -> Row:
    if len(cells) != len(header):
        raise _RowError(
            RowFault(line, "", ",".join(cells)[:80], f"{len(header)} cells are expected, these are {len(cells)}")
        )
    given = dict(zip(header, cells, strict=True))
    code = given["code"]
    if wrong := shape.check(code):
        raise _RowError(RowFault(line, "code", code, wrong))
    row = Row(
        line,
        code,
        _state(given["state"], line) if given.get("state") else msgspec.UNSET,
        _text("owner", given["owner"], line) if "owner" in given else msgspec.UNSET,
        _instant("valid_from", given["valid_from"], line) if "valid_from" in given else msgspec.UNSET,
        _instant("valid_until", given["valid_until"], line) if "valid_until" in given else msgspec.UNSET,
        _text("why", given["why"], line) if "why" in given else msgspec.UNSET,
    )
    if isinstance(row.valid_from, int) and isinstance(row.valid_until, int) and row.valid_from >= row.valid_until:
        raise _RowError(RowFault(line, "valid_until", given["valid_until"], "a date after valid_from is expected"))
    return row


def _add(rows: dict[str, Row], row: Row) -> None:
    """Keep a row; the same again does no harm, another for the same code is a contradiction."""
    known = rows.setdefault(row.code, row)
    if known is not row and msgspec.structs.replace(known, line=row.line) != row:
        raise _RowError(RowFault(row.line, "code", row.code, f"row {known.line} says otherwise of the same code"))


def _state(cell: str, line: int) -> CodeState:
    try:
        return CodeState(cell.lower())
    except ValueError:
        raise _RowError(RowFault(line, "state", cell, f"one of {', '.join(CodeState)} is expected")) from None


def _text(name: str, cell: str, line: int) -> str:
    if wrong := check_text(name, cell):
        raise _RowError(RowFault(line, name, cell[:80], wrong))
    return cell


def _instant(name: str, cell: str, line: int) -> int | None:
    if not cell:
        return None
    try:
        return parse_instant(cell, end=name == "valid_until")
    except InputError:
        raise _RowError(RowFault(line, name, cell, "a date such as 2026-12-31 is expected")) from None
