"""What a link writes, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smppproxy.smpp import constants as c

Make = Callable[..., Any]


def test_an_unbind_follows_what_was_answered_before_it(street: Make, talk: Any) -> None:
    at = street(mode="pooled", account={"numbers": ("1588",)})
    reseller, smsc = at.bound()
    house = at.house
    house.sent(reseller.link, talk.submit(1, code=None), at.now)
    house.sent(smsc.link, talk.deliver(2), at.now)
    house.doors.part(reseller.link, at.now)
    at.write()
    assert [pdu.command for pdu in reseller.reads()] == [c.SUBMIT_SM_RESP, c.DELIVER_SM, c.UNBIND]


def test_a_bind_s_answer_precedes_the_first_delivery(street: Make, talk: Any) -> None:
    at = street(mode="pooled", account={"numbers": ("1588",)})
    smsc = at.pool()
    reseller = at.reseller()
    at.house.sent(reseller.link, talk.bind(1), at.now)
    at.house.sent(smsc.link, talk.deliver(2), at.now)
    at.write()
    assert [pdu.command for pdu in reseller.reads()] == [c.BIND_TRANSCEIVER_RESP, c.DELIVER_SM]


def test_nothing_new_is_asked_of_a_link_that_ends(street: Make) -> None:
    at = street()
    reseller, smsc = at.bound()
    assert not reseller.link.ending
    at.house.doors.part(reseller.link, at.now)
    at.house.pool.dismiss(smsc.link, at.now)
    assert reseller.link.ending
    assert smsc.link.ending
