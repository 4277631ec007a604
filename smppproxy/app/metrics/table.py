"""Every metric there is: name, kind, labels, unit, meaning. Code, exposition and reference page follow this table."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]
Merge = Literal["sum", "max", "min"]


class Metric(NamedTuple):
    """One metric. Names are without the prefix ``smppproxy_``; times are seconds, sizes octets."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    about: str
    merge: Merge = "sum"  # what becomes of the workers' gauges


PREFIX: Final = "smppproxy_"

_ALL: Final = (
    # requests of resellers
    Metric("requests_total", "counter", ("account",), "requests taken from resellers; each is answered once"),
    Metric("closed_total", "counter", ("cause",), "requests answered, by what closed them"),
    Metric("requests_in_flight", "gauge", (), "requests taken and not yet answered"),
    Metric("refused_total", "counter", ("account", "reason"), "requests refused or throttled by us, by reason"),
    Metric(
        "observed_total", "counter", ("account", "reason"), "findings of filters in observe mode: forwarded, recorded"
    ),
    Metric("answers_total", "counter", ("account", "status"), "answers to resellers by command_status (hex)"),
    Metric("rule_errors_total", "counter", ("rule",), "rules that failed on a message; a bug, please report"),
    Metric("held_seconds", "histogram", (), "from reading a request to writing it to the SMSC"),
    Metric("upstream_seconds", "histogram", ("upstream",), "from writing a request to the SMSC to its answer"),
    # the judge of texts
    Metric("texts_judged_total", "counter", (), "texts the model judged"),
    Metric("texts_remembered_total", "counter", (), "texts whose verdict was remembered"),
    Metric("texts_late_total", "counter", (), "texts whose verdict missed the deadline"),
    Metric("texts_shed_total", "counter", (), "texts forwarded unjudged because too many waited"),
    Metric("texts_undecodable_total", "counter", (), "texts no reading of which could be decoded"),
    Metric("texts_waiting", "gauge", (), "texts that wait for the judge"),
    Metric("verdicts_total", "counter", ("class",), "verdicts by class"),
    Metric("judge_seconds", "histogram", (), "one run of the model over a batch"),
    Metric("segments_dropped_total", "counter", (), "incomplete texts of several segments that were forgotten"),
    # deliver_sm: receipts and mobile-originated messages
    Metric("delivers_total", "counter", ("outcome",), "deliver_sm from the SMSC, by outcome"),
    # sessions and wires
    Metric("sessions", "gauge", ("side",), "open connections; side is reseller or upstream"),
    Metric("binds", "gauge", ("account",), "binds of resellers"),
    Metric("binds_total", "counter", ("result",), "bind requests of resellers, accepted or refused"),
    Metric("sessions_closed_total", "counter", ("side", "reason"), "connections that ended, by reason"),
    Metric("pdus_total", "counter", ("side", "direction"), "PDUs in and out"),
    Metric("octets_total", "counter", ("side", "direction"), "octets in and out"),
    Metric("protocol_faults_total", "counter", ("side", "fault"), "what peers did against the protocol"),
    Metric("reading_paused_total", "counter", ("side",), "times a peer was not read because it does not read us"),
    # upstreams
    Metric("upstream_binds", "gauge", ("upstream",), "binds to the SMSC that are usable"),
    Metric("upstream_in_flight", "gauge", ("upstream",), "requests the SMSC has not answered"),
    Metric("upstream_waiting", "gauge", ("upstream",), "requests that wait for window credit"),
    Metric("upstream_attempts_total", "counter", ("upstream", "result"), "attempts to connect and bind, by result"),
    Metric("upstream_timeouts_total", "counter", ("upstream",), "requests the SMSC did not answer in response_timeout"),
    Metric("upstream_strays_total", "counter", ("upstream",), "responses that match no request, dropped"),
    # state
    Metric("books_age_seconds", "gauge", (), "since the books were last known to be current", "max"),
    Metric("codes", "gauge", ("state",), "codes in the registry", "max"),
    Metric("trace_rows_total", "counter", (), "trace rows written"),
    Metric("trace_rows_dropped_total", "counter", (), "trace rows lost because the spool was full or failing"),
    Metric("spool_octets", "gauge", (), "size of the spool on disk"),
    # the process
    Metric("loop_lag_seconds", "gauge", (), "longest hold of an event loop since the last scrape", "max"),
    Metric("memory_octets", "gauge", (), "resident memory of the workers"),
    Metric("cpu_seconds_total", "counter", (), "processor time of the workers"),
    Metric("log_lines_dropped_total", "counter", (), "log lines lost because nobody read stderr"),
    Metric("reloads_total", "counter", ("result",), "reloads of the configuration, done or refused"),
    # the whole, told by control
    Metric("workers", "gauge", (), "worker processes that should run"),
    Metric("workers_ready", "gauge", (), "worker processes that take traffic"),
    Metric("workers_silent", "gauge", (), "questions to workers that stayed without an answer"),
    Metric("draining", "gauge", (), "1 while the proxy stops"),
    Metric("build_info", "gauge", ("version", "kernel", "python"), "always 1; what is running", "max"),
)

METRICS: Final[dict[str, Metric]] = {metric.name: metric for metric in _ALL}
