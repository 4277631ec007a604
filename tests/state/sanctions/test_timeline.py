"""Time that never goes back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state.sanctions.timeline import Timeline


@given(st.lists(st.floats(0, 4e9), min_size=1, max_size=40))
def test_the_line_never_goes_back_and_follows_the_clock_forward(readings):
    line, last = Timeline(), None
    for wall in readings:
        before, was = line.line, line.wall
        now = line.advance(wall)
        if last is not None:
            assert now >= before
            assert now - before <= max(0.0, wall - was) + 1e-3
        assert line.place(line.wall + 5) == now  # nothing lies ahead
        last = wall


def test_a_clock_set_back_keeps_the_age_of_things():
    line = Timeline()
    counted = line.place(100.0) if line.wall else line.advance(100.0)
    line.advance(3700.0)
    set_back = line.advance(100.0)
    assert set_back - counted == 3600.0
    assert line.advance(160.0) - counted == 3660.0
