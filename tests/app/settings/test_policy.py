"""[policy], its exemptions and [quarantine]: what is told to the gate, and what makes no sense."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from filters.contract import Action, Finding, Message, Reason
from filters.policy import TEMPORARY
from smppproxy.app.settings import pack, unpack
from smppproxy.app.settings.policy import DECIDABLE, senseless

EXEMPT = """
[[policy.exempt]]
name = "bank otp"
owner = "anna@example.com"
why = "one-time passwords"
until = {until}
senders = ["+15880000", "ACME"]
reasons = ["text_smishing"]
"""
FAR = "2099-12-31"


def test_the_gate_is_told(read, good):
    more = '[policy]\nrewrite_sender = "Likely-SCAM"\n[policy.actions]\ntext_smishing = "quarantine"\n'
    more += 'sender_spoofed = "rewrite"\n' + EXEMPT.format(until=FAR)
    loaded = read(good + more)
    assert loaded.warnings == ()
    for settings in (loaded.settings, unpack(pack(loaded.settings))):
        policy = settings.policy.told()
        assert policy.action(Reason.TEXT_SMISHING) is Action.QUARANTINE
        assert policy.action(Reason.TEXT_LOAN) is Action.REFUSE
        assert settings.policy.holds
        found = [Finding(Reason.SENDER_SPOOFED, "sender"), Finding(Reason.TEXT_SMISHING, "text")]
        acme = policy.decide(found, Message(account="reseller1", sender="Acme", arrived=time.time()))
        assert (acme.action, acme.rewrite_sender) == (Action.REWRITE, "Likely-SCAM")
        other = policy.decide(found, Message(account="reseller1", sender="Other", arrived=time.time()))
        assert other.action is Action.QUARANTINE
    assert not read(good).settings.policy.holds


def test_a_date_means_its_whole_day(read, good):
    def until(written):
        return read(good + EXEMPT.format(until=written)).settings.policy.exempt[0].until

    assert until("2099-12-31") == until('"2099-12-31"') == datetime(2100, 1, 1).astimezone()
    assert until("2099-12-31T12:00:00Z") == datetime(2099, 12, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        ('[policy.actions]\ntext_smishin = "quarantine"\n', "policy.actions.text_smishin", "text_smishing"),
        ('[policy.actions]\nwindow_full = "forward"\n', "policy.actions.window_full", "reason that rules find"),
        ('[policy.actions]\ntext_loan = "reject"\n', "policy.actions.text_loan", "refuse"),
        ('[policy.actions]\ntext_loan = "rewrite"\n', "policy.rewrite_sender", "a name to write"),
        ('[policy.actions]\ncode_sanctioned = "forward"\n', "policy.actions.code_sanctioned", "lifted where"),
        ('[policy.actions]\naccount_sanctioned = "observe"\n', "policy.actions.account_sanctioned", "lifted where"),
        ('[policy.actions]\ncode_rate = "refuse"\n', "policy.actions.code_rate", "throttle"),
        ('[policy.actions]\nrule_failed = "swallow"\n', "policy.actions.rule_failed", "nothing is known"),
        ('[policy]\nrewrite_sender = "longer than 11"\n', "policy.rewrite_sender", "1 to 11"),
        ("[policy]\nactions = 3\n", "policy.actions", "table of reasons"),
        (EXEMPT.format(until='"tomorrow"'), "policy.exempt[0].until", "a date"),
        (EXEMPT.format(until=FAR).replace("senders", "#"), "policy.exempt[0]", "accounts, codes or senders"),
        (EXEMPT.format(until=FAR).replace("owner", "#"), "policy.exempt[0].owner", ""),
        (EXEMPT.format(until=FAR).replace("text_smishing", "code_sanctioned"), "policy.exempt[0].reasons", "sanction"),
        (2 * EXEMPT.format(until=FAR), "policy.exempt[1].name", "used once"),
        ("[quarantine]\nmessages = 0\n", "quarantine.messages", "1 or more"),
    ],
)
def test_what_makes_no_sense_is_refused(faults, good, more, key, words):
    found = faults(good + more)
    assert key in found, found
    assert words in f"{found[key].expected} {found[key].suggestion}"


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        ('[policy.actions]\ntext_loan = "swallow"\n', "policy.actions.text_loan", "nobody gets the message"),
        ('[policy.actions]\ntext_loan = "throttle"\n', "policy.actions.text_loan", "again and again"),
        (EXEMPT.format(until="2020-01-01"), "policy.exempt[0].until", "without effect"),
    ],
)
def test_what_hurts_is_told(read, good, more, key, words):
    [warning] = read(good + more).warnings
    assert warning.key == key
    assert words in warning.message


def test_an_exemption_that_ends_soon_is_told(read, good):
    soon = datetime.fromtimestamp(time.time() + 10.5 * 86_400, UTC).isoformat(timespec="seconds")
    [warning] = read(good + EXEMPT.format(until=soon)).warnings
    assert "bank otp ends in 10 days; anna@example.com answers for it" in warning.message


def test_each_row_is_sound_or_says_what_to_write():
    for reason in DECIDABLE:
        sound = [action for action in Action if not senseless(reason, action)]
        assert (Action.THROTTLE if reason in TEMPORARY else Action.REFUSE) in sound
        assert Action.QUARANTINE in sound
