from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smppproxy.load.generator.histogram import Histogram, bucket, lower_edge


@given(st.integers(0, 10**12))
def test_buckets_are_narrow_and_hold_their_value(value):
    index = bucket(value)
    assert lower_edge(index) <= value < lower_edge(index + 1)
    assert (lower_edge(index + 1) - lower_edge(index)) <= max(1, value // 128)
    assert bucket(lower_edge(index)) == index


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=200), st.floats(0.1, 100))
def test_percentiles_are_close_to_the_sorted_list(values, percent):
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    exact = sorted(values)[max(1, round(len(values) * percent / 100)) - 1]
    assert abs(histogram.percentile(percent) - exact) <= exact / 100 + 1


@given(st.lists(st.integers(-5, 10**6)), st.lists(st.integers(0, 10**6)))
def test_merging_is_adding(left, right):
    apart, together = (Histogram(), Histogram()), Histogram()
    for histogram, values in zip(apart, (left, right), strict=True):
        for value in values:
            histogram.add(value)
            together.add(value)
    apart[0].merge(apart[1])
    assert apart[0].summary() == together.summary()
    assert apart[0].count == len(left) + len(right)


def test_repeats_and_emptiness():
    histogram = Histogram()
    assert histogram.summary()["p99"] == 0
    histogram.add(5000, 10)
    assert histogram.summary() == {
        "min": 5.0,
        "mean": 5.0,
        "p50": 5.0,
        "p90": 5.0,
        "p99": 5.0,
        "p99_9": 5.0,
        "max": 5.0,
    }
