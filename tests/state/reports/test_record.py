"""What the cells of a report mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state.reports.record import BadRowError, category_of, cell_of, instant_of, sender_of, text_of, times_of


@pytest.mark.parametrize(
    ("cell", "sender"),
    [
        ("010-1234-5678", "821012345678"), ("+821012345678", "821012345678"), (1012345678, "821012345678"),
        (1012345678.0, "821012345678"), ("15881234", "8215881234"), ("Bank", "bank"),
        ("", ""), (None, ""), (0, ""), ("0000", ""), ("000-0000-0000", ""), ("010****5678", ""), ("*", ""),
        ("010-1234-xxxx", ""),
    ],
)  # fmt: skip
def test_a_masked_number_is_no_sender(cell: object, sender: str) -> None:
    assert sender_of(cell) == sender


@pytest.mark.parametrize(
    ("label", "category"),
    [
        ("도박", "gambling"), ("불법 도박", "gambling"), ("불법대출", "loan"), ("의약품", "drug"), ("성인", "adult"),
        ("금융-주식", "investment"), ("통신가입", "spam"), ("비스팸", "ham"), ("기타", "spam"), ("?", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_labels(label: str, category: str) -> None:
    assert category_of(label) == category


def test_times() -> None:
    half_past = int(datetime(2027, 2, 1, 6, 30, tzinfo=UTC).timestamp())
    for cell in (
        "202702011530",
        "2027-02-01 15:30",
        "2027.02.01 15:30:00",
        "2027-02-01T15:30:00",
        datetime(2027, 2, 1, 15, 30),
    ):
        assert instant_of(cell) == half_past
    assert times_of("", "202702011530") == times_of("202702011530", None) == (half_past, half_past)
    assert times_of(None, "-") == (0, 0)
    for wrong in ("soon", "2027", "202713011530", "000000000000", "２０２７０２０１１５３０"):
        with pytest.raises(BadRowError, match="is no time"):
            instant_of(wrong)
    with pytest.raises(BadRowError, match=r"'soon' is no time; .*'later' is no time"):
        times_of("soon", "later")


@given(st.one_of(st.text(max_size=60), st.floats(), st.integers(), st.none(), st.binary(max_size=8)))
def test_cells_of_any_kind(cell: object) -> None:
    assert len(sender_of(cell)) <= 32
    assert len(cell_of(cell)) <= 200
    text_of(cell).encode()
    try:
        assert instant_of(cell) >= 0
    except BadRowError:
        pass
