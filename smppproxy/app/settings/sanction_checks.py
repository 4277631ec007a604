"""What will hurt in ``[sanctions]``, though each key is fine by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from filters.contract import Mode
from smppproxy.app.settings.faults import Found
from smppproxy.app.settings.judgement import Filters
from smppproxy.app.settings.sanctions import SanctionRule, SanctionSettings
from smppproxy.state.sanctions.rules import COUNTED_MESSAGES, Action, Kind

Hurt = tuple[tuple[str | int, ...], str, str]

_FEW: Final = 5  # verdicts
_LIKELY: Final = 0.5


def faults(sanctions: SanctionSettings) -> Iterator[Found]:
    """Yield what cannot be."""
    seen: dict[str, int] = {}
    for at, rule in enumerate(sanctions.rules):
        if rule.name in seen:
            why = f"sanctions.rules[{seen[rule.name]}] has it too"
            yield Found(("sanctions", "rules", at, "name"), "a name used once", why, rule.name)
        seen.setdefault(rule.name, at)


def hurts(sanctions: SanctionSettings, filters: Filters) -> Iterator[Hurt]:
    """Yield what can be and will hurt: place, what, remedy."""
    judged = filters.text.mode
    for at, rule in enumerate(sanctions.rules):
        yield from (((("sanctions", "rules", at, key)), what, remedy) for key, what, remedy in _of_rule(rule))
    for at, rule in enumerate(sanctions.rules):
        place = ("sanctions", "rules", at, "subject")
        if rule.subject is Kind.CLUSTER and not filters.blocklist.clusters:
            what = "a sanction on a cluster refuses nothing while filters.blocklist.clusters is false"
            yield place, what, "set filters.blocklist.clusters = true"
    automatic = any(rule.automatic for rule in sanctions.rules)
    if sanctions.rules and not sanctions.malignant:
        yield ("sanctions", "malignant"), "is empty: nothing counts and no rule is ever reached", "name classes"
    elif sanctions.rules and judged is Mode.OFF and "rules" in sanctions.model_fields_set:
        yield ("sanctions", "rules"), "no text is judged: filters.text is off", 'set filters.text.mode = "observe"'
    elif automatic and judged is Mode.OBSERVE:
        yield (
            ("sanctions", "rules"),
            "automatic rules only propose while filters.text observes: what is only observed punishes nobody",
            'set filters.text.mode = "enforce" once its verdicts are trusted',
        )


def _of_rule(rule: SanctionRule) -> Iterator[tuple[str, str, str]]:
    if rule.automatic and rule.action in (Action.SUSPEND, Action.STRIKE):
        if rule.subject in COUNTED_MESSAGES and not rule.share and not rule.suspensions:
            yield (
                "share",
                f"an automatic {rule.action} without a share hits whoever sends much: of a million good messages "
                "a thousand are flagged wrongly at 0.1 %",
                "add share = 0.02",
            )
        if not rule.suspensions and 0 < (rule.count or rule.recipients) < _FEW:
            yield "count", f"fewer than {_FEW} verdicts lead to an automatic {rule.action}", "raise it"
        if rule.action is Action.STRIKE and not rule.warn_at and not rule.suspensions:
            yield "warn_at", "nobody is warned before an automatic strike", "set warn_at = 0.5"
        if rule.min_score < _LIKELY:
            yield "min_score", "verdicts that are more likely wrong than right lead to an automatic measure", "raise it"
    if rule.action is Action.THROTTLE and not rule.duration:
        yield "duration", "a throttle without a duration stays until a person lifts it", "set duration = 3600"
