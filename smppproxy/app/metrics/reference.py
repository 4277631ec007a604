"""``docs/reference/metrics.md``, made from the table.

``python -m smppproxy.app.metrics.reference > docs/reference/metrics.md`` writes the page.
"""

from __future__ import annotations

import sys
from typing import Final

from smppproxy.app.metrics.table import METRICS, PREFIX, Metric

_INTRODUCTION: Final = """\
# Metrics

<!-- Made from the table of metrics; do not edit. python -m smppproxy.app.metrics.reference -->

`GET /metrics` on the admin address, in the text format of Prometheus, all workers as one. Times are seconds, sizes are
octets. A metric appears with its first value. Counters start at 0 with the process; histograms have a bucket per power
of two from 2 µs. No label holds anything personal.

| metric | kind | labels | meaning |
|---|---|---|---|
"""


def markdown() -> str:
    """Return the reference page."""
    return _INTRODUCTION + "\n".join(_row(metric) for metric in METRICS.values()) + "\n"


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{PREFIX}{metric.name}` | {metric.kind} | {labels} | {metric.about} |"


if __name__ == "__main__":
    sys.stdout.write(markdown())
