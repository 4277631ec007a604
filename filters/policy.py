"""What is done about each reason: one table, which the operator may override, and one function that reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from filters.contract import FORWARD, Action, Decision, Finding, Message, Reason
from filters.exemptions import SANCTION, Exemption, Exemptions

#: Reasons that pass by themselves: the sender does right to try again. All others are permanent, because a client
#: that retries what can never pass only multiplies the load.
TEMPORARY: Final = frozenset(
    {
        Reason.ACCOUNT_RATE,
        Reason.CODE_RATE,
        Reason.WINDOW_FULL,
        Reason.OVERLOADED,
        Reason.QUARANTINE_FULL,
        Reason.JUDGE_LATE,
        Reason.SERVICE_UNAVAILABLE,
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

#: Actions that keep a message from the carrier. A rewritten one goes on, so what else was found can still stop it.
STOPPING: Final = frozenset({Action.REFUSE, Action.THROTTLE, Action.QUARANTINE, Action.SWALLOW})

#: Actions that turn somebody away.
REFUSING: Final = frozenset({Action.REFUSE, Action.THROTTLE})


class Policy:
    """Turns findings into a decision."""

    __slots__ = ("_actions", "_observed", "_overridden", "_rewrite_sender", "exemptions")

    def __init__(
        self,
        overrides: Mapping[Reason, Action] | None = None,
        rewrite_sender: str = "",
        exemptions: Iterable[Exemption] = (),
    ) -> None:
        """``overrides`` change single rows of :data:`DEFAULTS`; ``rewrite_sender`` is what ``rewrite`` writes.

        A finding that names a sender to write is a rewrite where no row says otherwise: its rule was configured so.
        Raises ValueError when a row says ``rewrite`` and there is nothing to write.
        """
        self._overridden = frozenset(overrides or ())
        self._actions = {**DEFAULTS, **(overrides or {})}
        self._observed = frozenset(r for r, action in self._actions.items() if action is Action.OBSERVE)
        self._rewrite_sender = rewrite_sender
        self.exemptions = Exemptions(exemptions)
        if not rewrite_sender and Action.REWRITE in self._actions.values():
            reasons = ", ".join(reason.value for reason, action in self._actions.items() if action is Action.REWRITE)
            raise ValueError(f"the action for {reasons} is rewrite, but no sender to write is set")

    def action(self, reason: Reason) -> Action:
        """Return what a row of the table says."""
        return self._actions[reason]

    def action_of(self, finding: Finding) -> Action:
        """Return what an enforced finding leads to."""
        if finding.rewrite and finding.reason not in self._overridden:
            return Action.REWRITE
        action = self._actions[finding.reason]
        if finding.rule == SANCTION and action not in STOPPING:
            return DEFAULTS[finding.reason]  # what rules are let observe is no leave for whom a sanction names
        return action

    def certain(self, finding: Finding) -> bool:
        """Whether an enforced finding turns the message away whoever sent it: nothing else has to be looked at."""
        return self.action_of(finding) in REFUSING and not self.exemptions.concern(finding)

    def weighed(self, findings: Sequence[Finding], message: Message) -> Sequence[Finding]:
        """Return the findings as they count for this message: exempted and observed ones no longer enforce."""
        if self.exemptions:
            findings = self.exemptions.applied(findings, message)
        if self._observed and any(finding.enforce and finding.reason in self._observed for finding in findings):
            findings = [
                _seen(finding) if finding.reason in self._observed and finding.rule != SANCTION else finding
                for finding in findings
            ]
        return findings

    def decide(self, findings: Sequence[Finding], message: Message | None = None) -> Decision:
        """Let the first enforced finding that stops the message decide, else the first that rewrites it; keep all.

        One that concerns the whole message comes before one that concerns single recipients. Without a ``message``
        the findings have been weighed already, or nobody can be exempt.
        """
        if not findings:
            return FORWARD
        if message is not None:
            findings = self.weighed(findings, message)
        whole = some = rewrite = None
        for finding in findings:
            if not finding.enforce:
                continue
            action = self.action_of(finding)
            if action is Action.REWRITE:
                rewrite = rewrite or finding
            elif action in STOPPING and not finding.recipients:
                whole = whole or finding
            elif action in STOPPING:
                some = some or finding
        deciding = whole or some or rewrite
        if deciding is None:
            return Decision(findings=tuple(findings))
        sender = (rewrite.rewrite or self._rewrite_sender) if rewrite is not None else ""
        return Decision(self.action_of(deciding), deciding.reason, tuple(findings), sender, rewrite)


def _seen(finding: Finding) -> Finding:
    return msgspec.structs.replace(finding, enforce=False) if finding.enforce else finding
