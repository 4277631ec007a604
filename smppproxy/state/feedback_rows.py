"""Files of feedback: CSV or TSV with a text and a label a row, and where it comes from as far as that is known."""

from __future__ import annotations

import csv
import io
from enum import StrEnum
from typing import Final

import msgspec

from models.recipe.labels import CATEGORIES, CLASSES, SUBCLASSES
from smppproxy.state.errors import RowFault
from smppproxy.state.table_csv import CELL_SHOWN, Cells, Columns, parse

TEXT_LIMIT: Final = 20_000  # characters: 255 segments of 67 UCS-2 characters are 17,085
COLUMNS: Final = Columns(
    "text", ("label", "category", "lang", "authority", "source", "who", "why", "at"), ("fingerprint", "effective")
)
HAM: Final = "ham"
_HONEST: Final = frozenset({HAM, "not spam", "not_spam", "notspam", "normal", "비스팸", "정상", "스팸아님"})
_OF_SUBCLASS: Final = {name: label for label, names in SUBCLASSES.items() for name in names}


class Authority(StrEnum):
    """Who says what a text is, the weakest first: of two that contradict each other the later in this list holds."""

    RESELLER = "reseller"  # whose text it is
    PERSON = "person"  # the abuse desk
    REGULATOR = "regulator"  # a labelled report
    APPEAL = "appeal"  # a verdict that was overturned: somebody looked twice

    @property
    def rank(self) -> int:
        """Greater beats smaller."""
        return list(Authority).index(self)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One row: what somebody said of a text. ``at`` is Unix milliseconds, 0 = when it is imported."""

    line: int
    text: str
    label: str  # ham or a class
    subclass: str = ""
    lang: str = ""
    authority: Authority = Authority.PERSON
    source: str = ""
    who: str = ""
    why: str = ""
    at: int = 0


def label_of(label: str, category: str = "") -> tuple[str, str] | None:
    """Return class and sub-class of a label as people write it, None where it says nothing we know.

    Classes, sub-classes (``parcel``, ``smishing/parcel``, ``transactional``), "not spam", and the regulator's words.
    """
    label, category = (" ".join(each.strip().lower().split()) for each in (label, category))
    label, _, inner = label.partition("/")
    category = category or inner
    if label in _HONEST:
        return (HAM, category) if category in ("", *SUBCLASSES[HAM]) else None
    name = label if label in CLASSES else _OF_SUBCLASS.get(label) or CATEGORIES.get(label)
    if name is None:
        return None
    if label != name and label in _OF_SUBCLASS and not category:
        category = label
    if category and category not in SUBCLASSES.get(name, ()):
        other = CATEGORIES.get(category) or _OF_SUBCLASS.get(category)
        if other is None or (name not in ("spam", other)):
            return None
        name, category = other, category if category in SUBCLASSES.get(other, ()) else ""
    return name, category


def read(text: str, defaults: Said) -> list[Said]:
    """Return the rows of a file; cells left out are those of ``defaults``. Raises InputError with every fault."""

    def convert(cells: Cells) -> Said:
        return _row(cells, defaults)

    return parse(_as_csv(text), COLUMNS, convert, lambda _: False)


def _row(cells: Cells, defaults: Said) -> Said:
    text = cells.get("text")
    if not text:
        cells.fault("text", "a text is expected")
    if len(text) > TEXT_LIMIT:
        cells.fault("text", f"at most {TEXT_LIMIT} characters are expected, not {len(text)}")
    label, category = cells.get("label") or defaults.label, cells.get("category")
    said = label_of(label, category)
    if said is None:
        told = "/".join(filter(None, (label, category)))[:CELL_SHOWN]
        expected = f"expected {HAM}, {', '.join(CLASSES)}, a sub-class, or not spam"
        cells.faults.append(RowFault(cells.line, "label", told, expected))
    at = cells.instant("at", end=False)
    return Said(
        line=cells.line,
        text=text,
        label=said[0] if said else "",
        subclass=said[1] if said else "",
        lang=cells.get("lang")[:8].lower() or defaults.lang,
        authority=cells.one_of("authority", Authority) or defaults.authority,
        source=cells.text("source", defaults.source),
        who=cells.text("who", defaults.who),
        why=cells.text("why", defaults.why),
        at=defaults.at if at is None else at * 1000,
    )


def _as_csv(text: str) -> str:
    """A table whose head is parted by tabs, as CSV: there a quotation mark is a letter and a line is a row."""
    head, _, _ = text.lstrip("\ufeff").partition("\n")
    if "\t" not in head:
        return text
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for line in text.lstrip("\ufeff").split("\n"):
        writer.writerow(line.rstrip("\r").split("\t") if line.strip() else [])
    return out.getvalue()
