"""Codes as CSV: what ``import`` reads and ``export`` writes.

Columns: ``code`` and any of ``state, owner, valid_from, valid_until, why``, in any order, named in the first line. A
column that is absent leaves what the registry holds; a cell that is empty clears it (an empty ``state`` leaves it). A
file without a head line, one code a line, is read as well. Encodings: :mod:`smppproxy.state.table_csv`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

import msgspec

from filters.ports import CodeState
from smppproxy.state import table_csv
from smppproxy.state.codes import Code, CodeShape, print_instant
from smppproxy.state.table_csv import Columns, RowError, instant_cell, text_cell

COLUMNS: Final = Columns(
    "code", ("state", "owner", "valid_from", "valid_until", "why"), ("who", "created_at", "changed_at")
)


class Row(msgspec.Struct, frozen=True, gc=False):
    """One line of the file. UNSET: the file does not speak of it."""

    line: int
    code: str
    state: CodeState | msgspec.UnsetType = msgspec.UNSET
    owner: str | msgspec.UnsetType = msgspec.UNSET
    valid_from: int | msgspec.UnsetType | None = msgspec.UNSET
    valid_until: int | msgspec.UnsetType | None = msgspec.UNSET
    why: str | msgspec.UnsetType = msgspec.UNSET


def parse(text: str, shape: CodeShape) -> list[Row]:
    """Return the rows of a file, each code once. Raises InputError with every fault (the first 100)."""
    rows: dict[str, Row] = {}

    def convert(line: int, given: dict[str, str]) -> None:
        row = _row(line, given, shape)
        # The same again does no harm, another for the same code is a contradiction.
        known = rows.setdefault(row.code, row)
        if known is not row and msgspec.structs.replace(known, line=line) != row:
            raise RowError(line, "code", row.code, f"row {known.line} says otherwise of the same code")

    table_csv.parse(text, COLUMNS, convert, lambda cell: not shape.check(cell))
    return list(rows.values())


def render(codes: Iterable[Code]) -> str:
    """Return codes as CSV with a head line; :func:`parse` reads it back."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS.known + COLUMNS.information)
    for each in codes:
        moments = (print_instant(each.valid_from), print_instant(each.valid_until))
        written = (print_instant(each.created_at // 1000), print_instant(each.changed_at // 1000))
        writer.writerow((each.code, str(each.state), each.owner, *moments, each.why, each.who, *written))
    return out.getvalue()


def _row(line: int, given: dict[str, str], shape: CodeShape) -> Row:
    code = given["code"]
    if wrong := shape.check(code):
        raise RowError(line, "code", code, wrong)
    row = Row(
        line,
        code,
        _state(given["state"], line) if given.get("state") else msgspec.UNSET,
        text_cell(line, "owner", given["owner"]) if "owner" in given else msgspec.UNSET,
        instant_cell(line, "valid_from", given["valid_from"], end=False) if "valid_from" in given else msgspec.UNSET,
        instant_cell(line, "valid_until", given["valid_until"], end=True) if "valid_until" in given else msgspec.UNSET,
        text_cell(line, "why", given["why"]) if "why" in given else msgspec.UNSET,
    )
    if isinstance(row.valid_from, int) and isinstance(row.valid_until, int) and row.valid_from >= row.valid_until:
        raise RowError(line, "valid_until", given["valid_until"], "a date after valid_from is expected")
    return row


def _state(cell: str, line: int) -> CodeState:
    try:
        return CodeState(cell.lower())
    except ValueError:
        raise RowError(line, "state", cell, f"one of {', '.join(CodeState)} is expected") from None
