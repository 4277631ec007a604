"""The policy: every reason has an action, the first enforced finding decides, nothing found is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.contract import FORWARD, Action, Finding, Message, Reason
from filters.policy import DEFAULTS, TEMPORARY, Policy

findings = st.lists(st.builds(Finding, st.sampled_from(Reason), st.just("rule"), enforce=st.booleans()), max_size=6)


def test_every_reason_has_an_action():
    assert set(DEFAULTS) == set(Reason)
    assert all((DEFAULTS[reason] is Action.THROTTLE) == (reason in TEMPORARY) for reason in Reason)


def test_what_a_sender_says_is_never_throttled():
    assert not {reason for reason in TEMPORARY if reason.value.startswith(("text_", "sender_"))}
    assert DEFAULTS[Reason.CODE_SANCTIONED] is Action.REFUSE


def test_nothing_found_is_forwarded():
    assert Policy().decide([]) is FORWARD


def test_the_first_enforced_finding_decides():
    seen = Finding(Reason.TEXT_LOAN, "text", enforce=False)
    first = Finding(Reason.CODE_RATE, "volume")
    second = Finding(Reason.SENDER_SPOOFED, "sender")
    decision = Policy().decide([seen, first, second])
    assert (decision.action, decision.reason) == (Action.THROTTLE, Reason.CODE_RATE)
    assert decision.findings == (seen, first, second)


def test_what_concerns_the_whole_message_comes_first():
    some = Finding(Reason.RECIPIENT_REFUSED, "destination", recipients=("01012345678",))
    whole = Finding(Reason.LINK_REFUSED, "link")
    assert Policy().decide([some, whole]).reason is Reason.LINK_REFUSED
    assert Policy().decide([some]).reason is Reason.RECIPIENT_REFUSED


def test_a_row_can_be_overridden():
    policy = Policy({Reason.SENDER_SPOOFED: Action.REWRITE, Reason.LINK_REFUSED: Action.FORWARD}, "Likely-SCAM")
    decision = policy.decide([Finding(Reason.LINK_REFUSED, "link"), Finding(Reason.SENDER_SPOOFED, "sender")])
    assert (decision.action, decision.rewrite_sender) == (Action.REWRITE, "Likely-SCAM")
    assert policy.action(Reason.CODE_MISSING) is Action.REFUSE


def test_rewriting_needs_something_to_write():
    with pytest.raises(ValueError, match="sender_spoofed is rewrite"):
        Policy({Reason.SENDER_SPOOFED: Action.REWRITE})


@given(findings)
def test_observing_never_refuses_and_nothing_is_lost(found):
    decision = Policy().decide(found)
    assert decision.findings == tuple(found)
    enforced = [finding.reason for finding in found if finding.enforce]
    assert decision.reason == (enforced[0] if enforced else None)
    assert (decision.action is Action.FORWARD) == (not enforced)


def test_a_rewrite_lets_what_stops_decide():
    policy = Policy({Reason.SENDER_UNREGISTERED: Action.REWRITE}, "Unverified")
    unknown = Finding(Reason.SENDER_UNREGISTERED, "sender")
    bad = Finding(Reason.TEXT_SMISHING, "text")
    assert policy.decide([unknown, bad]).action is Action.REFUSE
    some = Finding(Reason.RECIPIENT_REFUSED, "destination", recipients=("01012345678",))
    decision = policy.decide([unknown, some])
    assert (decision.action, decision.reason, decision.rewrite_sender) == (
        Action.REFUSE,
        Reason.RECIPIENT_REFUSED,
        "Unverified",
    )


def test_a_finding_may_say_what_is_written():
    policy = Policy({Reason.SENDER_UNREGISTERED: Action.REWRITE}, "Unverified")
    named = Finding(Reason.SENDER_UNREGISTERED, "sender", rewrite="Likely-SCAM")
    assert policy.decide([named]).rewrite_sender == "Likely-SCAM"
    assert policy.decide([Finding(Reason.SENDER_UNREGISTERED, "sender")]).rewrite_sender == "Unverified"


def test_a_rule_that_names_a_sender_rewrites_where_no_row_says_otherwise():
    named = Finding(Reason.SENDER_UNREGISTERED, "sender", rewrite="Likely-SCAM")
    decision = Policy().decide([named])
    assert (decision.action, decision.rewrite_sender) == (Action.REWRITE, "Likely-SCAM")
    assert not Policy().certain(named)
    assert Policy({Reason.SENDER_UNREGISTERED: Action.REFUSE}).decide([named]).action is Action.REFUSE


def test_an_observed_reason_is_recorded_as_a_rule_in_observe_mode_would():
    policy = Policy({Reason.LINK_REFUSED: Action.OBSERVE})
    decision = policy.decide([Finding(Reason.LINK_REFUSED, "link")], Message(account="a"))
    assert decision.action is Action.FORWARD
    assert [finding.enforce for finding in decision.findings] == [False]


def test_what_is_certain_needs_no_look_at_the_message():
    policy = Policy({Reason.CODE_MISSING: Action.QUARANTINE, Reason.CODE_FORMAT: Action.THROTTLE})
    certain = {r for r in Reason if policy.certain(Finding(r, "code"))}
    assert set(Reason) - certain == {Reason.CODE_MISSING}


@pytest.mark.parametrize("action", [Action.OBSERVE, Action.FORWARD, Action.REWRITE])
@pytest.mark.parametrize("reason", [Reason.LINK_REFUSED, Reason.TEXT_SPAM, Reason.SENDER_BLACKLISTED])
def test_a_row_for_rules_is_no_leave_for_whom_a_sanction_names(reason, action):
    policy = Policy({reason: action}, "Unverified")
    against = Finding(reason, "sanction")
    assert policy.certain(against)
    assert policy.decide([Finding(reason, "link"), against], Message(account="a")).action is Action.REFUSE
    assert policy.action_of(Finding(reason, "link")) is action


def test_a_row_may_say_how_a_sanction_stops():
    policy = Policy({Reason.TEXT_SPAM: Action.QUARANTINE, Reason.ACCOUNT_RATE: Action.OBSERVE})
    assert policy.action_of(Finding(Reason.TEXT_SPAM, "sanction")) is Action.QUARANTINE
    assert policy.action_of(Finding(Reason.ACCOUNT_RATE, "sanction")) is Action.THROTTLE
