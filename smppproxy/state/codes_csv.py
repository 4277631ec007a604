"""Codes as CSV: what ``import`` reads and ``export`` writes.

Columns: ``code`` and any of ``state, owner, owner_id, chain, registered_at, valid_from, valid_until, why``, in any
order, named in the first line. A column that is absent leaves what the registry holds; a cell that is empty clears it
(an empty ``state`` or ``registered_at`` leaves it). A chain is written ``nearest reseller > next > first``. A throttle
is exported for information and not imported. A file without a head line, one code a line, is read as well.
Encodings: :mod:`smppproxy.state.table_csv`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

import msgspec

from filters.ports import CodeState
from smppproxy.state import table_csv
from smppproxy.state.codes import Code, CodeShape, print_chain, print_instant, read_chain, read_owner_id
from smppproxy.state.table_csv import Cells, Columns

COLUMNS: Final = Columns(
    "code",
    ("state", "owner", "owner_id", "chain", "registered_at", "valid_from", "valid_until", "why"),
    ("rate", "rate_until", "who", "created_at", "changed_at"),
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
    owner_id: str | msgspec.UnsetType = msgspec.UNSET
    chain: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    registered_at: int | msgspec.UnsetType = msgspec.UNSET


def parse(text: str, shape: CodeShape) -> list[Row]:
    """Return the rows of a file, each code once. Raises InputError with every fault (the first 100)."""
    rows: dict[str, Row] = {}

    def convert(cells: Cells) -> None:
        row = _row(cells, shape)
        if cells.faults:
            return
        # The same again does no harm, another for the same code is a contradiction.
        known = rows.setdefault(row.code, row)
        if known is not row and msgspec.structs.replace(known, line=row.line) != row:
            cells.fault("code", f"row {known.line} says otherwise of the same code")

    table_csv.parse(text, COLUMNS, convert, lambda cell: not shape.check(cell))
    return list(rows.values())


def render(codes: Iterable[Code]) -> str:
    """Return codes as CSV with a head line; :func:`parse` reads it back."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS.known + COLUMNS.information)
    for each in codes:
        moments = (each.registered_at, each.valid_from, each.valid_until)
        throttle = (f"{each.rate:g}" if each.rate else "", print_instant(each.rate_until))
        written = (print_instant(each.created_at // 1000), print_instant(each.changed_at // 1000))
        writer.writerow(
            (
                *(each.code, str(each.state), each.owner, each.owner_id, print_chain(each.chain)),
                *(*map(print_instant, moments), each.why, *throttle, each.who, *written),
            )
        )
    return out.getvalue()


def _row(cells: Cells, shape: CodeShape) -> Row:
    row = Row(
        cells.line,
        code=cells.get("code"),
        state=cells.one_of("state", CodeState) or msgspec.UNSET,
        owner=cells.text("owner") if "owner" in cells else msgspec.UNSET,
        valid_from=cells.instant("valid_from", end=False) if "valid_from" in cells else msgspec.UNSET,
        valid_until=cells.instant("valid_until", end=True) if "valid_until" in cells else msgspec.UNSET,
        why=cells.text("why") if "why" in cells else msgspec.UNSET,
        owner_id=cells.read("owner_id", read_owner_id, msgspec.UNSET),
        chain=cells.read("chain", read_chain, msgspec.UNSET),
        registered_at=_or_unset(cells.instant("registered_at", end=False)),
    )
    if wrong := shape.check(row.code):
        cells.fault("code", wrong)
    if isinstance(row.valid_from, int) and isinstance(row.valid_until, int) and row.valid_from >= row.valid_until:
        cells.fault("valid_until", "a date after valid_from is expected")
    return row


def _or_unset(instant: int | None) -> int | msgspec.UnsetType:
    return msgspec.UNSET if instant is None else instant
