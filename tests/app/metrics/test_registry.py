from __future__ import annotations

import json

import pytest

from smppproxy.app.metrics import METRICS, Metrics, merge
from smppproxy.app.metrics.table import Metric


def test_a_child_is_made_once_and_kept():
    metrics = Metrics()
    taken = metrics.counter("reasons_total", reason="a")
    taken.value += 2
    assert metrics.counter("reasons_total", reason="a") is taken
    assert metrics.counter("reasons_total", reason="b").value == 0
    assert metrics.snapshot() == {"reasons_total": [[["a"], 2], [["b"], 0]]}
    metrics.forget("reasons_total", reason="b")
    assert metrics.snapshot() == {"reasons_total": [[["a"], 2]]}


def test_collectors_copy_their_counts_in_when_asked():
    metrics, counts = Metrics(), {"taken": 0}

    def copy(into: Metrics) -> None:
        into.counter("reasons_total", reason="a").value = counts["taken"]

    metrics.collect(copy)
    counts["taken"] = 7
    assert metrics.snapshot()["reasons_total"] == [[["a"], 7]]


def test_names_kinds_and_labels_are_those_of_the_table():
    metrics = Metrics()
    with pytest.raises(KeyError):
        metrics.counter("no_such_total")
    with pytest.raises(ValueError, match="is a gauge, not a counter"):
        metrics.counter("texts_waiting")
    with pytest.raises(ValueError, match="has the labels reason; got none"):
        metrics.counter("reasons_total")
    with pytest.raises(ValueError, match="has the labels none; got account"):
        metrics.gauge("texts_waiting", account="a")


def snapshot(requests: int, lag: float, *held: float):
    metrics = Metrics()
    metrics.counter("reasons_total", reason="a").value = requests
    metrics.gauge("texts_waiting").value = requests
    metrics.gauge("build_info", version="1", kernel="pure", python="3").value = lag
    for seconds in held:
        metrics.histogram("turn_seconds").observe(seconds)
    return json.loads(json.dumps(metrics.snapshot()))


def test_merging_adds_and_takes_the_worst():
    merged = merge([snapshot(2, 0.1, 0.001), snapshot(3, 0.3, 0.001, 5.0), snapshot(1, 0.2)])
    assert merged["reasons_total"] == [[["a"], 6]]
    assert merged["texts_waiting"] == [[[], 6]]
    assert merged["build_info"] == [[["1", "pure", "3"], 0.3]]
    ((_, held),) = merged["turn_seconds"]
    assert sum(held["counts"].values()) == 3
    assert held["total"] == pytest.approx(5.002)
    assert merge([merged]) == merged
    assert merge([]) == {}


def test_the_least_where_the_table_says_so(monkeypatch):
    monkeypatch.setitem(METRICS, "draining", Metric("draining", "gauge", (), "", "min"))
    assert merge([{"draining": [[[], 1]]}, {"draining": [[[], 0]]}])["draining"] == [[[], 0]]


def test_a_metric_of_another_version_is_left_out():
    assert merge([{"of_the_future": [[[], 1]]}]) == {}
