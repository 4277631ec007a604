"""Evidence as one HTML page that needs nothing else: no script, no picture, no address to load from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any, Final

import msgspec

from smppproxy.state.sanctions.rules import DAY, Action

_STYLE: Final = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1f26; max-width: 62rem; margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p.lead { color: #4b5563; margin: 0 0 1.5rem; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #e5e7eb; vertical-align: top; }
th { color: #4b5563; font-weight: 600; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: 13rem 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: #4b5563; } dd { margin: 0; overflow-wrap: anywhere; }
code { font: 12px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem 2rem; }
.bad { color: #b91c1c; font-weight: 600; }
@media (max-width: 40rem) {
  body { margin: 1rem auto; padding: 0 1rem; }
  dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; }
}
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } tr { break-inside: avoid; } }
"""

_BREAKDOWNS: Final = {
    "accounts": "Resellers (accounts)", "codes": "Codes", "owners": "Owners", "senders": "Sender numbers",
    "labels": "Class", "reasons": "Reason", "routes": "Route", "hosts": "Link hosts",
    "clusters": "Clusters of near-identical texts", "models": "Model version",
}  # fmt: skip


def render(document: Mapping[str, Any]) -> str:
    """Return the page of an evidence document (the plain data of ``sanctions.evidence``)."""
    sanction, chain = document["sanction"], document["chain"]
    evidence = sanction["evidence"]
    subject = sanction["subject"].replace(":", " ", 1)
    title = f"Sanction {sanction['id']}: {Action(sanction['action']).noun} of {subject}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="lead">{escape(_sentence(sanction))}</p>',
        _list("The sanction", _terms(sanction)),
        _list("What it rests on", _grounds(sanction)),
        _notes(document["ledger"]),
        _breakdowns(evidence),
        _verdicts(evidence["verdicts"], evidence["figures"]["verdicts"]),
        _ledger(document["ledger"], chain),
    ]
    head = "<meta charset=utf-8><meta name=viewport content='width=device-width'>"
    head += f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    return f"<!doctype html>\n<html lang=en><head>{head}</head>\n<body>\n" + "\n".join(parts) + "\n</body></html>\n"


def _sentence(sanction: Mapping[str, Any]) -> str:
    made = "a rule" if sanction["rule"] else "a person"
    how = {
        "warned": f"A warning: {made} saw the subject come near its limit. Nothing was done.",
        "proposed": f"A proposal by {made}, not decided yet.",
        "standing": f"In force since {_instant(sanction['began_at'])}.",
        "ended": f"Was in force from {_instant(sanction['began_at'])} to {_instant(sanction['ended_at'])}.",
        "rejected": "A person rejected it. Nothing was done.",
        "withdrawn": "It was withdrawn. Nothing was done.",
    }
    return how[sanction["state"]]


def _terms(sanction: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    yield "State", sanction["state"] + (f" ({sanction['ended_how']})" if sanction["ended_how"] else "")
    yield "Asked for by", f"{sanction['made_by']} on {_instant(sanction['made_at'])}"
    yield "Automatic", "yes" if sanction["automatic"] else "no"
    for each in sanction["approvals"]:
        yield "Approved by", f"{each['who']} on {_instant(each['at'])}" + (f": {each['why']}" if each["why"] else "")
    yield "Reason given", sanction["why"]
    if sanction["rate"]:
        yield "Rate left", f"{sanction['rate']:g} messages a second"
    yield "Ends by itself", _instant(sanction["ends_at"])
    if sanction["ended_at"] is not None:
        yield "Ended", f"{_instant(sanction['ended_at'])} by {sanction['ended_by']}: {sanction['ended_why']}"
    appeal = sanction["appeal"]
    if appeal:
        yield "Appeal", f"{appeal['state']}, by {appeal['by']} on {_instant(appeal['at'])}: {appeal['text']}"
        if appeal["decided_by"]:
            yield "Decided", f"by {appeal['decided_by']} on {_instant(appeal['decided_at'])}: {appeal['decided_why']}"


def _grounds(sanction: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    evidence = sanction["evidence"]
    rule, figures = evidence["rule"], evidence["figures"]
    if not rule and not figures["verdicts"]:
        yield "Grounds", "the decision of a person; no malignant text of the subject was counted in this window"
    yield "Window", f"{_instant(evidence['window_from'])} to {_instant(evidence['window_until'])}"
    if rule:
        asked = [f"{rule['count']} texts"] if rule["count"] else []
        asked += [f"{rule['share']:.2%} of the messages"] if rule["share"] else []
        asked += [f"{rule['recipients']} recipients"] if rule["recipients"] else []
        asked += [f"{rule['suspensions']} suspensions"] if rule["suspensions"] else []
        yield (
            "Rule",
            f"{rule['name']}: {' and '.join(asked)} in {_span(rule['window'])}, score at least {rule['min_score']:g}",
        )
    yield "Malignant texts", str(figures["verdicts"])
    if figures["messages"]:
        yield "Messages", f"{figures['messages']}, of which {evidence['share']:.2%}"
    error = figures["recipients_error"]
    yield "Different recipients", f"{figures['recipients']}" + (f" (an estimate, within {error:.0%})" if error else "")
    if evidence["suspensions"]:
        yield "Earlier suspensions", ", ".join(f"sanction {each}" for each in evidence["suspensions"])
    if evidence["scores"]:
        scores = evidence["scores"]
        yield "Scores", f"{scores['lowest']:.3f} to {scores['highest']:.3f}, on average {scores['mean']:.3f}"
    if evidence["enforced_only"]:
        yield "Counted", "only what filters found that enforce"
    if evidence["overturned"]:
        yield "Overturned since", ", ".join(evidence["overturned"])


def _notes(entries: Sequence[Mapping[str, Any]]) -> str:
    """What persons, and the reports of a campaign, added: the ledger has it, in words it is read."""
    notes = [
        (f"{each['who']} on {_instant(each['at'])}", msgspec.json.decode(each["content"])["note"])
        for each in entries
        if each["action"] == "sanction.note"
    ]
    return _list("Notes", notes) if notes else ""


def _breakdowns(evidence: Mapping[str, Any]) -> str:
    tables = [
        f"<div><h2>{escape(title)}</h2>{_table(('', 'texts'), [(key, n) for key, n in evidence[name].items()])}</div>"
        for name, title in _BREAKDOWNS.items()
        if evidence[name]
    ]
    return f'<div class="columns">{"".join(tables)}</div>' if tables else ""


def _verdicts(verdicts: Sequence[Mapping[str, Any]], counted: int) -> str:
    if not verdicts:
        return ""
    rows = [
        (
            _instant(each["at"]), each["trace_id"] or "(not traced)", each["account"], each["code"], each["sender"],
            each["reason"], f"{each['score']:.3f}", each["model"] or each["rule"],
            "stopped" if each["refused"] else "let pass",
        )
        for each in verdicts
    ]  # fmt: skip
    columns = ("time", "trace id", "account", "code", "sender", "reason", "score", "model or rule", "outcome")
    named = f"{len(verdicts)} of {max(counted, len(verdicts))}"
    return f"<h2>Messages ({named}, the newest first)</h2>{_table(columns, rows)}"


def _ledger(entries: Sequence[Mapping[str, Any]], chain: Mapping[str, Any]) -> str:
    whole = (
        f'<p class="bad">The chain is broken: {escape(chain["fault"])}.</p>'
        if chain["fault"]
        else f"<p>The whole chain of {chain['entries']} entries was checked for this file; it is unbroken. "
        f"Its head is <code>{escape(chain['head'])}</code>.</p>"
    )
    how = (
        "<p>Each hash is SHA-256 over the previous hash and the JSON array "
        "<code>[entry, at, who, action, subject, why, content]</code>, without spaces, in UTF-8.</p>"
    )
    blocks = []
    for each in entries:
        pairs = [
            ("Entry", str(each["entry"])), ("Time", f"{_instant(each['at'])} ({each['at']})"), ("Who", each["who"]),
            ("What", each["action"]), ("Why", each["why"]), ("Previous hash", each["previous"]),
            ("Hash", each["hash"]), ("Content", each["content"]),
        ]  # fmt: skip
        blocks.append(
            _list(f"Entry {each['entry']}: {each['action']}", pairs, code=("Previous hash", "Hash", "Content"))
        )
    return f"<h2>What the ledger holds</h2>{whole}{how}" + "".join(blocks)


def _list(title: str, pairs: Iterable[tuple[str, str]], code: Sequence[str] = ()) -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{f'<code>{escape(value)}</code>' if name in code else escape(value)}</dd>"
        for name, value in pairs
        if value
    )
    return f"<h2>{escape(title)}</h2><dl>{rows}</dl>"


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    head = "".join(f"<th{_number(rows[0][at] if rows else '')}>{escape(name)}</th>" for at, name in enumerate(columns))
    body = "".join(
        "<tr>" + "".join(f"<td{_number(cell)}>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _number(cell: Any) -> str:
    return ' class="number"' if isinstance(cell, int | float) else ""


def _instant(millis: int | None) -> str:
    if millis is None:
        return ""
    return datetime.fromtimestamp(millis / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _span(seconds: int) -> str:
    for unit, length in (("days", DAY), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length and not seconds % length:
            return f"{seconds // length} {unit}"
    return f"{seconds} seconds" if seconds != DAY else "24 hours"


def as_json(document: Mapping[str, Any]) -> str:
    """Return an evidence document as JSON for people and programs."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
