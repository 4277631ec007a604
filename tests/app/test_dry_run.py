"""The dry run: the findings, the decision and the status a reseller would see."""

from __future__ import annotations

from pathlib import Path

import pytest

from filters.contract import Action, Reason
from filters.ports import CodeEntry, CodeState, ListEntry, SenderEntry, SenderState
from smppproxy.app.dry_run import Draft, DraftError, NoBook, dry_run
from smppproxy.app.settings import load

CONFIG = """
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "127.0.0.1:2776"
[[accounts]]
system_id = "first"
upstream = "smsc"
[[accounts]]
system_id = "second"
upstream = "smsc"
codes = ["301210079"]
statuses = "vendor"
code = { encoding = "integer" }
[[accounts]]
system_id = "shop"
upstream = "smsc"
inject_code = "301150232"
[filters.code]
tag = 0x1500
[[filters.code.extra]]
name = "relay"
tag = 0x1501
length = 4
format = "[0-9]{4}"
[filters.text]
mode = "TEXT_MODE"
# whatever the model in use thinks of a text, it is named gambling here: its quality is tested elsewhere
thresholds = { gambling = 0.0, loan = 1.0, drug = 1.0, adult = 1.0, investment = 1.0, smishing = 1.0, spam = 1.0 }
"""
TEXT = "오늘 저녁 회의는 일곱 시에 시작합니다. 자료를 미리 읽어 오시기 바랍니다."


class Book(NoBook):
    """One code, in one state."""

    version = 1

    def __init__(self, state=CodeState.ACTIVE):
        self.state = state

    def code(self, code):
        return CodeEntry(self.state) if code == "301150232" else None


class BrokenBook(Book):
    """A book that cannot be read."""

    def code(self, code):
        raise OSError("gone")


@pytest.fixture(params=["off"])
def settings(request, tmp_path):
    path = Path(tmp_path / "smppproxy.toml")
    path.write_text(CONFIG.replace("TEXT_MODE", request.param), encoding="utf-8")
    return load(path).settings


def judged(settings, book=None, **draft):
    return dry_run(settings, book or Book(), Draft(**{"text": "hello", **draft}), now=0.0)


def reasons(outcome):
    return [finding.reason for finding in outcome.decision.findings]


def test_a_good_message_goes_on(settings):
    outcome = judged(settings, code="301150232", sender="0212345678", recipient="01000000000", extras={"relay": "0009"})
    assert outcome.decision.action is Action.FORWARD
    assert outcome.command_status == 0
    assert (outcome.account, outcome.message.code, outcome.message.sender) == ("first", "301150232", "0212345678")
    assert outcome.message.extras == {"relay": "0009"}
    assert outcome.modes == {"sanction": "enforce", "code": "enforce", "text": "off"}
    assert outcome.throttled == ()


def test_each_account_has_its_own_rules_and_statuses(settings):
    assert judged(settings).command_status == 0xC3
    outcome = judged(settings, account="second", code="301150232")
    assert (reasons(outcome), outcome.command_status) == ([Reason.CODE_NOT_ALLOWED], 0x404)
    assert judged(settings, account="shop").decision.action is Action.FORWARD


def test_a_sanction_and_an_empty_registry(settings):
    assert judged(settings, Book(CodeState.STRUCK), code="301150232").command_status == 0x45
    assert reasons(judged(settings, NoBook(), code="301150232")) == [Reason.CODE_UNREGISTERED]


class Sanctioned(Book):
    """An account, a sender and a host that somebody may not like."""

    blocks_senders = blocks_hosts = True
    account = "strike"

    def sender(self, number):
        return SenderEntry(SenderState.SUSPENDED) if number == "8215880000" else None

    def listed(self, kind, key):
        reason = {("account_sanction", "first"): self.account, ("host_sanction", "slot.top"): "strike"}.get((kind, key))
        return ListEntry(reason=reason) if reason else None


def test_what_is_under_sanction_is_told_whatever_filters_are_on(settings):
    against = judged(settings, Sanctioned(), code="301150232")
    assert [(finding.rule, finding.reason) for finding in against.decision.findings] == [
        ("sanction", Reason.ACCOUNT_SANCTIONED)
    ]
    assert against.command_status == 0x45
    sender = judged(settings, Sanctioned(), account="shop", sender="15880000", extras={"relay": "0009"})
    assert [(each.rule, each.evidence) for each in sender.decision.findings] == [
        ("sanction", "the sender is suspended")
    ]
    assert sender.command_status == 0x0A
    link = judged(settings, Sanctioned(), account="shop", text="https://a.slot.top/x", extras={"relay": "0009"})
    assert [(each.rule, each.reason) for each in link.decision.findings] == [("sanction", Reason.LINK_REFUSED)]


def test_a_throttle_is_told_and_one_message_is_within_it(settings):
    class Slow(Sanctioned):
        account = "throttle 5"

        def code(self, code):
            return CodeEntry(CodeState.ACTIVE, rate=2.0) if code == "301150232" else None

    outcome = judged(settings, Slow(), code="301150232", extras={"relay": "0009"})
    assert outcome.decision.action is Action.FORWARD
    assert outcome.throttled == ("the account to 5 messages a second", "301150232 to 2 messages a second")


def test_a_book_that_fails_asks_to_come_back(settings):
    outcome = judged(settings, BrokenBook(), code="301150232")
    assert (outcome.decision.action, outcome.command_status) == (Action.THROTTLE, 0x58)


@pytest.mark.parametrize("settings", ["observe"], indirect=True)
def test_every_finding_is_told_not_only_the_first(settings):
    outcome = judged(settings, text=TEXT, extras={"relay": "9"})
    assert reasons(outcome)[:2] == [Reason.CODE_MISSING, Reason.CODE_LENGTH]
    assert Reason.TEXT_GAMBLING in reasons(outcome)
    assert outcome.decision.reason is Reason.CODE_MISSING


@pytest.mark.parametrize("settings", ["observe"], indirect=True)
def test_an_observed_text_goes_on_and_is_explained(settings):
    outcome = judged(settings, text=TEXT, code="301150232")
    assert outcome.decision.action is Action.FORWARD
    assert reasons(outcome) == [Reason.TEXT_GAMBLING]
    assert outcome.explanation.spans["gambling"]
    assert outcome.data_coding == 0x08


@pytest.mark.parametrize("settings", ["enforce"], indirect=True)
@pytest.mark.parametrize("data_coding", [None, 0x08, 0x0E, 0x84])
def test_an_enforced_text_is_refused_in_every_coding(settings, data_coding):
    outcome = judged(settings, text=TEXT * 5, code="301150232", data_coding=data_coding)
    assert (outcome.decision.reason, outcome.command_status) == (Reason.TEXT_GAMBLING, 0x45)


def test_texts_are_not_judged_when_that_is_off(settings):
    outcome = judged(settings, text=TEXT, code="301150232")
    assert outcome.explanation is None
    assert outcome.thresholds == {}
    assert reasons(outcome) == []


def test_senders_are_read_as_the_wire_says(settings):
    assert judged(settings, sender="+82212345678").message.sender_international
    assert judged(settings, sender="KBank").message.sender_alphanumeric


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        ({"account": "nobody"}, "listed: first, second, shop"),
        ({"text": "안녕", "data_coding": 0}, "does not exist in gsm7"),
        ({"code": "일"}, "no single octet"),
        ({"account": "second", "code": "12x"}, "no decimal number"),
        ({"extras": {"template": "1"}}, "configured: relay"),
        ({"sender": "0" * 30}, "at most 20 octets"),
        ({"sender": "카지노"}, "expected ASCII"),
        ({"recipient": "카지노"}, "expected ASCII"),
    ],
)
def test_a_message_that_cannot_be_made_is_told(settings, draft, told):
    with pytest.raises(DraftError, match=told):
        judged(settings, **draft)


def test_a_configuration_without_accounts(settings):
    with pytest.raises(DraftError, match="no account"):
        judged(settings.model_copy(update={"accounts": ()}))
