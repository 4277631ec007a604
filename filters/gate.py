"""Runs the rules in order and keeps a broken one from harming anything but itself.

The code rule runs before the gate, on bare octets; the text is judged after it, in batches. What those two
find is handed to :meth:`Gate.decide` together with what the cheap rules found here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from filters.contract import Decision, Finding, Message, Mode, OnError, Reason, Rule
from filters.policy import Policy


class Fallible(Protocol):
    """What the gate must know of a rule that has just raised. An ``on_error`` it may have is followed."""

    @property
    def name(self) -> str:
        """The rule's name."""
        ...

    @property
    def mode(self) -> Mode:
        """The rule's mode."""
        ...


class TextRule(Fallible, Protocol):
    """The part of the text filter that speaks in findings. The verdict's type is the filter's own affair."""

    def finding(self, verdict: Any, route: str = "domestic") -> Finding | None:
        """Return what the verdict means under the thresholds of a route, or None."""
        ...


class Gate:
    """The rules of one account group, in order. Built anew when the configuration changes."""

    __slots__ = ("_asked", "_refreshed", "errors", "policy", "rules", "text")

    def __init__(self, rules: Sequence[Rule], text: TextRule | None, policy: Policy) -> None:
        self.rules = tuple(rules)
        self._asked = tuple((rule.check, rule) for rule in self.rules if rule.mode is not Mode.OFF)
        self._refreshed: tuple[Any, ...] = tuple(rule for rule in self.rules if hasattr(rule, "refresh"))
        self.text = text
        self.policy = policy
        #: how often each rule raised, by its name
        self.errors: dict[str, int] = {}

    def refresh(self, now: float) -> None:
        """Let the rules take notice of changed books; once per turn of the loop. ``now`` is Unix time in seconds.

        A rule need not care. Raises nothing: one that fails goes on with what it knew, and is counted.
        """
        for rule in self._refreshed:
            try:
                rule.refresh(now)
            except Exception as error:
                self.failed(rule, error)

    @property
    def wants_text(self) -> bool:
        """Whether texts are to be judged at all."""
        return self.text is not None and self.text.mode is not Mode.OFF

    def check(self, message: Message) -> list[Finding]:
        """Run every rule that is not off and return all they found, in order. Raises nothing."""
        return list(self.check_many((message,))[0])

    def check_many(self, messages: Sequence[Message]) -> list[Sequence[Finding]]:
        """The same of many messages. A rule is asked about all of them before the next one is: that costs less.

        A rule's code and what it remembers stay in the processor's caches, instead of being pushed out by the others.
        """
        all_found: list[Sequence[Finding]] = [()] * len(messages)
        for check, rule in self._asked:
            found: list[Finding | None] = []
            rest = iter(messages)
            while len(found) < len(messages):
                try:
                    found.extend(map(check, rest))  # keeps what came before a message at which the rule raises
                except Exception as error:
                    found.append(self.failed(rule, error))
            if found.count(None) < len(found):
                for place, finding in enumerate(found):
                    if finding is not None:
                        all_found[place] = (*all_found[place], _bounded(finding, rule.mode))
        return all_found

    def judged(self, verdict: Any, route: str = "domestic") -> Finding | None:
        """Return what the text filter makes of a verdict on a message of a route. Raises nothing."""
        text = self.text
        if text is None or text.mode is Mode.OFF:
            return None
        try:
            finding = text.finding(verdict, route)
        except Exception as error:
            finding = self.failed(text, error)
        return None if finding is None else _bounded(finding, text.mode)

    def failed(self, rule: Fallible, error: Exception) -> Finding | None:
        """Count a rule that raised and return the finding its ``on_error`` asks for, None for ``forward``."""
        self.errors[rule.name] = self.errors.get(rule.name, 0) + 1
        on_error: OnError = getattr(rule, "on_error", "forward")
        if on_error == "forward":
            return None
        # the type alone: an exception's text may quote the message it choked on
        return Finding(Reason.RULE_FAILED, rule.name, type(error).__name__, enforce=rule.mode is Mode.ENFORCE)

    def decide(self, findings: Sequence[Finding], message: Message | None = None) -> Decision:
        """Return the policy's decision; see :meth:`Policy.decide` for the ``message``."""
        return self.policy.decide(findings, message)


def _bounded(finding: Finding, mode: Mode) -> Finding:
    """A rule in observe mode cannot refuse, whatever it says of itself."""
    if finding.enforce and mode is not Mode.ENFORCE:
        return msgspec.structs.replace(finding, enforce=False)
    return finding
