"""Spans of days: what they compare with, and which counts cover them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state.errors import InputError
from smppproxy.state.stats import periods
from smppproxy.state.stats.periods import Span, cover

DAYS = st.dates(date(1, 1, 1), date(9990, 1, 1))


def _shown(span: Span) -> tuple[str, str]:
    return span.first.isoformat(), span.last.isoformat()


def test_spans_and_what_is_before_them() -> None:
    half = periods.span_of_half("2026-h1")
    assert (_shown(half), _shown(half.before())) == (("2026-01-01", "2026-06-30"), ("2025-07-01", "2025-12-31"))
    month = periods.span_of_month("2026-03")
    assert (_shown(month), _shown(month.before())) == (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28"))
    assert _shown(periods.span_of_range("2026-03-01", "2026-03-10").before()) == ("2026-02-19", "2026-02-28")
    assert _shown(periods.span_of_day("2026-01-01").before()) == ("2025-12-31", "2025-12-31")


def test_a_span_that_is_not_over_is_compared_with_as_many_days() -> None:
    month = periods.span_of_month("2026-03").until(date(2026, 3, 10))
    assert (_shown(month), _shown(month.before())) == (("2026-03-01", "2026-03-10"), ("2026-02-01", "2026-02-10"))
    month = periods.span_of_month("2026-03").until(date(2026, 3, 30))
    assert _shown(month.before()) == ("2026-02-01", "2026-02-28")
    ahead = periods.span_of_month("2027-01").until(date(2026, 3, 10))
    assert _shown(ahead) == ("2027-01-01", "2027-01-01")


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (periods.span_of_month, "2026-13"), (periods.span_of_month, "2026-1"), (periods.span_of_month, "0000-01"),
        (periods.span_of_half, "2026-H3"), (periods.span_of_half, "0000-H1"), (periods.span_of_day, "31.10.2026"),
    ],
)  # fmt: skip
def test_what_is_no_span_is_said_so(read: object, text: str) -> None:
    with pytest.raises(InputError, match=f"'{text}'"):
        read(text)  # type: ignore[operator]
    with pytest.raises(InputError, match="before it begins"):
        periods.span_of_range("2026-02-02", "2026-02-01")


@given(DAYS, st.integers(0, 900))
def test_a_span_is_covered_without_gap_or_overlap(first: date, days: int) -> None:
    last = min(first + timedelta(days), date(9999, 1, 1))
    covered: list[date] = []
    for period in cover(Span("range", first, last)):
        span = periods.span_of_month(period) if len(period) == 7 else periods.span_of_day(period)
        covered += [span.first + timedelta(n) for n in range((span.last - span.first).days + 1)]
    assert covered == [first + timedelta(n) for n in range((last - first).days + 1)]


def test_half_a_year_is_six_rows_of_the_counts() -> None:
    assert len(cover(periods.span_of_half("2026-H2"))) == 6
    assert len(periods.span_of_half("2026-H2").parts()) == 6
    assert len(periods.span_of_month("2026-02").parts()) == 28
