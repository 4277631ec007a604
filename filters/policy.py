"""What is done about each reason: one table, which the operator may override, and one function that reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from filters.contract import FORWARD, Action, Decision, Finding, Reason

#: Reasons that pass by themselves: the sender does right to try again. All others are permanent, because a client
#: that retries what can never pass only multiplies the load.
TEMPORARY: Final = frozenset(
    {
        Reason.ACCOUNT_RATE,
        Reason.CODE_RATE,
        Reason.WINDOW_FULL,
        Reason.OVERLOADED,
        Reason.JUDGE_LATE,
        Reason.DRAINING,
        Reason.UPSTREAM_LOST,
        Reason.UPSTREAM_ABSENT,
        Reason.RESPONSE_TIMEOUT,
        Reason.RULE_FAILED,
    }
)

DEFAULTS: Final[Mapping[Reason, Action]] = MappingProxyType(
    {reason: Action.THROTTLE if reason in TEMPORARY else Action.REFUSE for reason in Reason}
)


class Policy:
    """Turns findings into a decision."""

    __slots__ = ("_actions", "_rewrite_sender")

    def __init__(self, overrides: Mapping[Reason, Action] | None = None, rewrite_sender: str = "") -> None:
        """``overrides`` change single rows of :data:`DEFAULTS`; ``rewrite_sender`` is what ``rewrite`` writes.

        Raises ValueError when a row says ``rewrite`` and there is nothing to write.
        """
        self._actions = {**DEFAULTS, **(overrides or {})}
        self._rewrite_sender = rewrite_sender
        if not rewrite_sender and Action.REWRITE in self._actions.values():
            reasons = ", ".join(reason.value for reason, action in self._actions.items() if action is Action.REWRITE)
            raise ValueError(f"the action for {reasons} is rewrite, but no sender to write is set")

    def action(self, reason: Reason) -> Action:
        """Return what an enforced finding of this reason leads to."""
        return self._actions[reason]

    def decide(self, findings: Sequence[Finding]) -> Decision:
        """Let the first enforced finding whose action is not ``forward`` decide; keep all of them.

        One that concerns the whole message comes before one that concerns single recipients.
        """
        if not findings:
            return FORWARD
        deciding = None
        for finding in findings:
            if finding.enforce and self._actions[finding.reason] is not Action.FORWARD:
                if not finding.recipients:
                    deciding = finding
                    break
                deciding = deciding or finding
        if deciding is None:
            return Decision(findings=tuple(findings))
        action = self._actions[deciding.reason]
        sender = self._rewrite_sender if action is Action.REWRITE else ""
        return Decision(action, deciding.reason, tuple(findings), sender)
