"""How long a turn of the loop judges."""

from __future__ import annotations

import pytest

from smppproxy.relay import turns


@pytest.mark.parametrize(("each", "runs"), [(0.3, 3), (0.4, 2), (0.5, 2), (0.6, 1), (2.0, 1)])
def test_a_turn_ends_before_a_run_that_would_be_too_long(each: float, runs: int) -> None:
    now = 10.0
    done: list[float] = []

    def run(spent: float) -> bool:
        nonlocal now
        assert spent == pytest.approx(len(done) * each)
        now += each
        done.append(now)
        return True

    assert turns.in_turn(run, 1.0, lambda: now)
    assert len(done) == runs


def test_a_turn_ends_when_nothing_is_left() -> None:
    left = iter([True, True, False])
    assert not turns.in_turn(lambda _: next(left), 1.0, lambda: 0.0)
    assert list(left) == []
