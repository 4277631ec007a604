"""The compiled meter and its pure twin say the same of every message, whatever limits there are and whatever comes."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters import _counters_pure, _meter_pure
from filters._meter_pure import Allowance
from smppproxy.smpp.kernel import BUILD_COMMAND

PAUSES = st.floats(0, 4) | st.sampled_from([0.0, 5.0, 90_000.0, -3.0, -1e6])
RECIPIENTS = st.sampled_from(["01011112222", "821011112222", "0101111222٢", "010-1111-3333", "+14155550100", "", "x"])
MESSAGES = st.tuples(
    st.sampled_from(["", "1", "2"]),  # code
    st.sampled_from(["a", "b"]),  # account
    st.sampled_from(["", "821011112222"]),  # sender
    st.booleans(),
    st.tuples(st.sampled_from(["", "x", "y"])),  # texts
    st.lists(RECIPIENTS, max_size=3).map(tuple),
    st.sampled_from([1, 1, 1, 2]),
    PAUSES,
)
BOUNDS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 4)), max_size=3)
ALLOWED = {"1": 7, "2": None}


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    return pytest.importorskip("filters._counters", reason=f"not compiled; run `{BUILD_COMMAND}`")


def meter(counters: Any, made: Any, bounds: Any, parts: frozenset[str], country: str) -> Any:
    """A meter of one of the twins with some of the parts."""
    allowances: dict[str, Allowance] = {}

    def allowance(code: str, now: float) -> Allowance:
        return allowances.setdefault(code, Allowance(now // 1000 * 1000, now // 1000 * 1000 + 1000, ALLOWED[code], 0))

    def watches(bounds: Any) -> Any:
        return counters.Watches([(of, counters.Watch(10.0, most, people, 3, 2)) for of, most, people in bounds])

    return made.Meter(
        counters.Rates(4.0, 6.0, 3) if "rates" in parts else None,
        watches([bound for bound in bounds if bound[0] < 3]),
        watches([bound for bound in bounds if bound[0] == 3]),
        (lambda texts: texts[0]) if "texts" in parts else None,
        counters.Repeats(2, 5.0, 4) if "repeats" in parts else None,
        country if "people" in parts else None,
        counters.Sums(86_400, 3) if "warming" in parts else None,
        allowances,
        allowance,
        counters.Days(8, 32_400.0, 3) if "lines" in parts else None,
    )


@given(
    BOUNDS,
    st.frozensets(st.sampled_from(["rates", "texts", "repeats", "people", "warming", "lines"])),
    st.sampled_from(["82", "1"]),
    st.sampled_from([0.0, 1_800_000_000.0]),
    st.lists(MESSAGES, max_size=60),
)
def test_meters_agree(compiled, bounds, parts, country, now, arrivals):
    one = meter(_counters_pure, _meter_pure, bounds, parts, country)
    other = meter(compiled, compiled, bounds, parts, country)
    for *message, pause in arrivals:
        now += pause
        assert one.take(*message, now) == other.take(*message, now)


@given(
    st.integers(0, 9),
    st.sampled_from([0.0, -20.0, 1_800_000_000.0]),
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 5), PAUSES), max_size=60),
)
def test_days_agree(compiled, most, now, arrivals):
    one, other = _counters_pure.Days(most, 32_400.0, 3), compiled.Days(most, 32_400.0, 3)
    for key, count, pause in arrivals:
        now += pause
        assert one.take(key, count, now) is other.take(key, count, now)
        assert len(one) == len(other)


def test_a_meter_raises_what_it_is_handed(compiled):
    def fails(*_: Any) -> Any:
        raise LookupError("no book")

    for counters, made in ((_counters_pure, _meter_pure), (compiled, compiled)):
        nothing = counters.Watches([])
        warming = counters.Sums(10.0, 3)
        broken = made.Meter(None, nothing, nothing, None, None, None, warming, {}, fails, None)
        with pytest.raises(LookupError):
            broken.take("1", "a", "", False, ("x",), ("01011112222",), 1, 0.0)
        assert broken.take("", "a", "", False, ("x",), ("01011112222",), 1, 0.0) is None
