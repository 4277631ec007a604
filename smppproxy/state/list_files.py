"""Files of lists: hosts files, CSV, and plain text of one entry a line.

CSV names its columns: ``entry`` (or ``host``, ``domain``, ``url``, ``number``, ``recipient``, ``pattern``) and any of
``source, reason, expires``. In hosts files and plain text ``#`` begins a comment; in patterns only at the line's start.
Encodings: :mod:`smppproxy.state.table_csv`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from smppproxy.state import table_csv
from smppproxy.state.codes import print_instant
from smppproxy.state.errors import RowFault
from smppproxy.state.list_keys import ListKind, shown_key
from smppproxy.state.table_csv import CELL_SHOWN, Cells, Columns, refuse

NAMES: Final = ("entry", "host", "domain", "url", "number", "recipient", "pattern")
OTHERS: Final = ("source", "reason", "expires")

#: What hosts files name for the machine itself.
_OWN: Final = re.compile(r"local|localhost(\.localdomain|[46]\..*)?|broadcasthost|ip6-.*|0\.0\.0\.0|[^.]*").fullmatch
_ADDRESS: Final = re.compile(r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.%]*\S*)\s+\S").match


class Format(StrEnum):
    """How a file is written."""

    AUTO = "auto"  # told by its first line
    HOSTS = "hosts"
    CSV = "csv"
    PLAIN = "plain"


class Item(NamedTuple):
    """What a list says of a key. ``expires`` is Unix seconds, None: never."""

    source: str = ""
    reason: str = ""
    expires: int | None = None


def parse(text: str, kind: ListKind, read: Callable[[str], str], form: Format, default: Item) -> dict[str, Item]:
    """Return what a file says of each key. ``default`` fills what it does not say.

    Raises InputError with every fault (the first 100); the same key twice does no harm where both rows agree.
    """
    text = text.lstrip("\ufeff")
    form = detect(text, kind) if form is Format.AUTO else form
    if form is Format.CSV:
        return _csv(text, read, default)
    found: dict[str, Item] = {}
    faults: list[RowFault] = []
    for line, entry in _hosts(text) if form is Format.HOSTS else _plain(text, kind):
        try:
            found[read(entry)] = default
        except ValueError as error:
            faults.append(RowFault(line, "entry", entry[:CELL_SHOWN], str(error)))
    refuse(faults, "is wrong", "are wrong")
    return found


def detect(text: str, kind: ListKind) -> Format:
    """Tell how a file is written by its first line that is no comment."""
    for line in io.StringIO(text):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        names = [cell.strip().strip('"').lower() for cell in bare.split(",")]
        if any(name in NAMES for name in names):
            return Format.CSV
        return Format.HOSTS if kind is ListKind.HOST and _ADDRESS(bare) else Format.PLAIN
    return Format.PLAIN


def render(kind: ListKind, entries: Iterable[tuple[str, Item]]) -> Iterator[str]:
    """Yield a list as CSV, some thousand lines at a time; :func:`parse` reads it back."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("entry", *OTHERS))
    for number, (key, item) in enumerate(entries, start=1):
        writer.writerow((shown_key(kind, key), item.source, item.reason, print_instant(item.expires)))
        if number % 10_000 == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _csv(text: str, read: Callable[[str], str], default: Item) -> dict[str, Item]:
    first = next((line for line in io.StringIO(text) if line.strip()), "")
    names = [cell.strip().strip('"').lower() for cell in first.split(",")]
    name = next((each for each in names if each in NAMES), "entry")
    found: dict[str, Item] = {}
    same: dict[Item, Item] = {}  # a file says the same of most: one tuple for all of them

    def convert(cells: Cells) -> None:
        key = cells.read(name, read, "")
        item = Item(
            cells.text("source") or default.source,
            cells.text("reason") or default.reason,
            cells.instant("expires", end=True) if cells.get("expires") else default.expires,
        )
        if cells.faults:
            return
        item = same.setdefault(item, item)
        if found.setdefault(key, item) != item:
            cells.fault(name, "an earlier row says otherwise of the same entry")

    table_csv.parse(text, Columns(name, OTHERS), convert, lambda cell: False)
    return found


def _hosts(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        for word in words[1:]:
            if not _OWN(word):
                yield number, word


def _plain(text: str, kind: ListKind) -> Iterator[tuple[int, str]]:
    whole = kind is ListKind.PATTERN
    for number, line in enumerate(text.splitlines(), start=1):
        entry = line.strip()
        if entry.startswith("#") and not (kind is ListKind.RECIPIENT_OPTOUT and len(entry) > 32 and " " not in entry):
            continue
        if not whole and " " in entry:
            entry = re.split(r"\s#", entry, maxsplit=1)[0].strip()
        if entry:
            yield number, entry
