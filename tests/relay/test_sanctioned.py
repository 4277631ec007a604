"""Sanctions at the desk: accounts and throttled codes, on every bind, also while a text waits for the judge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from filters.code import CodeSettings, IdentitySettings
from filters.contract import Finding, Mode, Reason
from filters.ports import CodeEntry, CodeState, ListEntry
from filters.sanctions import Sanctions
from smppproxy.relay.plan import CodeTlv, ExtraTlv
from smppproxy.smpp import constants as c

Make = Callable[..., Any]


class Lists:
    """The list of accounts."""

    def __init__(self) -> None:
        self.version = 1
        self.reason = ""

    def listed(self, kind: str, key: str) -> ListEntry | None:
        return ListEntry(reason=self.reason) if self.reason and key == "reseller1" else None

    def put(self, reason: str) -> None:
        self.reason = reason
        self.version += 1


@pytest.fixture
def lists() -> Lists:
    return Lists()


def made(street: Make, lists: Lists, **settings: Any) -> Any:
    at = street(**settings)
    at.house.desk.sanctions = Sanctions(lists)
    return at


@pytest.mark.parametrize("way", ["plain", "rules", "long"])
def test_an_account_under_sanction_sends_no_text(street: Make, talk: Any, lists: Lists, way: str) -> None:
    at = made(street, lists, accounts=("other",), **talk.WAYS[way])
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1))
    assert len(smsc.gets()) == 1
    lists.put("suspend")
    reseller.sends(talk.submit(2), talk.submit(3, command=c.DATA_SM), talk.header(c.ENQUIRE_LINK, 4))
    assert sorted(reseller.statuses()) == [(0x00, 4), (0x45, 2), (0x45, 3)]
    assert smsc.gets() == []
    lists.put("")
    reseller.sends(talk.submit(5))
    assert len(smsc.gets()) == 1


def test_a_text_that_waits_when_its_account_is_struck_is_refused(street: Make, talk: Any, lists: Lists) -> None:
    at = made(street, lists, judge=talk.Judge())
    reseller, smsc = at.bound()
    at.house.sent(reseller.link, talk.submit(1), at.now)
    lists.put("strike")
    at.settle()
    assert reseller.statuses() == [(0x45, 1)]
    assert smsc.gets() == []


def test_an_account_that_is_throttled_is_told_to_come_back(street: Make, talk: Any, lists: Lists) -> None:
    at = made(street, lists)
    reseller, smsc = at.bound()
    lists.put("throttle 2")
    reseller.sends(*(talk.submit(n) for n in range(1, 6)))
    assert reseller.statuses() == [(0x58, 3), (0x58, 4), (0x58, 5)]
    assert len(smsc.gets()) == 2
    at.later(0.6)
    reseller.sends(talk.submit(6))
    assert len(smsc.gets()) == 1


@pytest.mark.parametrize("way", ["plain", "rules", "long"])
@pytest.mark.parametrize("judged", [True, False])
def test_a_throttled_code_keeps_its_pace_over_all_accounts(street: Make, talk: Any, way: str, judged: bool) -> None:
    at = street(judge=talk.Judge() if judged else None, accounts=("other",), **talk.WAYS[way])
    one, smsc = at.bound()
    other, another = at.bound(system_id=b"other")
    one.sends(talk.submit(1))
    assert len(smsc.gets()) == 1
    at.book.entries["301150232"] = CodeEntry(CodeState.ACTIVE, rate=2.0)
    at.book.version += 1
    at.settle()
    one.sends(talk.submit(2), talk.submit(3))
    other.sends(talk.submit(4), talk.submit(5))
    assert (len(smsc.gets()), len(another.gets())) == (2, 0)
    assert other.statuses() == [(0x58, 4), (0x58, 5)]
    at.later(1.0)
    other.sends(talk.submit(6))
    assert len(another.gets()) == 1
    at.book.put("301150232", CodeState.ACTIVE)
    at.settle()
    one.sends(*(talk.submit(n) for n in range(7, 12)))
    assert len(smsc.gets()) == 5


def test_a_throttled_relay_code_keeps_its_pace_whatever_codes_come_through_it(street: Make, talk: Any) -> None:
    relay = IdentitySettings(name="relay", length=4, registry=True)
    at = street(code=CodeSettings(extras=(relay,)), account={"code": CodeTlv(extras=(ExtraTlv("relay", 0x1401),))})
    at.book.entries["relay:0009"] = CodeEntry(CodeState.ACTIVE, rate=2.0)
    reseller, smsc = at.bound()
    reseller.sends(*(talk.submit(n, tlvs=[(0x1401, b"0009")]) for n in range(1, 5)))
    assert reseller.statuses() == [(0x58, 3), (0x58, 4)]
    assert len(smsc.gets()) == 2
    at.book.put("relay:0009", CodeState.STRUCK)
    at.settle()
    reseller.sends(talk.submit(5, tlvs=[(0x1401, b"0009")]))
    assert reseller.statuses() == [(0x45, 5)]


@pytest.mark.parametrize("way", ["plain", "rules", "long"])
def test_a_sanction_on_a_code_holds_where_no_registration_is_asked_for(street: Make, talk: Any, way: str) -> None:
    at = street(code=CodeSettings(registry=False), accounts=("other",), **talk.WAYS[way])
    one, smsc = at.bound()
    other, another = at.bound(system_id=b"other")
    one.sends(talk.submit(1), talk.submit(2, code=b"999999999"))
    assert len(smsc.gets()) == 2
    at.book.put("301150232", CodeState.STRUCK)
    at.settle()
    for reseller in (one, other):
        reseller.sends(talk.submit(3), talk.submit(4, code=b"999999999"))
        assert reseller.statuses() == [(0x45, 3)]
    assert (len(smsc.gets()), len(another.gets())) == (1, 1)
    at.book.entries["999999999"] = CodeEntry(CodeState.ACTIVE, rate=1.0)
    at.book.version += 1
    at.settle()
    one.sends(talk.submit(5, code=b"999999999"), talk.submit(6, code=b"999999999"))
    assert one.statuses() == [(0x58, 6)]
    assert len(smsc.gets()) == 1


class Struck:
    """Something in messages is under sanction, or nothing."""

    name, mode, on_error = "sanction", Mode.ENFORCE, "refuse"

    def __init__(self, on: bool) -> None:
        self.on = on
        self.broken = False
        self.version = 0
        self.asked = 0

    def follow(self) -> bool:
        return self.on

    def check(self, message: Any) -> Finding | None:
        if self.broken:
            raise OSError("the books are gone")
        self.asked += 1
        return Finding(Reason.SENDER_BLACKLISTED, self.name) if self.on and message.sender == "0215889999" else None


@pytest.mark.parametrize("judged", [True, False])
@pytest.mark.parametrize("mode", [Mode.OFF, Mode.ENFORCE])
def test_a_message_under_sanction_is_refused_though_no_rule_is_on(
    street: Make, talk: Any, judged: bool, mode: Mode
) -> None:
    at = street(code=CodeSettings(mode=mode), judge=talk.Judge() if judged else None)
    struck = Struck(False)
    at.house.desk.sanctions = Sanctions(messages=struck)
    reseller, smsc = at.bound()

    def one(number: int) -> bytes:
        return talk.submit(number, source_addr=b"0215889999")

    reseller.sends(one(1))
    assert len(smsc.gets()) == 1
    struck.on = True
    reseller.sends(one(2), talk.submit(3))
    assert reseller.statuses() == [(0x0A, 2)]
    assert len(smsc.gets()) == 1
    struck.broken = True
    reseller.sends(talk.submit(4))
    assert smsc.gets() == []
    assert at.house.desk.gate.errors == {"sanction": 1}


@pytest.mark.parametrize("way", ["plain", "rules", "long"])
@pytest.mark.parametrize("before", [True, False])
def test_a_text_that_waits_when_its_sender_is_struck_is_refused(
    street: Make, talk: Any, way: str, before: bool
) -> None:
    """``before``: something else was under sanction when the text came in, so that sanctions were asked about it."""
    at = street(judge=talk.Judge(), **talk.WAYS[way])
    struck = Struck(False)
    at.house.desk.sanctions = Sanctions(messages=struck)
    reseller, smsc = at.bound()
    watched = struck.on
    struck.on = before
    others = [talk.submit(number, source_addr=b"0215880000") for number in (1, 2)]
    at.house.sent(reseller.link, b"".join(others), at.now)
    struck.on = watched
    at.settle()
    assert len(smsc.gets()) == 2

    struck.on = before
    if before:
        struck.check = lambda message: None  # type: ignore[method-assign]  # this sender is free yet
    at.house.sent(reseller.link, talk.submit(3, source_addr=b"0215889999") + talk.submit(4), at.now)
    if before:
        del struck.check
    struck.on = True
    struck.version += 1
    at.settle()
    assert reseller.statuses() == [(0x0A, 3)]
    assert len(smsc.gets()) == 1
    assert at.house.desk.count.reasons[Reason.SENDER_BLACKLISTED] == 1


def test_nothing_is_asked_twice_while_the_books_stay(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    struck = Struck(True)
    at.house.desk.sanctions = Sanctions(messages=struck)
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1), talk.submit(2, source_addr=b"0215889999"))
    assert reseller.statuses() == [(0x0A, 2)]
    assert (len(smsc.gets()), struck.asked) == (1, 2)
