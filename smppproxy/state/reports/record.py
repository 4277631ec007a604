"""One report as a file tells it, whatever the file's form, and what its cells mean."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Final, NamedTuple

from filters.numbers import KOREA, Kind, canonical

SEOUL: Final = timezone(timedelta(hours=9), "KST")  # all times of the files; Korea has had no summer time since 1988
TEXT_LIMIT: Final = 16_000  # characters of a text; an LMS has 2,000 octets, a long message_payload 64 KiB
REMEMBERED: Final = 4096  # cells whose meaning is remembered: a file says the same over and over
CELL_LIMIT: Final = 200  # characters of any other cell

HAM: Final = "ham"  # a report that says "this is no spam"
INVESTMENT: Final = "investment"
OTHER: Final = "spam"

#: What the files' labels mean to the model, by the word that occurs in them: the first that fits.
LABELS: Final = {
    "비스팸": HAM, "not spam": HAM, "도박": "gambling", "게임": "gambling", "대출": "loan", "의약품": "drug",
    "마약": "drug", "성인": "adult", "유흥": "adult", "주식": INVESTMENT, "재테크": INVESTMENT, "코인": INVESTMENT,
    "투자": INVESTMENT, "통신": OTHER, "취업": OTHER, "구인": OTHER, "부업": OTHER, "교육": OTHER, "건강": OTHER,
    "금융": OTHER, "보험": OTHER, "대리운전": OTHER, "로또": OTHER, "기타": OTHER,
}  # fmt: skip

VOICE: Final = ("음성", "voice")  # words of a report type that is about a call

_GAPS: Final = re.compile(r"[\s\-./:]+")
_MASKED: Final = re.compile(r"[0*xX?#\-\s]*").fullmatch
_HIDDEN: Final = re.compile(r"[*?#]|xx|[0-9]x|x[0-9]", re.IGNORECASE).search


class Report(NamedTuple):
    """One report. Instants are Unix seconds, 0 where the file does not say."""

    place: int  # line or row of the file it begins at
    received: int
    reported: int
    label: str
    channel: str
    sender: str  # E.164 digits or a name; "" where it is masked or absent
    origin: str  # the number behind it, the same way
    relay: str
    recipient: str  # as written; "" in most files
    text: str
    number: str = ""  # the file's own number of the report, "" where it has none

    @property
    def category(self) -> str:
        """The class the label stands for, "" for a label nobody has told us of."""
        return category_of(self.label)

    @property
    def counts(self) -> bool:
        """Whether it accuses a sender of spam by message."""
        return self.category != HAM and not any(word in self.channel.lower() for word in VOICE)


class Reject(NamedTuple):
    """A row that is no report: where, what is wrong with it, and its beginning."""

    place: int
    expected: str
    content: str


class BadRowError(ValueError):
    """A row cannot be read; the message says what was expected."""


@lru_cache(REMEMBERED)
def category_of(label: str) -> str:
    """Return the class of a label."""
    bare = label.replace(" ", "").lower()
    return next((name for word, name in LABELS.items() if word.replace(" ", "") in bare), "")


def instant_of(cell: object) -> int:
    """Return Unix seconds of a time in Seoul, 0 for an empty cell. Raises BadRowError."""
    return _seconds(cell) if isinstance(cell, datetime) else _instant(str(cell or "").strip())


@lru_cache(REMEMBERED)
def _instant(text: str) -> int:
    if not text or text == "-":
        return 0
    digits = text if text.isdigit() else _GAPS.sub("", text).replace("T", "").split("+")[0]
    if not digits.isascii() or not digits.isdigit() or len(digits) not in (8, 12, 14, 17, 20):
        raise BadRowError(f"{text[:40]!r} is no time; such as 202702011530 is expected")
    parts = digits[:14].ljust(14, "0")
    try:  # strptime takes ten times as long
        month, day, hour, minute, second = (int(parts[at : at + 2]) for at in range(4, 14, 2))
        return _seconds(datetime(int(parts[:4]), month, day, hour, minute, second, tzinfo=SEOUL))
    except BadRowError:
        raise
    except ValueError:
        raise BadRowError(f"{text[:40]!r} is no time; such as 202702011530 is expected") from None


def times_of(one: object, other: object) -> tuple[int, int]:
    """Return (received, reported). Files have them in either order: nothing is reported before it came."""
    first, second = _both(one, other)
    return (min(first, second), max(first, second)) if first and second else (first or second, second or first)


def _both(one: object, other: object) -> tuple[int, int]:
    """Return two times as Unix seconds. Raises BadRowError with what is wrong with either."""
    found, faults = [], []
    for cell in (one, other):
        try:
            found.append(instant_of(cell))
        except BadRowError as error:
            faults.append(str(error))
    if faults:
        raise BadRowError("; ".join(faults))
    return found[0], found[1]


def sender_of(cell: object) -> str:
    """Return a sender as the registry spells it, "" where the file hides it: zeros, stars, nothing."""
    return _sender(str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell or "").strip())


@lru_cache(REMEMBERED)
def _sender(text: str) -> str:
    if _MASKED(text) or _HIDDEN(text):
        return ""
    found = canonical(text[:CELL_LIMIT], country=KOREA)
    if found.kind is Kind.INVALID and text.isdigit():
        again = canonical("0" + text, country=KOREA)  # a spreadsheet took the number for a number
        found = again if again.kind is not Kind.INVALID else found
    return found.e164[:32]


def cell_of(cell: object) -> str:
    """Return a short cell as it may be stored."""
    text = str("" if cell is None else cell).strip()[:CELL_LIMIT]
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def text_of(cell: object) -> str:
    """Return the text of a message as it may be stored: no NUL, no half of a surrogate pair, no more than fits."""
    text = str("" if cell is None else cell).replace("\0", "").strip()[:TEXT_LIMIT]
    return text.encode("utf-8", "replace").decode() if not text.isascii() else text


def _seconds(moment: datetime) -> int:
    if not 1990 <= moment.year <= 2100:
        raise BadRowError(f"{moment.isoformat()} is no time of a report; a year from 1990 to 2100 is expected")
    return int((moment if moment.tzinfo else moment.replace(tzinfo=SEOUL)).timestamp())
