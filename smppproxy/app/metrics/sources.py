"""Where a worker's numbers come from: the relay's own counts, the spool's, the process.

The relay counts in plain integers on its way; nothing is counted twice. Each function here returns a
collector for :meth:`Metrics.collect`, which copies them when somebody asks.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from smppproxy import __version__
from smppproxy.app.metrics.registry import Metrics
from smppproxy.smpp import kernel

if TYPE_CHECKING:
    from smppproxy.relay.house import House

Collector = Callable[[Metrics], None]


class SpoolCounts(Protocol):
    """What a spool counts."""

    rows_written: int
    rows_lost: int
    files_lost: int

    @property
    def pending(self) -> int:
        """Rows not yet written."""


class SinkCounts(Protocol):
    """What the sink of the logs counts."""

    dropped: int


def of_house(house: House) -> Collector:
    """Copy what one worker's relay has counted."""

    def collect(metrics: Metrics) -> None:
        _requests(house, metrics)
        _texts(house, metrics)
        _deliveries(house, metrics)
        _links(house, metrics)

    return collect


def _requests(house: House, metrics: Metrics) -> None:
    from filters.patterns import Patterns  # a worker has it; for control, which has no house, it is much

    count = house.desk.count
    metrics.counter("requests_total").value = count.taken
    metrics.gauge("requests_in_flight").value = count.in_flight
    for cause, number in count.closed.items():
        metrics.counter("closed_total", cause=cause.value).value = number
    for reason, number in count.reasons.items():
        metrics.counter("reasons_total", reason=reason.value).value = number
    for reason, number in count.observed.items():
        metrics.counter("observed_total", reason=reason.value).value = number
    for (action, reason), number in count.actions.items():
        metrics.counter("actions_total", action=action.value, reason=reason.value).value = number
    metrics.gauge("quarantine_waiting").value = len(house.desk.quarantine)
    for rule, number in house.desk.gate.errors.items():
        metrics.counter("rule_errors_total", rule=rule).value = number
    for each in house.desk.gate.rules:
        patterns = getattr(each, "patterns", None)
        if isinstance(patterns, Patterns):
            metrics.gauge("patterns").value = patterns.size
            metrics.gauge("patterns_left_out").value = len(patterns.refused)


def _texts(house: House, metrics: Metrics) -> None:
    trays = house.trays
    metrics.counter("texts_judged_total").value = sum(tray.judged for tray in trays)
    metrics.counter("texts_remembered_total").value = sum(tray.recalled for tray in trays)
    metrics.counter("texts_late_total").value = sum(tray.late for tray in trays)
    metrics.counter("texts_unjudged_total").value = sum(tray.shed for tray in trays)
    metrics.counter("texts_undecodable_total").value = house.desk.undecodable
    metrics.gauge("texts_waiting").value = sum(map(len, trays))


def _deliveries(house: House, metrics: Metrics) -> None:
    deliveries = house.deliveries
    metrics.counter("delivers_total", outcome="handed_on").value = deliveries.delivered
    metrics.counter("delivers_total", outcome="refused").value = deliveries.refused
    metrics.counter("delivers_total", outcome="timeout").value = deliveries.timeouts
    metrics.counter("delivers_total", outcome="stray").value = deliveries.strays


def _links(house: House, metrics: Metrics) -> None:
    from smppproxy.relay.upstream import OTHER_STATUSES  # as above

    metrics.gauge("sessions", side="reseller").value = len(house.resellers)
    metrics.gauge("sessions", side="upstream").value = len(house.carriers)
    for why, number in house.doors.refused.items():
        metrics.counter("binds_refused_total", reason=why.value).value = number
    metrics.counter("connections_refused_total").value = house.turned_away
    metrics.counter("upstream_late_total").value = house.carriage.late_answers
    metrics.counter("upstream_strays_total").value = house.carriage.strays
    for account in house.doors.accounts.values():
        metrics.gauge("binds", account=account.name).value = len(account.binds)
    bound: Counter[str] = Counter()
    open_requests: Counter[str] = Counter()
    for carrier in house.carriers:
        bound[carrier.upstream.plan.name] += carrier.bound
        open_requests[carrier.upstream.plan.name] += len(carrier.window)
    for name, upstream in house.upstreams.items():
        metrics.gauge("upstream_links", upstream=name).value = bound[name]
        metrics.gauge("upstream_in_flight", upstream=name).value = open_requests[name]
        metrics.gauge("upstream_waiting", upstream=name).value = len(upstream.waiting)
        for status, number in upstream.refusals.items():
            shown = "other" if status == OTHER_STATUSES else f"0x{status:02X}"
            metrics.counter("upstream_refusals_total", upstream=name, status=shown).value = number


def of_spool(spool: SpoolCounts) -> Collector:
    """Copy what a spool has counted."""

    def collect(metrics: Metrics) -> None:
        metrics.counter("trace_rows_total").value = spool.rows_written
        metrics.gauge("trace_rows_waiting").value = spool.pending
        metrics.counter("trace_rows_lost_total").value = spool.rows_lost
        metrics.counter("trace_files_lost_total").value = spool.files_lost

    return collect


def of_process(sink: SinkCounts) -> Collector:
    """Tell what this process is and what it takes."""
    page = os.sysconf("SC_PAGE_SIZE")
    python = ".".join(str(part) for part in sys.version_info[:3])

    def collect(metrics: Metrics) -> None:
        with open("/proc/self/statm", "rb") as statm:
            metrics.gauge("memory_octets").value = int(statm.read().split()[1]) * page
        times = os.times()
        metrics.counter("cpu_seconds_total").value = times.user + times.system
        metrics.counter("log_lines_lost_total").value = sink.dropped
        metrics.gauge("build_info", version=__version__, kernel=kernel.NAME, python=python).value = 1

    return collect
