"""Accounts as CSV: what ``import`` reads and ``export`` writes.

Columns: ``system_id`` and any of ``state, password, password_hash`` and the keys of ``[[accounts]]``. Several codes,
networks or prefixes in one cell are separated by spaces; a table (``statuses``, ``code``) is written as JSON. A column
that is absent leaves what the store holds; an empty cell brings back the default (an empty ``state`` or password leaves
it).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from smppproxy.state import table_csv
from smppproxy.state.accounts import AccountState, StoredAccount
from smppproxy.state.codes import print_instant
from smppproxy.state.errors import RowFault
from smppproxy.state.table_csv import Cells, Columns

LISTS: Final = ("codes", "allow", "numbers")
TABLES: Final = ("statuses", "code")
WHOLE: Final = ("max_binds", "window", "burst")
WORDS: Final = ("upstream", "route", "inject_code")
KEYS: Final = ("upstream", *LISTS, *WHOLE, "rate", "statuses", "route", "inject_code", "explain_tlv", "code")
COLUMNS: Final = Columns(
    "system_id",
    ("state", "password", "password_hash", *KEYS, "why"),
    ("who", "created_at", "changed_at"),
)


class Row(msgspec.Struct, frozen=True, gc=False):
    """One line of the file. ``settings`` holds the keys it speaks of, None for the default."""

    line: int
    system_id: str
    settings: dict[str, Any]
    state: AccountState | None
    password: str
    password_hash: str
    why: str


def parse(text: str) -> list[Row]:
    """Return the rows of a file, each account once. Raises InputError with every fault (the first 100)."""
    rows: dict[str, Row] = {}

    def convert(cells: Cells) -> None:
        name = cells.get("system_id")
        if not name:
            cells.fault("system_id", "a system_id is expected")
        if cells.get("password") and cells.get("password_hash"):
            cells.faults.append(
                RowFault(cells.line, "password_hash", "", "password or password_hash is expected, not both")
            )
        row = Row(
            cells.line,
            name,
            {key: cells.read(key, _READERS[key], None) for key in KEYS if key in cells},
            cells.one_of("state", AccountState),
            cells.get("password"),
            cells.get("password_hash"),
            cells.text("why"),
        )
        if cells.faults:
            return
        known = rows.setdefault(name, row)
        if msgspec.structs.replace(known, line=0) != msgspec.structs.replace(row, line=0):
            cells.fault("system_id", f"row {known.line} says otherwise of the same account")

    # A name alone is no account: the head line is always there.
    table_csv.parse(text, COLUMNS, convert, lambda cell: False)
    return list(rows.values())


def render(accounts: Iterable[StoredAccount], *, hashes: bool = False) -> str:
    """Return accounts as CSV with a head line; :func:`parse` reads it back. ``hashes``: with those of passwords."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    secret = ("password_hash",) if hashes else ()
    writer.writerow(("system_id", "state", *secret, *KEYS, "why", *COLUMNS.information))
    for each in accounts:
        cells = [_cell(each.settings.get(key)) for key in KEYS]
        written = (print_instant(each.created_at // 1000), print_instant(each.changed_at // 1000))
        hashed = (each.password_hash,) if hashes else ()
        writer.writerow((each.system_id, str(each.state), *hashed, *cells, each.why, each.who, *written))
    return out.getvalue()


def _names(cell: str) -> list[str]:
    return cell.replace(";", " ").split()


def _table(cell: str) -> Any:
    return json.loads(cell) if cell.startswith("{") else cell


def _flag(cell: str) -> bool:
    try:
        return {"yes": True, "true": True, "no": False, "false": False}[cell.lower()]
    except KeyError:
        raise ValueError(cell) from None


def _reader(read: Callable[[str], Any], expected: str) -> Callable[[str], Any]:
    """Return what reads a cell, None where it is empty, and says what was expected where it cannot."""

    def reader(cell: str) -> Any:
        try:
            return read(cell) if cell else None
        except ValueError:
            raise ValueError(expected) from None

    return reader


_READERS: Final = {
    **dict.fromkeys(WORDS, _reader(str, "")),
    **dict.fromkeys(LISTS, _reader(_names, "")),
    **dict.fromkeys(WHOLE, _reader(int, "a whole number is expected")),
    **dict.fromkeys(TABLES, _reader(_table, 'JSON is expected, such as {"tag": 5376}')),
    "rate": _reader(float, "a number is expected"),
    "explain_tlv": _reader(_flag, "yes or no is expected"),
}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
