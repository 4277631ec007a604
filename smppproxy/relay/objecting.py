"""Tells what stands against a request before a rule is asked: its code and other identities, a throttle, a sanction."""

from __future__ import annotations

from filters.code import CodeRule, IdentityRule
from filters.contract import CodeValue, Finding
from filters.sanctions import Sanctions
from smppproxy.relay.account import Account
from smppproxy.relay.acting import Acting
from smppproxy.relay.intake import Request
from smppproxy.relay.ticket import Cause, Facts, Note, Ticket


class Objecting(Acting):
    """The part of the desk that looks at identities and sanctions."""

    __slots__ = ("sanctions",)
    sanctions: Sanctions  # of accounts, and the pace of what is throttled

    def _judge_identities(self, note: Note, account: Account, request: Request) -> None:
        rule = account.plan.rule
        finding = self.asked(rule, rule, request.code, account.plan.allowed)
        for extra, (_, value) in zip(rule.extras, request.extras, strict=False):
            if finding is not None and finding.enforce:
                break
            finding = self.asked(rule, extra, value) or finding
        note.finding = finding

    def _paced(self, rule: CodeRule, request: Request, now: float) -> Finding | None:
        """Whether the code, or an identity beside it, is throttled and sends more than it may."""
        pace = self.sanctions.pace
        finding = rule.paced(request.code, pace, now)
        for extra, (_, value) in zip(rule.extras, request.extras, strict=False):
            finding = finding or extra.paced(value, pace, now)
        return finding

    def asked(
        self, rule: CodeRule, identity: IdentityRule, value: CodeValue, allowed: frozenset[str] | None = None
    ) -> Finding | None:
        """Ask a rule about an identity. Books that cannot be read are the rule's trouble, not the session's."""
        try:
            return identity.judge(value, allowed)
        except Exception as error:
            return self.gate.failed(rule, error)

    def _watches(self) -> bool:
        """Whether a sender or text is under sanction that no filter in force looks up."""
        messages = self.sanctions.messages
        return messages is not None and messages.follow()

    def _under_sanction(self, facts: Facts) -> Finding | None:
        """Why the sender, the text or a link may not pass. Books that cannot be read are the rule's trouble."""
        messages = self.sanctions.messages
        if messages is None:
            return None
        try:
            found = messages.check(facts.message)
        except Exception as error:
            return self.gate.failed(messages, error)
        facts.asked = messages.version
        return found

    def _turn_away(self, ticket: Ticket, finding: Finding) -> None:
        """Refuse a request for a finding that is :meth:`~filters.policy.Policy.certain`."""
        self.refuse(ticket, finding, Cause.GATE, self.gate.policy.action_of(finding))
