"""Metrics: counted in plain numbers per process, merged and written for Prometheus by control.

``render`` is imported when it is first used: prometheus-client has no place in a worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from smppproxy.app.metrics.histogram import Histogram
from smppproxy.app.metrics.registry import Metrics, Snapshot, Value, merge
from smppproxy.app.metrics.table import METRICS, Metric

__all__ = ["METRICS", "Histogram", "Metric", "Metrics", "Snapshot", "Value", "merge", "render"]


def render(snapshots: Iterable[Snapshot], whole: Mapping[str, float] | None = None) -> str:
    """Return the text Prometheus reads for many processes' snapshots and for gauges that describe the whole."""
    from smppproxy.app.metrics import exposition

    return exposition.render(snapshots, whole)
