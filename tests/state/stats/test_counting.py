"""What a trace row is counted under."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state.stats.counting import CLASSES, Heading, by_month, class_of, count
from smppproxy.state.trace import TraceRow

NOON = 1_800_014_400.0  # 2027-01-15T12:00:00Z
KOREA = 9 * 3600
ROW = TraceRow(NOON, "t1", "acme", "smsc", 4, "301150232", "1588", bytes(16), b"", "forward", "", "", "loan", 0.2, 0,
               "", 0.1)  # fmt: skip


def _one(**fields: Any) -> tuple[Heading, list[int]]:
    ((heading, pair),) = count([ROW._replace(**fields)], KOREA).items()
    return heading, pair


def test_a_row_is_counted_under_what_it_was() -> None:
    heading, pair = _one()
    assert heading == ("2027-01-15", "acme", "smsc", "301150232", "domestic", "ham", "forward", "")
    assert pair == [1, 1]
    assert _one(route="international", action="refuse", reason="text_loan")[0][4:] == (
        "international", "loan", "refuse", "text_loan",
    )  # fmt: skip


def test_days_begin_at_the_operators_midnight() -> None:
    evening = NOON + 3 * 3600  # 15:00 UTC is midnight in Korea
    assert _one(at=evening - 1)[0].period == "2027-01-15"
    assert _one(at=evening)[0].period == "2027-01-16"
    assert next(iter(count([ROW._replace(at=evening)], 0))).period == "2027-01-15"


def test_a_long_text_counts_once_and_travels_in_parts() -> None:
    rows = [ROW._replace(segment=f"{number}/3") for number in (2, 1, 3)]
    assert list(count(rows, KOREA).values()) == [[1, 3]]


@pytest.mark.parametrize(
    ("reason", "observed", "label", "expected"),
    [
        ("text_gambling", "", "gambling", "gambling"),
        ("", "link_refused,text_drug", "drug", "drug"),  # a filter that only observes found it
        ("sender_blacklisted", "text_adult", "adult", "adult"),
        ("", "", "gambling", "ham"),  # most likely, and under the threshold
        ("text_undecodable", "", "", "unjudged"),
        ("code_missing", "", "", "unjudged"),
    ],
)
def test_classes(reason: str, observed: str, label: str, expected: str) -> None:
    assert class_of(reason, observed, label) == expected


def test_the_classes_are_the_reasons_of_texts() -> None:
    assert set(CLASSES.values()) == {"gambling", "loan", "drug", "adult", "investment", "smishing", "spam"}


def test_a_code_that_is_none_is_not_named() -> None:
    assert _one(reason="code_unregistered", action="refuse")[0].code == ""
    assert _one(reason="code_sanctioned", action="refuse")[0].code == "301150232"


def test_times_that_are_none_are_left_out() -> None:
    bad = [ROW._replace(at=at) for at in (float("nan"), float("inf"), -1e300, 1e18)]
    assert count([*bad, ROW], KOREA) == count([ROW], KOREA)


@given(st.lists(st.tuples(st.integers(0, 80), st.sampled_from(["", "1/2", "2/2"])), max_size=40))
def test_months_hold_what_their_days_hold(rows: list[tuple[int, str]]) -> None:
    days = count([ROW._replace(at=NOON + day * 86_400, segment=segment) for day, segment in rows], KOREA)
    months = by_month(days)
    for place in (0, 1):
        assert sum(pair[place] for pair in days.values()) == sum(pair[place] for pair in months.values())
    assert sum(pair[1] for pair in days.values()) == len(rows)
    assert {heading.period for heading in months} == {heading.period[:7] for heading in days}
