"""Windows against a model that remembers everything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state.sanctions.rings import BUCKETS, Column, Ring

SPANS = st.sampled_from([60, 90, 600, 1000, 86_400, 30 * 86_400])
STEPS = st.lists(
    st.tuples(
        st.floats(0, 100_000),  # s since the step before
        st.floats(0, 200_000),  # s the thing told of is old
        st.sampled_from(Column),
        st.integers(1, 9),
    ),
    max_size=60,
)


@given(SPANS, STEPS)
def test_a_ring_holds_what_a_model_holds(span, steps):
    ring, model, now = Ring(span), [], 1.8e9
    for pause, age, column, amount in steps:
        now += pause
        at = now - age
        taken = ring.add(column, at, amount, now)
        model.append((column, int(at // ring.width), amount))
        newest = int(now // ring.width)
        assert taken is (newest - int(at // ring.width) < ring.size)
        for each in Column:
            expected = sum(n for c, bucket, n in model if c is each and newest - ring.size < bucket)
            assert ring.sum(each, now) == expected


@given(SPANS, STEPS)
def test_nothing_older_than_the_window_counts_and_all_but_a_sixtieth_of_it_does(span, steps):
    ring, told, now = Ring(span), [], 1.8e9
    for pause, age, _, amount in steps:
        now += pause
        ring.add(Column.ENFORCED, now - age, amount, now)
        told.append((now - age, amount))
    surely = sum(n for at, n in told if at > now - span + 2 * span / BUCKETS + 1)
    at_most = sum(n for at, n in told if at > now - span - 1)
    assert surely <= ring.sum(Column.ENFORCED, now) <= at_most


@given(SPANS, STEPS, st.integers(0, 60))
def test_after_a_pardon_only_what_came_later_counts(span, steps, cut):
    ring, now, since, held, later = Ring(span), 1.8e9, None, 0, 0
    for number, (pause, _, _, amount) in enumerate(steps):
        if number == min(cut, len(steps) - 1):
            since, held, later = now, ring.newest(now)[Column.ENFORCED], 0
        now += min(pause, span / len(steps) / 2)
        ring.add(Column.ENFORCED, now, amount, now)
        later += amount
    if since is not None:
        assert ring.sum(Column.ENFORCED, now, since, held) == later


@given(SPANS, STEPS)
def test_what_is_taken_back_is_gone_and_a_packed_ring_is_the_same(span, steps):
    ring, now = Ring(span), 1.8e9
    counted = []
    for pause, age, column, amount in steps:
        now += pause
        if ring.add(column, now - age, amount, now):
            counted.append((column, now - age, amount))
    again = Ring.unpacked(span, ring.packed())
    assert [again.sum(each, now) for each in Column] == [ring.sum(each, now) for each in Column]
    for column, at, amount in counted:
        before = again.sum(column, now)
        taken = again.take(column, at, amount, now)
        assert again.sum(column, now) == before - amount * taken
    assert ring.size == again.size
