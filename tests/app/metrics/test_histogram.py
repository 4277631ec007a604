from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from smppproxy.app.metrics.histogram import LEAST_POWER, MOST_POWER, STEPS, Histogram, upper_end

TIMES = st.floats(2.0**LEAST_POWER, 2.0**MOST_POWER, exclude_max=True)


@given(TIMES)
def test_a_bucket_holds_what_falls_into_it(seconds):
    histogram = Histogram()
    histogram.observe(seconds)
    (at,) = [at for at, count in enumerate(histogram.counts) if count]
    lower = upper_end(at - 1) if at else 2.0**LEAST_POWER
    assert lower <= seconds < upper_end(at)
    assert upper_end(at) <= lower * (1 + 1 / STEPS) * (1 + 1e-12)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_is_counted_in_fixed_memory(seconds):
    histogram = Histogram()
    size = len(histogram.counts)
    histogram.observe(seconds)
    assert histogram.count == 1
    assert len(histogram.counts) == size == (MOST_POWER - LEAST_POWER) * STEPS


@given(st.lists(TIMES, min_size=1, max_size=50), st.floats(0.01, 1))
def test_quantiles_are_right_to_a_bucket(times, share):
    histogram = Histogram()
    for seconds in times:
        histogram.observe(seconds)
    exact = sorted(times)[max(0, -int(-share * len(times) // 1) - 1)]
    assert exact <= histogram.quantile(share) <= exact * (1 + 1 / STEPS) * (1 + 1e-12)


def test_nothing_observed():
    assert Histogram().quantile(0.99) == 0.0
    assert Histogram().as_dict() == {"total": 0.0, "counts": {}}


@given(st.lists(TIMES, max_size=20), st.lists(TIMES, max_size=20))
def test_two_added_are_one_that_saw_both(some, others):
    one, other, both = Histogram(), Histogram(), Histogram()
    for seconds in some:
        one.observe(seconds)
        both.observe(seconds)
    for seconds in others:
        other.observe(seconds)
        both.observe(seconds)
    one.add(json.loads(json.dumps(other.as_dict())))
    assert one.counts == both.counts
    assert abs(one.total - both.total) < 1e-6 * (1 + both.total)


def test_cumulated_ends_with_all():
    histogram = Histogram()
    for seconds in (1e-9, 0.001, 0.001, 5, 1e6):
        histogram.observe(seconds)
    ends = list(histogram.cumulated())
    assert ends[-1][1] == 5
    assert [seen for _, seen in ends] == sorted(seen for _, seen in ends)
    assert dict(ends)[2**-9] == 3
