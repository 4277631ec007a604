"""What is proposed to the sanctions for a campaign: one measure for each code, with the evidence in words."""

from __future__ import annotations

from collections.abc import Set
from typing import Any, Final, NamedTuple

LIMIT: Final = 1900  # characters of a note
REPORTS: Final = 50  # reports named in the evidence
TRACES: Final = 50  # messages named in it


class Proposal(NamedTuple):
    """A code, and what speaks against it."""

    code: str
    why: str
    evidence: str


def proposals(campaign: dict[str, Any], codes: Set[str] = frozenset()) -> list[Proposal]:
    """Return a proposal for each code that sent a campaign, or for those that are named."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in campaign["sources"]:
        if each["code"] and (not codes or each["code"] in codes):
            found.setdefault(each["code"], []).append(each)
    return [_proposal(campaign, code, sources) for code, sources in found.items()]


def _proposal(campaign: dict[str, Any], code: str, sources: list[dict[str, Any]]) -> Proposal:
    spam = campaign["reports"] - campaign["ham"]
    messages, refused = (sum(each[name] for each in sources) for name in ("messages", "refused"))
    why = f"campaign {campaign['campaign']}: {campaign['category'] or 'unknown'}, {spam} reports, {messages} messages"
    matches = {match["report"]: match for each in sources for match in each["matches"]}
    traces = dict.fromkeys([m["trace_id"] for m in matches.values()] + [t for each in sources for t in each["traces"]])
    parts = [
        f"{why}, {refused} of them refused, through {', '.join(sorted({each['account'] for each in sources}))}.",
        f"{campaign['ham']} reports say it is no spam." if campaign["ham"] else "",
        "Reports: " + ", ".join(f"{n} ({m['confidence']:.2f}, {m['why']})" for n, m in list(matches.items())[:REPORTS])
        if matches
        else "",
        "Traces: " + ", ".join(list(traces)[:TRACES]) if traces else "",
    ]
    return Proposal(code, why, " ".join(filter(None, parts))[:LIMIT])
