"""The text Prometheus reads, made by prometheus-client from merged snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from smppproxy.app.metrics.histogram import Histogram
from smppproxy.app.metrics.registry import Snapshot, merge
from smppproxy.app.metrics.table import METRICS, PREFIX

CONTENT_TYPE: str = CONTENT_TYPE_LATEST


class SnapshotCollector(Collector):
    """Hands one merged snapshot to prometheus-client."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Any]:
        """Yield a family per metric, in the order of the table."""
        for name, metric in METRICS.items():
            rows = self._snapshot.get(name)
            if not rows:
                continue
            if metric.kind == "histogram":
                yield _histogram(name, rows)
                continue
            make = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
            family = make(PREFIX + name, metric.about, labels=metric.labels)
            for labels, value in rows:
                family.add_metric(labels, value)
            yield family


def render(snapshots: Iterable[Snapshot], whole: Mapping[str, float] | None = None) -> str:
    """Return the exposition of many processes' snapshots, and of gauges without labels that describe the whole."""
    extra: Snapshot = {name: [[[], value]] for name, value in (whole or {}).items()}
    collector: Any = SnapshotCollector(merge([*snapshots, extra]))
    return generate_latest(collector).decode()


def _histogram(name: str, rows: list[list[Any]]) -> Any:
    metric = METRICS[name]
    family = HistogramMetricFamily(PREFIX + name, metric.about, labels=metric.labels)
    for labels, data in rows:
        histogram = Histogram()
        histogram.add(data)
        buckets = [(str(end), seen) for end, seen in histogram.cumulated()]
        buckets[-1] = ("+Inf", histogram.count)
        family.add_metric(labels, buckets, histogram.total)
    return family
