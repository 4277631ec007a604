"""Back-off between two starts of a child; the rest of a child's life is in test_parent.py."""

from __future__ import annotations

from itertools import pairwise

from smppproxy.app.child import FIRST_DELAY, HEALTHY_AFTER, LONGEST_DELAY, Backoff


def test_delays_double_to_a_limit() -> None:
    backoff = Backoff()
    delays = [backoff.after(0.0) for _ in range(12)]
    assert delays[0] == FIRST_DELAY
    assert all(later == min(earlier * 2, LONGEST_DELAY) for earlier, later in pairwise(delays))
    assert delays[-1] == LONGEST_DELAY


def test_who_lived_long_starts_again_at_once() -> None:
    backoff = Backoff()
    for _ in range(12):
        backoff.after(0.0)
    assert backoff.after(HEALTHY_AFTER) == FIRST_DELAY
