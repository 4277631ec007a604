"""Senders as CSV: what ``import`` reads and ``export`` writes.

Columns: ``number`` and any of ``state, codes, accounts, evidence, valid_from, valid_until, state_until, why``. Several
codes or accounts in one cell are separated by spaces. A column that is absent leaves what the registry holds; a cell
that is empty clears it (an empty ``state`` leaves it).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import msgspec

from filters.ports import SenderState
from smppproxy.state import table_csv
from smppproxy.state.codes import print_instant
from smppproxy.state.senders import COUNTRY, Sender, read_number
from smppproxy.state.table_csv import Cells, Columns

REMEMBERED: Final = 10_000  # cells of codes or accounts: many numbers have the same
HELD: Final = ("codes", "accounts")
TEXTS: Final = ("evidence", "why")
INSTANTS: Final = ("valid_from", "valid_until", "state_until")
COLUMNS: Final = Columns(
    "number",
    ("state", *HELD, "evidence", *INSTANTS, "why"),
    ("registered", "who", "created_at", "changed_at"),
)


class Row(msgspec.Struct, frozen=True, gc=False):
    """One line of the file. There may be a million of them, so the names of the columns are held once for all."""

    line: int
    number: str
    names: tuple[str, ...]
    values: tuple[object, ...]

    @property
    def fields(self) -> dict[str, object]:
        """What the line speaks of, by the names of Sender."""
        return dict(zip(self.names, self.values, strict=True))


def parse(text: str, country: str = COUNTRY) -> list[Row]:
    """Return the rows of a file, each number once. Raises InputError with every fault (the first 100)."""
    rows: dict[str, Row] = {}
    names: dict[tuple[str, ...], tuple[str, ...]] = {}

    def convert(cells: Cells) -> None:
        number, wrong = read_number(cells.get("number"), country)
        if wrong:
            cells.fault("number", wrong)
        fields = _fields(cells)
        if cells.faults:
            return
        row = Row(cells.line, number, names.setdefault(tuple(fields), tuple(fields)), tuple(fields.values()))
        # The same again does no harm, another for the same number is a contradiction.
        known = rows.setdefault(number, row)
        if known is not row and known.fields != row.fields:
            cells.fault("number", f"row {known.line} says otherwise of the same number")

    table_csv.parse(text, COLUMNS, convert, lambda cell: any(c.isdigit() for c in cell) and not read_number(cell)[1])
    return list(rows.values())


def render(senders: Iterable[Sender]) -> str:
    """Return senders as CSV with a head line; :func:`parse` reads it back."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS.known + COLUMNS.information)
    for each in senders:
        moments = map(print_instant, (each.valid_from, each.valid_until, each.state_until))
        written = map(print_instant, (each.created_at // 1000, each.changed_at // 1000))
        holders = (" ".join(each.codes), " ".join(each.accounts))
        writer.writerow(
            (
                *(each.number, str(each.state), *holders, each.evidence, *moments, each.why),
                *("yes" if each.registered else "no", each.who, *written),
            )
        )
    return out.getvalue()


def _fields(cells: Cells) -> dict[str, object]:
    """Return what a row speaks of."""
    fields: dict[str, object] = {}
    for name in cells.columns:
        if name in HELD:
            fields[name] = _holders(cells.get(name))
        elif name in TEXTS:
            fields[name] = cells.text(name)
        elif name in INSTANTS:
            fields[name] = cells.instant(name, end=name != "valid_from")
        elif name == "state" and cells.get(name):
            fields[name] = cells.one_of(name, SenderState)
    return fields


@lru_cache(REMEMBERED)
def _holders(cell: str) -> tuple[str, ...]:
    return tuple(sorted(set(cell.replace(";", " ").split())))
