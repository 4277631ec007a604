"""``[sanctions]``: which verdicts count, what they lead to, and how persons decide."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from filters.contract import Reason
from smppproxy.app.settings.values import (
    CountOrNone,
    Flag,
    Items,
    Name,
    Number,
    Resolved,
    Section,
    Share,
    Whole,
    option,
    refuse,
)
from smppproxy.state.sanctions.rules import (
    COUNTED_MESSAGES,
    DAY,
    LONGEST,
    POSSIBLE,
    SHORTEST,
    Action,
    Kind,
    Policy,
    Rule,
)

MALIGNANT: Final = ("gambling", "loan", "drug", "adult")
_TEXT: Final = "text_"
_UNITS: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": DAY}
_SPAN: Final = '600, or "10min", "24h", "30d"'


def _span(value: Any) -> Any:
    """Read seconds, or a number with its unit."""
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d{1,9})\s*([a-z]*)\s*", value)
        if match is None or (match[2] not in _UNITS and not (isinstance(value, Resolved) and not match[2])):
            refuse(f"a time such as {_SPAN}")
        return int(match[1]) * _UNITS.get(match[2], 1)
    if isinstance(value, bool) or not isinstance(value, int):
        refuse(f"a time such as {_SPAN}")
    return value


def _malignant(value: str) -> str:
    reasons = [reason.value for reason in Reason]
    if value not in reasons and _TEXT + value not in reasons:
        classes = ", ".join(each.removeprefix(_TEXT) for each in reasons if each.startswith(_TEXT))
        refuse(f"a class of texts, or a reason ({classes})")
    return value


Window = Annotated[int, BeforeValidator(_span), Field(ge=SHORTEST, le=LONGEST)]
Span = Annotated[int, BeforeValidator(_span), Field(ge=0, le=10 * 365 * DAY)]


class SanctionRule(Section):
    """``[[sanctions.rules]]``: what leads to which step. All that is asked for has to be reached at once."""

    name: Name = option(..., "its name, in evidence and ledger")
    subject: Kind = option(Kind.CODE, "whose verdicts are counted, and who is sanctioned")
    window: Window = option(DAY, f"length of the window, which slides: {_SPAN}; 1 minute to 60 days", unit="s")
    count: CountOrNone = option(0, "malignant texts in the window; 0 = not asked", unit="texts")
    share: Share = option(0.0, "their part of all messages in the window; 0 = not asked; of code, account, owner")
    recipients: CountOrNone = option(0, "different recipients in the window; 0 = not asked", unit="recipients")
    suspensions: Annotated[Whole, Field(ge=0, le=1000)] = option(
        0, "suspensions that began in the window; 0 = not asked"
    )
    min_score: Share = option(0.9, "least score of a verdict that counts")
    action: Action = option(..., "the step: on record only, a rate, until lifted or over, struck out")
    automatic: Flag = option(False, "do it at once (only by what enforced filters found); else propose it to a person")
    duration: Span = option(0, "after which it ends by itself; 0 = until a person lifts it", unit="s")
    rate: Annotated[Number, Field(gt=0, le=1_000_000)] = option(1.0, "what a throttle leaves", unit="msg/s")
    warn_at: Share = option(0.5, "part of count and recipients at which a warning goes ahead; 0 = none")

    @model_validator(mode="after")
    def _asks_for_something(self) -> SanctionRule:
        if not (self.count or self.recipients or self.suspensions):
            refuse("count, recipients or suspensions", "add count = 50")
        if self.action not in POSSIBLE[self.subject]:
            refuse(f"for {self.subject} one of {', '.join(POSSIBLE[self.subject])}")
        if self.share and self.subject not in COUNTED_MESSAGES:
            refuse(f"no share: how much a {self.subject} sends is not counted")
        if self.suspensions and self.action is not Action.STRIKE:
            refuse('action = "strike" where suspensions are counted')
        if self.action is Action.STRIKE and self.duration:
            refuse("no duration: a strike stands until a person lifts it")
        return self

    def told(self) -> Rule:
        """Return what the engine is told."""
        return Rule(**self.model_dump())


#: KISA lists a number after 50 reports a day; no number for codes was published, so persons decide.
RULES: Final = (
    {"name": "throttle", "window": 600, "count": 20, "share": 0.01, "action": "throttle", "duration": 3600},
    {"name": "suspend", "window": DAY, "count": 50, "share": 0.02, "action": "suspend", "duration": 7 * DAY},
    {"name": "strike", "window": 30 * DAY, "count": 500, "share": 0.02, "action": "strike"},
    {"name": "second-suspension", "window": 30 * DAY, "suspensions": 2, "action": "strike", "warn_at": 0},
)


class SanctionSettings(Section):
    """``[sanctions]``: malignant texts are counted and rules ask for measures. By default they only propose."""

    malignant: Annotated[tuple[Annotated[str, AfterValidator(_malignant)], ...], Items] = option(
        MALIGNANT, "what counts: classes of texts, or reasons such as link_refused; [] = nothing"
    )
    four_eyes: Flag = option(False, "what is not automatic needs two different persons")
    proposal_age: Span = option(30 * DAY, "after which a proposal nobody decided is withdrawn", unit="s")
    rules: Annotated[tuple[SanctionRule, ...], Items] = option(
        tuple(SanctionRule.model_validate(each) for each in RULES),
        "see `[[sanctions.rules]]`; given, they replace all of the default ones; [] = none",
    )

    def policy(self) -> Policy:
        """Return what the engine is told."""
        texts = {_TEXT + each for each in self.malignant}
        reasons = {reason.value for reason in Reason}
        return Policy(
            malignant=frozenset((texts | set(self.malignant)) & reasons),
            rules=tuple(each.told() for each in self.rules),
            four_eyes=self.four_eyes,
            proposal_age=self.proposal_age,
        )
