"""Exemptions: who is exempt from what, until when, and what never is."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from filters.contract import Action, Finding, Message, Reason
from filters.exemptions import NEVER, SANCTION, Exemption, Exemptions, spelled
from filters.policy import Policy

UNTIL = 1_800_000_000.0
OTP = Finding(Reason.TEXT_SMISHING, "text", "smishing 0.99")


def exemption(**fields: Any) -> Exemption:
    given = {"name": "otp", "owner": "anna@example.com", "why": "one-time passwords", "until": UNTIL}
    return Exemption(**(given | fields))


def message(**fields: Any) -> Message:
    return Message(**({"account": "bank", "code": "301150232", "sender": "15880000", "arrived": UNTIL - 1} | fields))


def decided(one: Exemption, finding: Finding = OTP, **fields: Any) -> Action:
    return Policy(exemptions=[one]).decide([finding], message(**fields)).action


def test_it_is_matched_by_all_that_it_names():
    one = exemption(accounts=frozenset({"bank"}), senders=frozenset({"15880000"}))
    assert decided(one) is Action.FORWARD
    assert decided(one, account="shop") is Action.REFUSE
    assert decided(one, sender="15990000") is Action.REFUSE
    assert decided(one, code="999999999") is Action.FORWARD
    assert decided(exemption(codes=frozenset({"301150232"}))) is Action.FORWARD
    assert decided(exemption(codes=frozenset({"301150232"})), code="") is Action.REFUSE


def test_it_ends_by_itself():
    one = exemption(accounts=frozenset({"bank"}))
    assert decided(one, arrived=UNTIL - 0.001) is Action.FORWARD
    assert decided(one, arrived=UNTIL) is Action.REFUSE


def test_it_covers_its_reasons_or_its_rules():
    one = exemption(accounts=frozenset({"bank"}), reasons=frozenset({Reason.TEXT_SMISHING}), rules=frozenset({"link"}))
    assert decided(one) is Action.FORWARD
    assert decided(one, Finding(Reason.LINK_REFUSED, "link")) is Action.FORWARD
    assert decided(one, Finding(Reason.LINK_REFUSED, "blocklist")) is Action.REFUSE
    assert decided(one, Finding(Reason.TEXT_LOAN, "text")) is Action.REFUSE


def test_it_stands_in_the_finding():
    decision = Policy(exemptions=[exemption(accounts=frozenset({"bank"}))]).decide([OTP], message())
    [finding] = decision.findings
    assert not finding.enforce
    assert finding.evidence == "exempted by otp: smishing 0.99"
    assert (finding.reason, finding.score) == (OTP.reason, OTP.score)


def test_a_sanction_is_never_exempted_from():
    for reason in NEVER:
        for one in (exemption(), exemption(reasons=frozenset({reason})), exemption(rules=frozenset({"code"}))):
            assert decided(one, Finding(reason, "code")) is Action.REFUSE
            assert not Exemptions([one]).concern(Finding(reason, "code"))
    found = Finding(Reason.SENDER_BLACKLISTED, SANCTION)
    for one in (exemption(), exemption(reasons=frozenset({found.reason})), exemption(rules=frozenset({SANCTION}))):
        assert decided(one, found) is Action.REFUSE
        assert not Exemptions([one]).concern(found)


def test_it_says_whether_a_message_has_to_be_looked_at():
    assert not Exemptions().concern(OTP)
    assert Exemptions([exemption()]).concern(OTP)
    assert Exemptions([exemption(rules=frozenset({"text"}))]).concern(OTP)
    assert not Exemptions([exemption(rules=frozenset({"link"}))]).concern(OTP)
    assert Policy().certain(OTP)
    assert not Policy(exemptions=[exemption()]).certain(OTP)


def test_senders_are_compared_as_people_write_them():
    assert spelled("+821012345678") == "821012345678"
    assert decided(exemption(senders=frozenset({spelled("ACME")})), sender="acme") is Action.FORWARD


@given(
    st.lists(st.builds(Finding, st.sampled_from(Reason), st.sampled_from(["text", "code"]), enforce=st.booleans())),
    st.lists(
        st.builds(
            exemption,
            reasons=st.frozensets(st.sampled_from(Reason), max_size=3),
            rules=st.frozensets(st.sampled_from(["text", "code"]), max_size=1),
            accounts=st.sampled_from([frozenset({"bank"}), frozenset({"shop"})]),
        ),
        max_size=3,
    ),
)
def test_nothing_found_is_lost_and_nothing_becomes_worse(found: list[Finding], exemptions: list[Exemption]):
    after = Exemptions(exemptions).applied(found, message())
    assert [(f.reason, f.rule) for f in after] == [(f.reason, f.rule) for f in found]
    for before, now in zip(found, after, strict=True):
        assert before.enforce >= now.enforce
        assert now.enforce or not before.enforce or now.evidence.startswith("exempted by ")
