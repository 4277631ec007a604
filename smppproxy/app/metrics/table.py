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
    Metric("requests_total", "counter", (), "requests taken from resellers; each is answered once"),
    Metric("closed_total", "counter", ("cause",), "requests answered, by what closed them"),
    Metric("requests_in_flight", "gauge", (), "requests taken and not yet answered"),
    Metric("reasons_total", "counter", ("reason",), "requests we answered ourselves, by reason"),
    Metric("observed_total", "counter", ("reason",), "requests a rule in observe mode would have refused, by reason"),
    Metric("actions_total", "counter", ("action", "reason"), "messages swallowed, rewritten or quarantined, by reason"),
    Metric("quarantine_waiting", "gauge", (), "messages to be held that wait for the disk; they have no answer yet"),
    Metric("quarantine_messages", "gauge", (), "messages that are held and not yet decided about or sent"),
    Metric("quarantine_octets", "gauge", (), "the same in octets; both as the store has them"),
    Metric("rule_errors_total", "counter", ("rule",), "rules that failed on a message: a bug, please report"),
    Metric("patterns", "gauge", (), "patterns that texts are searched for", "max"),
    Metric("patterns_left_out", "gauge", (), "patterns of the lists that cannot be used; `check` names them", "max"),
    # the judge of texts
    Metric("texts_judged_total", "counter", (), "texts the model judged"),
    Metric("texts_remembered_total", "counter", (), "texts whose verdict was remembered"),
    Metric("texts_late_total", "counter", (), "requests whose verdict missed the deadline"),
    Metric("texts_unjudged_total", "counter", (), "late texts that were never judged, for want of room"),
    Metric("texts_undecodable_total", "counter", (), "texts no reading of which could be decoded"),
    Metric("texts_waiting", "gauge", (), "requests that wait for the judge"),
    # the outside service
    Metric("inquiry_questions_total", "counter", ("outcome",), "questions: answered, remembered or unanswered"),
    Metric("inquiry_late_total", "counter", (), "requests whose answers missed the deadline"),
    Metric("inquiry_failures_total", "counter", (), "requests to the service that failed"),
    Metric("inquiry_waiting", "gauge", (), "requests of resellers that wait for the service"),
    # a candidate beside the model in use
    Metric("model_shadow_messages_total", "counter", ("outcome",), "messages judged by both models, by outcome"),
    Metric(
        "model_shadow_flagged_total",
        "counter",
        ("outcome", "class"),
        "messages either model flags, by outcome and class",
    ),
    Metric("model_shadow_dropped_total", "counter", (), "messages not compared, for want of time"),
    Metric("model_shadow_failed_total", "counter", (), "messages on which a model failed in the comparison"),
    Metric("model_shadow_waiting", "gauge", (), "messages that wait to be compared"),
    Metric("model_canary_texts_total", "counter", (), "texts the candidate judged for real"),
    # deliver_sm: receipts and mobile-originated messages
    Metric(
        "delivers_total", "counter", ("outcome",), "deliver_sm by outcome: handed_on, refused, timeout, stray (answer)"
    ),
    # sessions and upstreams
    Metric("sessions", "gauge", ("side",), "open connections; side is reseller or upstream"),
    Metric("binds", "gauge", ("account",), "binds of resellers"),
    Metric("binds_refused_total", "counter", ("reason",), "bind requests of resellers that failed, by reason"),
    Metric("sessions_closed_total", "counter", ("side", "reason"), "connections closed before a worker took them"),
    Metric("connections_refused_total", "counter", (), "connections closed at once for want of room"),
    Metric("upstream_links", "gauge", ("upstream",), "binds to the SMSC that are in place"),
    Metric("upstream_in_flight", "gauge", ("upstream",), "requests the SMSC has not answered"),
    Metric("upstream_waiting", "gauge", ("upstream",), "requests that wait for window credit"),
    Metric(
        "upstream_refusals_total",
        "counter",
        ("upstream", "status"),
        "answers of the SMSC that are not ESME_ROK, by command_status, such as 0x58 (throttled) and 0x14 (queue full)",
    ),
    Metric("upstream_late_total", "counter", (), "answers of SMSCs that came after response_timeout"),
    Metric("upstream_strays_total", "counter", (), "answers of SMSCs that match no request, dropped"),
    # one worker's time
    Metric("turn_seconds", "histogram", (), "one turn of a worker: judging what was read and writing what it led to"),
    Metric("judge_seconds", "histogram", (), "one run of the model over a batch"),
    # the trace
    Metric("trace_rows_total", "counter", (), "trace rows written"),
    Metric(
        "trace_rows_waiting", "gauge", (), "trace rows not yet written; beyond a second's worth the disk refuses them"
    ),
    Metric("trace_rows_lost_total", "counter", (), "trace rows lost because the disk refused for too long"),
    Metric("trace_files_lost_total", "counter", (), "trace files deleted unread because the spool was over its limit"),
    Metric("trace_rows_moved_total", "counter", (), "trace rows moved from the spools into the store"),
    Metric("trace_rows_misdated_total", "counter", (), "trace rows whose time is none, so that no day takes them"),
    Metric("trace_files_torn_total", "counter", (), "spool files that could not be read to their end"),
    Metric("trace_days_dropped_total", "counter", (), "days of the trace deleted because their time is over"),
    Metric("trace_lag_seconds", "gauge", (), "how long the oldest finished spool file has waited to be moved", "max"),
    Metric("texts_kept_total", "counter", (), "texts of refused messages that were kept, encrypted"),
    # what the sanctions are told
    Metric("verdicts_total", "counter", (), "texts that something was found against, of kinds that sanctions count"),
    Metric("verdict_rows_total", "counter", (), "rows written for the sanctions: verdicts, and how much was sent"),
    Metric("verdict_rows_waiting", "gauge", (), "such rows not yet written"),
    Metric("verdict_rows_lost_total", "counter", (), "such rows lost because the disk refused for too long"),
    Metric("verdict_files_lost_total", "counter", (), "such files deleted unread because nobody took them"),
    # the sanctions, told by control
    Metric("sanctions", "gauge", ("state", "subject", "action"), "sanctions proposed and in force, by kind of subject"),
    Metric("sanction_verdicts_total", "counter", (), "malignant verdicts counted"),
    Metric("sanction_lag_seconds", "gauge", (), "from the oldest verdict of the last file to its being counted"),
    Metric("sanction_files_waiting", "gauge", (), "files of verdicts that are not counted yet"),
    Metric("sanction_faults_total", "counter", (), "turns of the sanctions that failed, as with a full disk"),
    # the processes
    Metric("memory_octets", "gauge", (), "resident memory of the workers"),
    Metric("cpu_seconds_total", "counter", (), "processor time of the workers"),
    Metric("log_lines_lost_total", "counter", (), "log lines lost because nobody read stderr"),
    Metric("build_info", "gauge", ("version", "kernel", "python"), "always 1: what is running", "max"),
    # the whole, told by control
    Metric("codes", "gauge", ("state",), "codes in the registry, by what they are worth now", "max"),
    Metric("reloads_total", "counter", ("result",), "changes of the configuration, taken or refused"),
    Metric("workers", "gauge", (), "worker processes that should run"),
    Metric("workers_ready", "gauge", (), "worker processes that take traffic"),
    Metric("workers_silent", "gauge", (), "questions to workers that stayed without an answer"),
    Metric("store_away", "gauge", (), "1 while PostgreSQL cannot be reached; absent without it", "max"),
    Metric("draining", "gauge", (), "1 while the proxy stops"),
)

METRICS: Final[dict[str, Metric]] = {metric.name: metric for metric in _ALL}
