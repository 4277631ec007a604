"""Counters: within their bounds, whatever the clock does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.counters import MOST_AT_ONCE, Distinct, HyperLogLog, Rates, Repeats, Sums

NOW = 1_800_000_000.0


def mixed(number):
    """A hash whose bits are as good as random."""
    number = (number + 1) * 0x9E3779B97F4A7C15 & (1 << 64) - 1
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    number = (number ^ number >> 27) * 0x94D049BB133111EB & (1 << 64) - 1
    return number ^ number >> 31


# ------------------------------------------------------------ rates


def test_a_burst_and_then_the_rate():
    rates = Rates(10.0, 3, 100)
    assert [rates.take("a", 1, NOW) for _ in range(4)] == [True, True, True, False]
    assert rates.take("b", 1, NOW)
    assert rates.take("a", 1, NOW + 0.11)
    assert not rates.take("a", 1, NOW + 0.12)


def test_many_at_once_are_paid_off_afterwards():
    rates = Rates(10.0, 1, 100)
    assert rates.take("a", MOST_AT_ONCE, NOW)
    assert not rates.take("a", 1, NOW + MOST_AT_ONCE / 10 - 0.5)
    assert rates.take("a", 1, NOW + MOST_AT_ONCE / 10 + 0.5)


def test_a_clock_that_goes_back_blocks_nobody():
    rates = Rates(1.0, 1, 100)
    assert rates.take("a", 1, NOW)
    assert rates.take("a", 1, NOW - 3600)


@given(st.lists(st.tuples(st.integers(1, 5), st.floats(0, 2)), max_size=60), st.floats(0.5, 50), st.integers(1, 20))
def test_no_more_than_rate_and_burst_pass(arrivals, rate, burst):
    rates, passed, now = Rates(rate, burst, 10), 0, NOW
    for count, pause in arrivals:
        now += pause
        if rates.take("a", count, now):
            passed += count
    assert passed <= burst + rate * (now - NOW) + 5 + 1e-3


# ------------------------------------------------------------ sums


def test_a_window_slides():
    sums = Sums(100.0, 10)
    sums.add("a", 10, 1000.0)
    assert sums.within("a", 1050.0) == 10
    assert sums.within("a", 1150.0) == pytest.approx(5)
    sums.add("a", 4, 1150.0)
    assert sums.within("a", 1150.0) == pytest.approx(9)
    assert sums.within("a", 1301.0) == 0
    assert sums.within("b", 1050.0) == 0


@given(st.lists(st.tuples(st.integers(1, 9), st.floats(0, 60)), min_size=1, max_size=80))
def test_a_sum_lies_between_what_came_in_this_window_and_in_two(arrivals):
    sums, seen, now = Sums(50.0, 10), [], NOW
    for count, pause in arrivals:
        now += pause
        sums.add("a", count, now)
        seen.append((now, count))
    begun = now // 50.0 * 50.0
    assert sum(c for t, c in seen if t >= begun) - 1e-6 <= sums.within("a", now)
    assert sums.within("a", now) <= sum(c for t, c in seen if t >= begun - 50.0) + 1e-6


# ------------------------------------------------------------ distinct values


@pytest.mark.parametrize("count", [0, 1, 5, 100, 1000, 3000, 20_000])
def test_an_estimate_is_near(count):
    counter = HyperLogLog()
    for _ in range(2):  # repeats count once
        for number in range(count):
            counter.add(mixed(number))
    assert counter.estimate() == pytest.approx(count, rel=0.12, abs=1)


@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1), max_size=40))
def test_any_hash_may_be_added(values):
    counter = HyperLogLog()
    for value in values:
        counter.add(value)
    assert 0 <= counter.estimate() <= 3 * len(values) + 1


def test_values_are_forgotten_with_their_window():
    counts = Distinct(100.0, 10)
    for number in range(50):
        counts.add("a", mixed(number), NOW)
    assert counts.within("a", NOW) == pytest.approx(50, rel=0.1)
    assert counts.within("a", NOW + 49) == pytest.approx(50, rel=0.1)
    assert counts.within("a", NOW + 60) == pytest.approx(50, rel=0.1)  # at least half a window back
    counts.add("a", mixed(99), NOW + 60)
    counts.add("a", mixed(98), NOW + 105)
    assert counts.within("a", NOW + 105) < 5
    assert counts.within("a", NOW + 500) == 0
    assert counts.within("a", NOW - 500) == 0
    assert counts.within("b", NOW) == 0


# ------------------------------------------------------------ repeats


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 3)), max_size=80))
def test_repeats_are_counted_exactly(arrivals):
    repeats, passed, now = Repeats(3, 5.0, 1000), [], 100.0
    for key, pause in arrivals:
        now += pause
        expected = sum(k == key and t > now - 5.0 for k, t in passed) < 3
        assert repeats.take("a", key, now) is expected
        if expected:
            passed.append((key, now))


# ------------------------------------------------------------ memory and clocks


def test_memory_is_bounded():
    rates, sums, counts, repeats = Rates(1.0, 1, 20), Sums(10.0, 20), Distinct(10.0, 20), Repeats(3, 5.0, 20)
    for number in range(500):
        now = NOW + number / 100
        rates.take(number, 1, now)
        sums.add(number, 1, now)
        counts.add(number, number, now)
        repeats.take("a", number, now)
    assert len(rates) <= 20
    assert len(sums) <= 20
    assert len(counts) <= 20
    assert len(repeats) <= 40


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(-1e10, 1e10)), max_size=60))
def test_any_clock(arrivals):
    rates, sums, counts, repeats = Rates(1.0, 1, 2), Sums(10.0, 2), Distinct(10.0, 2), Repeats(3, 5.0, 2)
    for key, now in arrivals:
        rates.take(key, 1, now)
        assert sums.within(key, now) >= 0
        sums.add(key, 1, now)
        assert sums.within(key, now) >= 1
        assert counts.within(key, now) >= 0
        counts.add(key, mixed(7), now)
        assert counts.within(key, now) > 0
        repeats.take("a", key, now)
