"""Two nodes on one store: they count together, and each file of each node once."""

from __future__ import annotations

import pytest


@pytest.fixture
def engine():
    return "postgresql"


def test_nodes_count_together_and_act_once(bench_with, bench):
    other = bench_with(bench.policy)
    bench.found(2)
    assert [event.what for event in other.found(2)] == ["warned", "applied"]  # three were enough for a throttle
    assert [event.what for event in bench.found(1)] == ["applied"]  # five for a suspension
    other.turn()
    assert bench.state == other.state == "suspended"
    assert [each.action for each in other.sanctions.rows.page(states=("standing",))] == ["suspend"]
    assert bench.authority.service.dispatch({"do": "ledger.verify"})["fault"] == ""
