"""Exemptions: senders such as those of one-time passwords and emergency warnings that a rule is not to stop.

Each names whose messages, from which reasons or rules, who answers for it, why, and until when. One whose time has
come to an end is without effect by itself. A sanction is never exempted from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from filters.contract import Finding, Message, Reason

#: What no exemption covers: a sanction is lifted where it was made, with its own record.
NEVER: Final = frozenset({Reason.CODE_SANCTIONED, Reason.ACCOUNT_SANCTIONED})

#: Nor what is found under this name: see :mod:`filters.sanctions` and :mod:`filters.sanctioned`.
SANCTION: Final = "sanction"


class Exemption(msgspec.Struct, frozen=True, kw_only=True):
    """Who is exempt from what. An empty set of accounts, codes or senders stands for any; one of them is filled.

    ``reasons`` and ``rules`` empty: from everything that can be exempted from. ``until`` is Unix seconds, the first
    instant at which it no longer holds.
    """

    name: str
    owner: str
    why: str
    until: float
    accounts: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    senders: frozenset[str] = frozenset()
    reasons: frozenset[Reason] = frozenset()
    rules: frozenset[str] = frozenset()

    def covers(self, finding: Finding) -> bool:
        """Whether this finding is one of those it exempts from."""
        if _is_sanction(finding):
            return False
        if not (self.reasons or self.rules):
            return True
        return finding.reason in self.reasons or finding.rule in self.rules

    def matches(self, message: Message) -> bool:
        """Whether it holds for a message, at the time the message came in."""
        return (
            message.arrived < self.until
            and (not self.accounts or message.account in self.accounts)
            and (not self.codes or message.code in self.codes)
            and (not self.senders or spelled(message.sender) in self.senders)
        )


def spelled(sender: str) -> str:
    """A sender as exemptions compare it: without a leading +, letters in lower case."""
    return sender.removeprefix("+").lower()


class Exemptions:
    """All exemptions of a configuration. Asked only when something was found."""

    __slots__ = ("_all", "_any", "_reasons", "_rules")

    def __init__(self, exemptions: Iterable[Exemption] = ()) -> None:
        self._all = tuple(exemptions)
        self._any = any(not (each.reasons or each.rules) for each in self._all)
        self._reasons = frozenset(reason for each in self._all for reason in each.reasons) - NEVER
        self._rules = frozenset(rule for each in self._all for rule in each.rules)

    def __bool__(self) -> bool:
        return bool(self._all)

    def concern(self, finding: Finding) -> bool:
        """Whether some message may be exempt from this finding: only then does the message have to be looked at."""
        return bool(self._all) and not _is_sanction(finding) and (
            self._any or finding.reason in self._reasons or finding.rule in self._rules
        )  # fmt: skip

    def applied(self, findings: Sequence[Finding], message: Message) -> list[Finding]:
        """Return the findings with those that the message is exempt from turned into observed ones, in order."""
        matching = [each for each in self._all if each.matches(message)]
        if not matching:
            return list(findings)
        return [_exempted(finding, matching) if finding.enforce else finding for finding in findings]


def _is_sanction(finding: Finding) -> bool:
    return finding.reason in NEVER or finding.rule == SANCTION


def _exempted(finding: Finding, exemptions: Sequence[Exemption]) -> Finding:
    for each in exemptions:
        if each.covers(finding):
            evidence = f"exempted by {each.name}" + (f": {finding.evidence}" if finding.evidence else "")
            return msgspec.structs.replace(finding, enforce=False, evidence=evidence)
    return finding
