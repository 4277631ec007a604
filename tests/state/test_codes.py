"""What a code is worth at an instant, how it has to look, how its dates are spelled."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.ports import CodeState
from smppproxy.state.codes import ANY_SHAPE, CODE_LIMIT, CodeShape, check_text, parse_instant, print_instant, state_at
from smppproxy.state.errors import InputError

INSTANTS = st.none() | st.integers(0, 100)
RELAY = SimpleNamespace(name="relay", length=4, format="[0-9]{4}", registry=True)
KOREA = CodeShape([SimpleNamespace(length=9, format="[0-9]{9}", extra=(RELAY,))])


@given(INSTANTS, INSTANTS, st.integers(-10, 110))
def test_an_active_code_is_worth_something_between_its_dates(start: int | None, end: int | None, now: int) -> None:
    inside = (start is None or start <= now) and (end is None or now < end)
    assert state_at(CodeState.ACTIVE, start, end, now) is (CodeState.ACTIVE if inside else CodeState.INACTIVE)


@pytest.mark.parametrize("state", [CodeState.SUSPENDED, CodeState.STRUCK])
def test_a_sanction_outweighs_the_dates(state: CodeState) -> None:
    assert state_at(state, None, 5, 10) is state


@pytest.mark.parametrize("code", ["301150232", "relay:0009"])
def test_codes_that_fit(code: str) -> None:
    assert KOREA.check(code) == ""


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("", "a code is expected"),
        ("30115023", "9 characters of the format [0-9]{9} or relay: and 4 characters"),
        ("30115023x", "the format [0-9]{9}"),
        ("3-01-15-0232", "did you mean 301150232?"),
        ("relay:009", "is expected"),
        (" 301150232", "without spaces"),
        ("３01150232", "printable ASCII"),
        ("1" * (CODE_LIMIT + 1), "at most"),
    ],
)
def test_codes_that_do_not(code: str, told: str) -> None:
    assert told in KOREA.check(code)


def test_without_a_shape_any_word_is_a_code() -> None:
    assert ANY_SHAPE.check("ABC-9") == ""
    assert CodeShape([SimpleNamespace(length=0, format="", extra=())]).check("whatever") == ""


@pytest.mark.parametrize(
    ("text", "end", "printed"),
    [
        ("2026-12-31", False, "2026-12-31T00:00:00Z"),
        ("2026-12-31", True, "2027-01-01T00:00:00Z"),
        ("2026-12-31T18:00:00+09:00", True, "2026-12-31T09:00:00Z"),
        ("2026-12-31T18:00:00Z", False, "2026-12-31T18:00:00Z"),
        ("9999-12-31", True, "9999-12-31T23:59:59Z"),
        ("9999-12-31T23:59:59-23:00", True, "9999-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00+23:00", False, "1970-01-01T00:00:00Z"),
    ],
)
def test_instants(text: str, end: bool, printed: str) -> None:
    assert print_instant(parse_instant(text, end=end)) == printed


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "31.12.2026"])
def test_instants_that_are_none(text: str) -> None:
    with pytest.raises(InputError, match="is expected"):
        parse_instant(text, end=True)


def test_texts_are_kept_printable_and_short() -> None:
    assert check_text("owner", "가나다 [주]") == ""
    assert "printed" in check_text("owner", "a\nb")
    assert "printed" in check_text("owner", "\udcff")
    assert "at most" in check_text("owner", "x" * 501)
