"""What would become of a message, as JSON: the same for the command line, the control socket and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from smppproxy.app.dry_run import Outcome
from smppproxy.smpp.constants import STATUSES

if TYPE_CHECKING:
    from filters.text.explain import Explanation, Span

VENDOR = 0x400  # the first status that is a vendor's own


def report(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome for scripts."""
    decision = outcome.decision
    return {
        "account": outcome.account,
        "action": decision.action.value,
        "reason": decision.reason.value if decision.reason is not None else None,
        "command_status": outcome.command_status,
        "status": f"0x{outcome.command_status:02X}",
        "status_name": status_name(outcome.command_status),
        "code": outcome.message.code,
        "data_coding": outcome.data_coding,
        "modes": outcome.modes,
        "throttled": list(outcome.throttled),
        "findings": [
            {
                "rule": finding.rule,
                "reason": finding.reason.value,
                "evidence": finding.evidence,
                "score": round(finding.score, 6),
                "enforced": finding.enforce,
            }
            for finding in decision.findings
        ],
        "readings": list(outcome.message.texts),
        "text": _text(outcome, outcome.explanation) if outcome.explanation is not None else None,
    }


def heaviest(explanation: Explanation) -> tuple[str, list[Span]]:
    """Return the class the text is nearest to and the spans that moved it, heaviest first."""
    name = explanation.top
    if name not in explanation.spans:
        name = max(explanation.probabilities, key=lambda each: explanation.probabilities[each])
    return name, explanation.spans[name]


def status_name(status: int) -> str:
    """Return the specification's name of a status, or what range it is in."""
    known = STATUSES.get(status)
    if known is not None:
        return known.name34 or known.name50
    return "vendor specific" if status >= VENDOR else "reserved"


def _text(outcome: Outcome, explanation: Explanation) -> dict[str, Any]:
    name, spans = heaviest(explanation)
    return {
        "reading": outcome.reading,
        "normalised": explanation.text,
        "features": explanation.features,
        "probabilities": {key: round(value, 6) for key, value in explanation.probabilities.items()},
        "thresholds": outcome.thresholds,
        "top": explanation.top,
        "familiar": round(explanation.familiar, 6),
        "known_language": explanation.known_language,
        "strange_words": explanation.strange_words,
        "kinds": {key: round(value, 6) for key, value in explanation.kinds.items()},
        "class": name,
        "spans": msgspec.to_builtins(spans),
        "classes": {each: _of_class(explanation, each) for each in explanation.probabilities},
    }


def _of_class(explanation: Explanation, name: str) -> dict[str, Any]:
    """How the logit of a class came about: spans, what the rest and what was taken away added, and the bias; exact."""
    return {
        "probability": round(explanation.probabilities[name], 6),
        "spans": msgspec.to_builtins(explanation.spans[name]),
        "rest": round(explanation.rest[name], 4),
        "removed": round(explanation.removed[name], 4),
        "bias": round(explanation.bias[name], 4),
    }
