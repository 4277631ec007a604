"""The metrics of one process, what they look like as data, and many processes' data as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from smppproxy.app.metrics.histogram import Histogram
from smppproxy.app.metrics.table import METRICS, Kind, Metric


class Value:
    """A counter or a gauge: change ``value``. A plain attribute is the cheapest there is."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: float = 0


Child = TypeVar("Child", Value, Histogram)

#: ``{metric: [[label values, number or histogram data], ...]}``; JSON-able.
Snapshot = dict[str, list[list[Any]]]


class Metrics:
    """The metrics of one process.

    Take a child once and keep it: ``taken = metrics.counter("requests_total", account="a")``, then
    ``taken.value += 1``. An owner that counts in integers of its own registers a collector, which copies
    them in when somebody asks.
    """

    def __init__(self) -> None:
        self._children: dict[str, dict[tuple[str, ...], Any]] = {}
        self._collectors: list[Callable[[Metrics], None]] = []

    def counter(self, name: str, **labels: str) -> Value:
        """Return the counter of this name and these labels. KeyError or ValueError where the table has no such one."""
        return self._child(name, "counter", Value, labels)

    def gauge(self, name: str, **labels: str) -> Value:
        """Return the gauge of this name and these labels. KeyError or ValueError where the table has no such one."""
        return self._child(name, "gauge", Value, labels)

    def histogram(self, name: str, **labels: str) -> Histogram:
        """Return the histogram of this name and these labels. Raises as :meth:`counter`."""
        return self._child(name, "histogram", Histogram, labels)

    def collect(self, collector: Callable[[Metrics], None]) -> None:
        """Have a function called before each snapshot, to copy an owner's own counts in."""
        self._collectors.append(collector)

    def forget(self, name: str, **labels: str) -> None:
        """Drop one child, such as the gauge of an account that is gone."""
        self._children.get(name, {}).pop(_values(METRICS[name], labels), None)

    def snapshot(self) -> Snapshot:
        """Return everything as JSON-able data."""
        for collector in self._collectors:
            collector(self)
        return {
            name: [
                [list(values), child.as_dict() if isinstance(child, Histogram) else child.value]
                for values, child in children.items()
            ]
            for name, children in self._children.items()
        }

    def _child(self, name: str, kind: Kind, make: type[Child], labels: dict[str, str]) -> Child:
        metric = METRICS[name]
        if metric.kind != kind:
            raise ValueError(f"{name} is a {metric.kind}, not a {kind}")
        values = _values(metric, labels)
        children = self._children.setdefault(name, {})
        child: Child | None = children.get(values)
        if child is None:
            child = children[values] = make()
        return child


def merge(snapshots: Iterable[Snapshot]) -> Snapshot:
    """Return many processes' data as one: counters and histograms added, gauges as the table says."""
    merged: dict[str, dict[tuple[str, ...], Any]] = {}
    for snapshot in snapshots:
        for name, rows in snapshot.items():
            metric = METRICS.get(name)
            if metric is None:  # of a process of another version, during an upgrade
                continue
            known = merged.setdefault(name, {})
            for labels, value in rows:
                values = tuple(labels)
                known[values] = _together(metric, known.get(values), value)
    return {
        name: [[list(values), v.as_dict() if isinstance(v, Histogram) else v] for values, v in children.items()]
        for name, children in merged.items()
    }


def _together(metric: Metric, before: Any, value: Any) -> Any:
    if metric.kind == "histogram":
        histogram = before or Histogram()
        histogram.add(value)
        return histogram
    if before is None:
        return value
    if metric.kind == "gauge" and metric.merge != "sum":
        return max(before, value) if metric.merge == "max" else min(before, value)
    return before + value


def _values(metric: Metric, labels: dict[str, str]) -> tuple[str, ...]:
    if labels.keys() != set(metric.labels):
        expected = ", ".join(metric.labels) or "none"
        raise ValueError(f"{metric.name} has the labels {expected}; got {', '.join(labels) or 'none'}")
    return tuple(labels[name] for name in metric.labels)
