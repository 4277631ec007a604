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
from smppproxy.state.table_csv import Columns, RowError, text_cell

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

    def convert(line: int, given: dict[str, str]) -> None:
        name = given["system_id"]
        if not name:
            raise RowError(line, "system_id", "", "a system_id is expected")
        if given.get("password") and given.get("password_hash"):
            raise RowError(line, "password_hash", "", "password or password_hash is expected, not both")
        row = Row(
            line,
            name,
            {key: _value(line, key, given[key]) for key in KEYS if key in given},
            _state(line, given.get("state", "")),
            given.get("password", ""),
            given.get("password_hash", ""),
            text_cell(line, "why", given.get("why", "")),
        )
        known = rows.setdefault(name, row)
        if msgspec.structs.replace(known, line=0) != msgspec.structs.replace(row, line=0):
            raise RowError(line, "system_id", name, f"row {known.line} says otherwise of the same account")

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


def _value(line: int, key: str, cell: str) -> Any:
    if not cell:
        return None
    if key in LISTS:
        return cell.replace(";", " ").split()
    try:
        return _READERS.get(key, str)(cell)
    except ValueError:
        raise RowError(line, key, cell[:80], _EXPECTED[key]) from None


def _table(cell: str) -> Any:
    return json.loads(cell) if cell.startswith("{") else cell


def _flag(cell: str) -> bool:
    try:
        return {"yes": True, "true": True, "no": False, "false": False}[cell.lower()]
    except KeyError:
        raise ValueError(cell) from None


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    **dict.fromkeys(WHOLE, int),
    **dict.fromkeys(TABLES, _table),
    "rate": float,
    "explain_tlv": _flag,
}
_EXPECTED: Final = {
    **dict.fromkeys(WHOLE, "a whole number is expected"),
    **dict.fromkeys(TABLES, 'JSON is expected, such as {"tag": 5376}'),
    "rate": "a number is expected",
    "explain_tlv": "yes or no is expected",
}


def _state(line: int, cell: str) -> AccountState | None:
    if not cell:
        return None
    try:
        return AccountState(cell.lower())
    except ValueError:
        raise RowError(line, "state", cell, f"one of {', '.join(AccountState)} is expected") from None


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
