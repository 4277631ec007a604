"""The compiled counters and their pure twin say the same, whatever is counted and whatever the clock does."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters import _counters_pure as pure
from smppproxy.smpp.kernel import BUILD_COMMAND

KEYS = st.sampled_from("abcdef")
#: Steps of a clock: it mostly goes on, stands still, or jumps.
PAUSES = st.floats(0, 8) | st.sampled_from([0.0, 0.5, 5.0, 10.0, -3.0, -1e6, 1e6])
COUNTS = st.integers(1, 300)
VALUES = st.integers(-(1 << 70), 1 << 70)
STARTS = st.sampled_from([0.0, -20.0, 1.5, 1_800_000_000.0])


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    return pytest.importorskip("filters._counters", reason=f"not compiled; run `{BUILD_COMMAND}`")


@given(st.floats(0.1, 100), st.floats(0, 20), STARTS, st.lists(st.tuples(KEYS, COUNTS, PAUSES), max_size=80))
def test_rates_agree(compiled, rate, burst, now, arrivals):
    one, other = pure.Rates(rate, burst, 3), compiled.Rates(rate, burst, 3)
    assert one.rate == other.rate
    for key, count, pause in arrivals:
        now += pause
        assert one.take(key, count, now) is other.take(key, count, now)
        assert len(one) == len(other)


@given(st.floats(0.1, 100), STARTS, st.lists(st.tuples(KEYS, COUNTS, PAUSES), max_size=80))
def test_sums_agree(compiled, window, now, arrivals):
    one, other = pure.Sums(window, 3), compiled.Sums(window, 3)
    for key, count, pause in arrivals:
        now += pause
        assert one.within(key, now) == pytest.approx(other.within(key, now), rel=1e-12)
        one.add(key, count, now)
        other.add(key, count, now)
        assert one.within(key, now) == pytest.approx(other.within(key, now), rel=1e-12)
        assert len(one) == len(other)


@given(st.lists(VALUES, max_size=200))
def test_estimates_agree(compiled, values):
    one, other = pure.HyperLogLog(), compiled.HyperLogLog()
    for value in values:
        one.add(value)
        other.add(value)
    assert one.estimate() == pytest.approx(other.estimate(), rel=1e-12)


@pytest.mark.parametrize("count", [100, 3000, 20_000])
def test_large_estimates_agree(compiled, count):
    one, other = pure.HyperLogLog(), compiled.HyperLogLog()
    for number in range(count):
        value = hash(f"recipient {number}")
        one.add(value)
        other.add(value)
    assert one.estimate() == pytest.approx(other.estimate(), rel=1e-9)


@given(st.floats(0.1, 100), STARTS, st.lists(st.tuples(KEYS, VALUES, PAUSES), max_size=80))
def test_distinct_values_agree(compiled, window, now, arrivals):
    one, other = pure.Distinct(window, 3), compiled.Distinct(window, 3)
    for key, value, pause in arrivals:
        now += pause
        assert one.within(key, now) == pytest.approx(other.within(key, now), rel=1e-12)
        one.add(key, value, now)
        other.add(key, value, now)
        assert one.within(key, now) == pytest.approx(other.within(key, now), rel=1e-12)
        assert len(one) == len(other)


@given(
    st.integers(1, 4),
    st.integers(1, 6),
    STARTS,
    st.lists(st.tuples(KEYS, st.lists(KEYS, min_size=1, max_size=4), PAUSES), max_size=80),
)
def test_repeats_agree(compiled, most, keys, now, arrivals):
    one, other = pure.Repeats(most, 5.0, keys), compiled.Repeats(most, 5.0, keys)
    for owner, values, pause in arrivals:
        now += pause
        assert one.refused(owner, values, now) == other.refused(owner, values, now)
        assert one.take("z", owner, now) == other.take("z", owner, now)
        assert len(one) == len(other)


@given(
    st.integers(0, 20),
    st.integers(0, 6),
    STARTS,
    st.lists(st.tuples(KEYS, st.integers(1, 5), st.lists(st.text(max_size=2), max_size=4), PAUSES), max_size=80),
)
def test_watches_agree(compiled, most, most_values, now, arrivals):
    one = pure.Watch(10.0, most, most_values, 3, 2)
    other = compiled.Watch(10.0, most, most_values, 3, 2)
    for key, count, values, pause in arrivals:
        now += pause
        assert one.over(key, count, now) == other.over(key, count, now)
        one.add(key, values, count, now)
        other.add(key, values, count, now)


def test_what_has_no_hash_is_refused_by_both(compiled):
    for twin in (pure, compiled):
        with pytest.raises(TypeError):
            twin.Rates(1.0, 1.0, 3).take([], 1, 0.0)
        with pytest.raises(TypeError):
            twin.Repeats(1, 5.0, 3).take("a", [], 0.0)


KEY_ROWS = st.tuples(*[st.sampled_from(["", "a", "b"])] * 3)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12), st.integers(0, 4)), max_size=4),
    STARTS,
    st.lists(st.tuples(KEY_ROWS, st.integers(1, 5), st.lists(st.text(max_size=2), max_size=4), PAUSES), max_size=60),
)
def test_several_watches_agree(compiled, bounds, now, arrivals):
    twins = [
        twin.Watches([(of, twin.Watch(10.0, most, most_values, 3, 2)) for of, most, most_values in bounds])
        for twin in (pure, compiled)
    ]
    for keys, count, values, pause in arrivals:
        now += pause
        one, other = (twin.over(keys, count, now) for twin in twins)
        assert one == other
        for twin in twins:
            twin.add(keys, values, count, now)
