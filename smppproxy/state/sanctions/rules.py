"""What a sanction may be, against whom, and the rules that ask for one."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

MINUTE: Final = 60
DAY: Final = 86_400
SHORTEST: Final = MINUTE  # s of a window; a bucket of it is a second
LONGEST: Final = 60 * DAY  # s of a window; verdicts and counters older than the longest rule are forgotten


class Kind(StrEnum):
    """What a sanction can be against. A subject is written ``kind:key``, such as ``code:301150232``."""

    CODE = "code"
    SENDER = "sender"
    ACCOUNT = "account"
    OWNER = "owner"  # the business's registration number: a struck business does not come back under a new code
    CLUSTER = "cluster"  # near-identical texts
    HOST = "host"  # of a link


COUNTED_MESSAGES: Final = (Kind.CODE, Kind.ACCOUNT, Kind.OWNER)
"""Of these it is known how much they send, so that a share can be told."""


class Action(StrEnum):
    """The ladder, from the lowest step to the highest."""

    OBSERVE = "observe"  # on record, without effect on traffic
    THROTTLE = "throttle"
    SUSPEND = "suspend"
    STRIKE = "strike"  # one strike out: it does not end by itself

    @property
    def rank(self) -> int:
        """The step of the ladder, 0 the lowest."""
        return LADDER.index(self)

    @property
    def noun(self) -> str:
        """How people call it."""
        return {"observe": "observation", "throttle": "throttling", "suspend": "suspension"}.get(self, "strike")


LADDER: Final = tuple(Action)

POSSIBLE: Final = {
    Kind.CODE: tuple(Action),
    Kind.ACCOUNT: tuple(Action),
    Kind.OWNER: tuple(Action),
    Kind.SENDER: (Action.OBSERVE, Action.SUSPEND, Action.STRIKE),
    Kind.CLUSTER: (Action.OBSERVE, Action.SUSPEND, Action.STRIKE),
    Kind.HOST: (Action.OBSERVE, Action.SUSPEND, Action.STRIKE),
}
"""Which steps there are for each kind: a rate belongs to who sends, not to what is sent."""


class Gauge(NamedTuple):
    """What has to be counted for a rule: verdicts of at least a score within a window (s)."""

    span: int
    score: float


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. It is reached when everything it asks for (what is not 0) is reached at once."""

    name: str
    subject: Kind = Kind.CODE
    window: int = DAY  # s
    count: int = 0  # malignant verdicts in the window
    share: float = 0.0  # of the subject's messages in the window
    recipients: int = 0  # different recipients in the window
    suspensions: int = 0  # suspensions that began in the window
    min_score: float = 0.0
    action: Action = Action.OBSERVE
    automatic: bool = False
    duration: int = 0  # s; 0: until a person lifts it
    rate: float = 1.0  # msg/s that a throttle leaves
    warn_at: float = 0.0  # part of ``count`` and ``recipients`` at which a warning goes ahead; 0: none

    @property
    def gauge(self) -> Gauge | None:
        """What has to be counted, None where only suspensions matter."""
        return Gauge(self.window, self.min_score) if self.count or self.share or self.recipients else None


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The rules in force, and how persons decide."""

    malignant: frozenset[str] = frozenset()  # reasons of verdicts that count, such as text_gambling
    rules: tuple[Rule, ...] = ()
    four_eyes: bool = False  # a measure that is not automatic needs two different persons
    proposal_age: int = 30 * DAY  # s after which a proposal nobody decided is withdrawn

    def of(self, kind: Kind) -> list[Rule]:
        """Return the rules about a kind of subject, the highest step first."""
        return sorted((rule for rule in self.rules if rule.subject is kind), key=lambda rule: -rule.action.rank)

    def gauges(self, kind: Kind) -> set[Gauge]:
        """Return what has to be counted of a kind of subject."""
        return {gauge for rule in self.rules if rule.subject is kind and (gauge := rule.gauge) is not None}

    def rule(self, name: str) -> Rule | None:
        """Return the rule of a name, None where there is none any more."""
        return next((rule for rule in self.rules if rule.name == name), None)

    @property
    def kept(self) -> int:
        """Seconds after which nothing that was counted matters any more."""
        return max((rule.window for rule in self.rules), default=DAY)
