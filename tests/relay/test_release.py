"""Held messages that are sent after all: byte-exact, asked at the door again, their receipts under our message_id."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from filters.contract import Action, Finding, Reason
from filters.policy import Policy
from filters.ports import CodeState
from filters.sanctions import Sanctions
from smppproxy.relay.plan import CodeTlv, Forward
from smppproxy.relay.release import Fate, Order

POLICY = Policy({Reason.TEXT_GAMBLING: Action.QUARANTINE})


class Told(list[tuple[Any, ...]]):
    """What was told of a message."""

    def __call__(self, *fate: Any) -> None:
        self.append(fate)


@pytest.fixture(params=["paired", "pooled"])
def held(request: Any, street: Any, talk: Any) -> Any:
    """A street on which one message is held: the street, its two ends, what is held, and its order."""
    at = street(mode=request.param, judge=talk.Judge(), policy=POLICY)
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7, b"casino", tlvs=[(0x1500, b"x"), (0x1500, b"x")]))
    [held] = at.disk()
    reseller.gets()
    told = Told()
    return at, reseller, smsc, held, Order("reseller1", held.frame.raw, held.message_id, "t1", told), told


def release(at: Any, order: Order) -> None:
    at.house.releases.send(order, at.now)
    at.write()


def test_it_is_sent_as_it_came_and_its_receipt_comes_under_our_name(held: Any, talk: Any) -> None:
    at, reseller, smsc, one, order, told = held
    release(at, order)
    at.law()
    [sent] = smsc.gets()
    assert sent[:12] + sent[16:] == one.frame.raw[:12] + one.frame.raw[16:]
    smsc.sends(talk.answer(int.from_bytes(sent[12:16], "big"), b"ff"))
    assert told == [(Fate.ANSWERED, 0, "ff", "")]
    assert reseller.gets() == []
    at.is_quiet()
    at.house.deliveries.aliases = True
    smsc.sends(talk.deliver(5, b"id:255 stat:DELIVRD", esm_class=4))  # the same id in decimal
    [receipt] = reseller.reads()
    assert receipt.fields["short_message"] == b"id:" + one.message_id.encode() + b" stat:DELIVRD"
    smsc.sends(talk.deliver(6, b"id:fe stat:DELIVRD", esm_class=4))
    others = [pdu.fields["short_message"] for pdu in reseller.reads()]
    assert others in ([], [b"id:fe stat:DELIVRD"])  # pooled: nobody's; paired: the session's own


def test_the_carrier_s_no_is_told(held: Any, talk: Any) -> None:
    at, _, smsc, _, order, told = held
    release(at, order)
    [sent] = smsc.gets()
    smsc.sends(talk.answer(int.from_bytes(sent[12:16], "big"), status=0x58))
    assert told == [(Fate.ANSWERED, 0x58, "", "")]
    at.is_quiet()


def test_a_code_struck_meanwhile_is_turned_away(held: Any) -> None:
    at, _, smsc, _, order, told = held
    at.book.put("301150232", CodeState.STRUCK)
    at.rule.refresh()
    release(at, order)
    [(fate, _, _, words)] = told
    assert fate is Fate.BARRED
    assert words.startswith("code_sanctioned")
    assert smsc.gets() == []
    at.is_quiet()


def test_an_account_struck_meanwhile_is_turned_away(held: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A struck account's message stays where it is."""
    at, _, smsc, _, order, told = held
    struck = SimpleNamespace(refuses=True, participle="struck")
    monkeypatch.setattr(at.house.desk, "sanctions", SimpleNamespace(account=lambda name: struck))
    release(at, order)
    assert told == [(Fate.BARRED, 0, "", "account_sanctioned: the account is struck")]
    assert smsc.gets() == []


def test_a_sender_struck_meanwhile_is_turned_away(held: Any) -> None:
    at, _, smsc, _, order, told = held
    found = Finding(Reason.SENDER_BLACKLISTED, "sanction", "the sender is blacklisted")
    messages = SimpleNamespace(follow=lambda: True, check=lambda message: found if message.texts else None, version=1)
    at.house.desk.sanctions = Sanctions(messages=messages)
    release(at, order)
    assert told == [(Fate.BARRED, 0, "", "sender_blacklisted: the sender is blacklisted")]
    assert smsc.gets() == []
    at.is_quiet()


def test_no_answer_leaves_it_unknown(held: Any) -> None:
    at, _, smsc, _, order, told = held
    release(at, order)
    smsc.gets()
    at.waits(31.0, 1.0)
    assert [fate for fate, *_ in told] == [Fate.UNKNOWN]
    at.law()


def test_a_lost_link_leaves_it_unknown(held: Any) -> None:
    at, _, smsc, _, order, told = held
    release(at, order)
    smsc.hangs_up()
    assert [fate for fate, *_ in told] == [Fate.UNKNOWN]
    at.law()


def test_without_a_link_it_is_not_sent(held: Any) -> None:
    at, reseller, smsc, _, order, told = held
    smsc.hangs_up()
    reseller.gets()
    release(at, order)
    assert [fate for fate, *_ in told] == [Fate.NOT_SENT]
    at.law()


def test_while_we_stop_it_is_not_sent(held: Any) -> None:
    at, _, smsc, _, order, told = held
    at.house.drain()
    release(at, order)
    assert [fate for fate, *_ in told] == [Fate.NOT_SENT]
    assert smsc.gets() == []


def test_our_end_leaves_it_unknown(held: Any) -> None:
    at, _, _, _, order, told = held
    release(at, order)
    at.house.farewell(at.now, 1.0)
    assert [fate for fate, *_ in told] == [Fate.UNKNOWN]
    assert at.house.desk.count.in_flight == 0


def test_nobody_s_message_stays(held: Any) -> None:
    at, _, _, _, order, told = held
    order.account = "nobody"
    release(at, order)
    order.account, order.pdu = "reseller1", order.pdu[:-1]
    release(at, order)
    assert [fate for fate, *_ in told] == [Fate.BARRED] * 2


def test_the_code_s_tlv_is_as_configured(street: Any, talk: Any) -> None:
    at = street(judge=talk.Judge(), policy=POLICY, account={"code": CodeTlv(forward=Forward.STRIP)})
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7, b"casino"))
    [held] = at.disk()
    assert held.frame.raw == talk.submit(7, b"casino")
    release(at, Order("reseller1", held.frame.raw, held.message_id, "", Told()))
    [sent] = smsc.gets()
    assert sent[:12] + sent[16:] == (bare := talk.submit(7, b"casino", code=None))[:12] + bare[16:]
