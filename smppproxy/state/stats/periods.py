"""The spans of days a report is about, and which rows of the counts cover them."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import Final

import msgspec

from smppproxy.state.errors import InputError

_DAY: Final = timedelta(days=1)
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})").fullmatch
_HALF: Final = re.compile(r"(\d{4})-?[Hh]([12])").fullmatch


class Span(msgspec.Struct, frozen=True):
    """Days from ``first`` to ``last``, both included. ``kind``: day, month, half, year or range."""

    kind: str
    first: date
    last: date

    def before(self) -> Span:
        """Return the span to compare with: the one before it of the same kind, cut as short as this one is."""
        days = (self.last - self.first).days
        match self.kind:
            case "month":
                first = add_months(self.first, -1)
            case "half":
                first = add_months(self.first, -6)
            case _:
                return Span(self.kind, self.first - (days + 1) * _DAY, self.first - _DAY)
        if self.last + _DAY == self._end():
            return Span(self.kind, first, self.first - _DAY)
        return Span(self.kind, first, min(first + days * _DAY, self.first - _DAY))

    def until(self, today: date) -> Span:
        """Return the part of the span that has come; the day itself where it lies ahead altogether."""
        return Span(self.kind, self.first, max(self.first, min(self.last, today)))

    def parts(self) -> list[str]:
        """Return the days, or the months of a span longer than 62 days: the steps of a chart."""
        if (self.last - self.first).days < 62:
            return [(self.first + n * _DAY).isoformat() for n in range((self.last - self.first).days + 1)]
        months, month = [], self.first.replace(day=1)
        while month <= self.last:
            months.append(month.isoformat()[:7])
            month = add_months(month, 1)
        return months

    def _end(self) -> date:
        return add_months(self.first, 1 if self.kind == "month" else 6)


def cover(span: Span) -> list[str]:
    """Return the periods whose counts make up a span: whole months where there are any, days at its ends."""
    found, day = [], span.first
    while day <= span.last:
        month_end = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        if day.day == 1 and month_end <= span.last:
            found.append(day.isoformat()[:7])
            day = month_end + _DAY
        else:
            found.append(day.isoformat())
            day += _DAY
    return found


def span_of_day(text: str) -> Span:
    """Return one day. Raises InputError."""
    day = _date(text)
    return Span("day", day, day)


def span_of_month(text: str) -> Span:
    """Return a month such as ``2026-10``. Raises InputError."""
    match = _MONTH(text)
    if match is None or not 1 <= int(match[2]) <= 12 or not int(match[1]):
        raise InputError(f"{text!r}: a month such as 2026-10 is expected")
    first = date(int(match[1]), int(match[2]), 1)
    return Span("month", first, add_months(first, 1) - _DAY)


def span_of_half(text: str) -> Span:
    """Return half a year such as ``2026-H1``. Raises InputError."""
    match = _HALF(text)
    if match is None or not int(match[1]):
        raise InputError(f"{text!r}: half a year such as 2026-H1 is expected")
    first = date(int(match[1]), 1 if match[2] == "1" else 7, 1)
    return Span("half", first, add_months(first, 6) - _DAY)


def span_of_range(first: str, last: str) -> Span:
    """Return the days from one to another, both included. Raises InputError."""
    span = Span("range", _date(first), _date(last))
    if span.last < span.first:
        raise InputError(f"the range ends on {last}, before it begins on {first}")
    return span


def add_months(day: date, months: int) -> date:
    """Return the same day of another month, or its last day where it has none such; the calendar's end at most."""
    number = day.year * 12 + day.month - 1 + months
    number = max(12, min(number, 9999 * 12 + 11))
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r}: a day such as 2026-10-31 is expected") from None
