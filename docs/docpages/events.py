"""The page of log events: names, levels and fields are read from the source, what they mean stands here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from smppproxy.relay.knock import Refusal

ROOT: Final = Path(__file__).parents[2]
LEVELS: Final = ("debug", "info", "warning", "error", "exception", "critical")

#: What each event tells an operator. An event of the source that is missing here fails a test.
MEANINGS: Final = {
    "account_unusable": "An account of the store is left out: its name stands in the file too, or it does not fit it.",
    "caller_turned_away": "A connection was closed before its bind: an address that is not allowed, or no room.",
    "bind_refusals_not_told": "More binds were refused within a second than are told one by one; so many were not.",
    "bind_refused": "A reseller's bind failed. It was told `status` only; `reason` is a word of the list below.",
    "bound": "A reseller bound, from the address named.",
    "candidate_unusable": "The model put on trial cannot be loaded; the one in use judges alone.",
    "cannot_accept": "No connection can be accepted, mostly for want of file descriptors. Raise `LimitNOFILE`.",
    "cannot_start": "The proxy could not start; the reason names the key or the address. Exit code 1.",
    "certificate_unusable": "A changed certificate cannot be used; the listener goes on with the old one.",
    "child_died": "A process ended unasked and is started again after the pause named.",
    "child_ended": "A process ended as it was asked to.",
    "child_hangs_and_is_killed": "A process showed no sign of life for too long. It is started again.",
    "child_late_and_is_killed": "A process did not end within the drain's time.",
    "child_ready": "A process does its work.",
    "child_started": "A process was started.",
    "configuration_hurts": "What `smppproxy check` warns of.",
    "configuration_not_watched": "Changes of the file are not noticed; send SIGHUP to reload.",
    "control_cannot_work": "Control cannot open its store, or may not write it. It is started again; sessions go on.",
    "desk_page_failed": "A page of the abuse desk met a bug; the person was told so. Please report it.",
    "desk_sign_in_refused": "A name and a password did not belong together; ten of those a minute bar an address.",
    "desk_signed_in": "A person signed in to the abuse desk's page.",
    "descriptors_short": "Fewer file descriptors than `proxy.limits.sessions` needs.",
    "drained": "The proxy stopped. `unanswered` above 0 gives exit code 1.",
    "draining": "The proxy stops: no new connections, new messages get 0x58.",
    "link_closed": "A session ended, on the side named, for the reason named.",
    "look_up_failed": "A reseller's question could not be answered, for the trace cannot be read: it is to come later.",
    "model_in_use": "Texts are judged by another model from now on.",
    "model_on_trial": "A candidate judges beside the model in use (shadow), or for some accounts (canary).",
    "inquiry_failing": "The service of `[filters.inquiry]` failed three times in a row; it is left alone for a while.",
    "model_unusable": "The model chosen by `smppproxy model use` cannot be loaded; the shipped one judges instead.",
    "peer_does_not_read": "A peer does not read what it is sent; nothing is read from it meanwhile.",
    "quarantine_accepts_again": "Messages can be held again.",
    "quarantine_expired": "Nobody decided about these messages in time; they will not be sent.",
    "quarantine_file_damaged": "A file of held messages cannot be read; it is kept. The disk is failing.",
    "quarantine_full": "No more messages can be held: clients get 0x58. Release or drop some, or raise the bound.",
    "quarantine_goes_on": "The fault is over; nothing was lost.",
    "quarantine_not_written": "Messages cannot be held, as with a full disk: clients are told 0x58.",
    "quarantine_outcome_not_written": "The outcome of released messages cannot be written down; it is tried again.",
    "quarantine_stands_still": "Held messages cannot be moved into the store, or released ones not sent. They wait.",
    "quarantined": "Messages were held for a person; `smppproxy quarantine list` shows them.",
    "receipt_not_made": "A dropped message cannot be opened, so its client gets no receipt. Restore `texts.key`.",
    "release_uncertain": "A worker did not say whether it took released messages; they may become `unknown`.",
    "released_unknown": "The SMSC may or may not have these released messages; see `quarantine release --again`.",
    "reload_needs_restart": "A key was changed that is read at the start only; the old value stays.",
    "reload_refused": "A changed configuration is faulty and was refused whole; the old one runs on.",
    "reloaded": "A changed configuration is in force.",
    "request_failed": "A request on a socket of ours met a bug; please report it.",
    "shadow_not_saved": "What the comparison with a candidate has counted could not be written; it is tried again.",
    "rows_not_written": "The disk refuses rows of trace or verdicts; 100,000 wait in memory, then the oldest are lost.",
    "rows_written_again": "The disk takes rows again; what waited is written.",
    "sanction_applied": "An automatic rule began a measure, or one that a person began is in force at last.",
    "sanction_ended": "A measure ended: `how` says whether its time was over, or what else ended it.",
    "sanction_impossible": "A rule asks for a measure that its registry cannot hold, for the reason named. Told once.",
    "sanction_not_in_force": "A measure is on record and not in the registry or the books yet. It is tried again.",
    "sanction_proposed": "A rule proposes a measure. `smppproxy sanctions show` tells its grounds; a person decides.",
    "sanction_warned": "A subject comes near a rule. Nothing was done.",
    "sanction_withdrawn": "A proposal nobody decided, or a warning whose window is over, was closed.",
    "sanctions_go_on": "The fault is over; nothing was lost.",
    "sanctions_halted": "Verdicts cannot be counted, as with a full disk. They wait in `verdicts/`; messages go on.",
    "sibling_silent": "A worker did not answer another one. Harmless while it starts, a fault otherwise.",
    "store_away": "PostgreSQL cannot be reached; workers go on with what they know, nothing can be changed meanwhile.",
    "store_back": "PostgreSQL is reached again; what other nodes changed meanwhile is in force.",
    "task_failed": "Work in the background met a bug; please report it.",
    "tls_ended_before_bind": "A TLS connection ended before its bind: a failed handshake, a scan, a slow client.",
    "trace_days_dropped": "Days of the trace older than `retention` were deleted.",
    "trace_durable_again": "The fault is over; the answers that waited have left.",
    "trace_file_torn": "A spool file could not be read to its end; what could be was moved, the file is kept.",
    "trace_moves_again": "The fault is over; nothing was lost.",
    "trace_not_durable": 'The disk refuses trace rows, and with `durability = "commit"` answers wait for it.',
    "reports_not_forgotten": "Old reports cannot be deleted, as with a full disk. It is tried again in an hour.",
    "trace_not_moved": "Rows cannot be moved from the spool to the trace, as with a full disk. They wait in the spool.",
    "trace_sync_failed": "The disk failed while rows were synced; the sessions that waited for it were closed.",
    "unexpected": "A bug was met and its session closed; all others go on. Please report it.",
    "unexpected_message": "Two processes do not understand each other, as after half an upgrade. Restart the proxy.",
    "upstream_connected": "A connection to the SMSC is made; its bind follows.",
    "upstream_lost": "A shared link to the SMSC ended, or its bind failed, for the reason named. It is dialled again.",
    "upstream_slow": "A pooled upstream was neither bound nor refused in time; the proxy takes traffic without it.",
    "upstream_unreachable": "The SMSC cannot be connected to; it is tried again with growing pauses.",
    "verdict_file_torn": "A file of verdicts could not be read to its end; what could be was counted; the file stays.",
}

#: What each reason of `bind_refused` means, and what helps.
REFUSED_BINDS: Final = {
    Refusal.NO_ACCOUNT: "No account has this system_id: a slip on one of the two sides, or a stranger.",
    Refusal.WRONG_PASSWORD: "The password is not the account's.",
    Refusal.ADDRESS_NOT_ALLOWED: "The account's `allow` has not this address. Behind a balancer: `proxy_protocol`.",
    Refusal.TOO_MANY_BINDS: "The account has its `max_binds` already, dead ones not yet noticed among them.",
    Refusal.MALFORMED: "The bind could not be read; `status` names the field.",
    Refusal.SMSC_REFUSED: "Paired: the SMSC answered `status`, which went back unchanged.",
    Refusal.SMSC_AWAY: "Paired: the SMSC cannot be connected to, or did not answer the bind.",
    Refusal.STOPPING: "The proxy drains.",
}

HEAD: Final = """\
# Log events

<!-- Names, levels and fields are written by docs/generate.py, meanings stand in docs/docpages/events.py. -->

For network engineers. Logs go to stderr, a line each: JSON, or text on a terminal (`[logs] format`). Every line has
`time`, `level`, `event`, `process` and `pid`. Messages are not logged; what became of them stands in
the trace and in the [metrics](metrics.md). No line holds a text, a phone number or a secret.

| event | level | fields | meaning |
|---|---|---|---|
"""


class Event(NamedTuple):
    """What the source says of an event, over all places that log it."""

    levels: tuple[str, ...]
    fields: tuple[str, ...]


def found() -> dict[str, Event]:
    """Return the events of the source by name."""
    gathered: dict[str, tuple[set[str], set[str]]] = {}
    for path in sorted((*ROOT.glob("smppproxy/**/*.py"), *ROOT.glob("filters/**/*.py"))):
        for name, level, fields in _calls(ast.parse(path.read_text(encoding="utf-8"))):
            levels, known = gathered.setdefault(name, (set(), set()))
            levels.add("error" if level == "exception" else level)
            known.update("exception" if field == "exc_info" else field for field in fields)
            known.update(("exception",) if level == "exception" else ())
    return {
        name: Event(tuple(sorted(levels, key=LEVELS.index)), tuple(sorted(fields)))
        for name, (levels, fields) in sorted(gathered.items())
    }


REFUSED_BINDS_HEAD: Final = """
## Why a bind was refused

The `reason` of `bind_refused`, and the label of `smppproxy_binds_refused_total`. Whoever is refused for one of the
first four hears `0x0D` whichever it was, so that names cannot be probed: the log knows.

| reason | what it means |
|---|---|
"""


def page() -> str:
    """Return the page."""
    refused = "".join(f"| `{why.value}` | {meaning} |\n" for why, meaning in REFUSED_BINDS.items())
    return HEAD + _events() + REFUSED_BINDS_HEAD + refused


def _events() -> str:
    return "".join(
        f"| `{name}` | {', '.join(event.levels)} | {', '.join(f'`{field}`' for field in event.fields)} "
        f"| {MEANINGS.get(name, '')} |\n"
        for name, event in found().items()
    )


def _calls(tree: ast.Module) -> Iterator[tuple[str, str, list[str]]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="log"), attr=level),
                args=[ast.Constant(value=str(name)), *_],
                keywords=keywords,
            ) if level in LEVELS:
                yield name, level, [keyword.arg for keyword in keywords if keyword.arg]
