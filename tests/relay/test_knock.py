"""What the operator is told of a bind, whatever the reseller was told."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest

from smppproxy.relay.knock import LONGEST_NAME, Knock, Refusal, claimed
from smppproxy.smpp import constants as c
from smppproxy.smpp import kernel

Make = Callable[..., Any]

ELSEWHERE = [ipaddress.ip_network("198.51.100.0/24")]


def known(given: bytes) -> bool:
    return given == b"secret"


def knocks(at: Any) -> list[tuple[str, int, Refusal | None]]:
    told, at.house.doors.knocks = at.house.doors.knocks, []
    assert all(knock.peer == "192.0.2.7" for knock in told)
    return [(knock.account, knock.status, knock.refusal) for knock in told]


@pytest.mark.parametrize(
    ("account", "name", "password", "why"),
    [
        ({"verify": known}, b"stranger", b"secret", Refusal.NO_ACCOUNT),
        ({"verify": known}, b"reseller1", b"wrong", Refusal.WRONG_PASSWORD),
        ({"verify": known, "networks": ELSEWHERE}, b"reseller1", b"secret", Refusal.ADDRESS_NOT_ALLOWED),
        ({"verify": known, "max_binds": 0}, b"reseller1", b"secret", Refusal.TOO_MANY_BINDS),
    ],
)
@pytest.mark.parametrize("slow", [False, True])
def test_why_somebody_was_refused(
    street: Make, talk: Any, account: dict[str, Any], name: bytes, password: bytes, why: Refusal, slow: bool
) -> None:
    at = street(mode="pooled", account=account | {"slow_verify": slow})
    at.reseller().sends(talk.bind(1, name, password))
    for check in at.house.doors.to_check:
        at.house.verified(check.reseller, check.verify(check.password), at.now)
    assert knocks(at) == [(name.decode(), 0x0D, why)]
    assert {each: number for each, number in at.house.doors.refused.items() if number} == {why: 1}
    assert not at.house.doors._doubts


def test_whoever_comes_in_is_told_of_when_bound(street: Make, talk: Any) -> None:
    at = street(mode="pooled", account={"verify": known})
    at.reseller().sends(talk.bind(1, b"reseller1", b"secret", c.BIND_RECEIVER))
    assert at.house.doors.knocks == [Knock("reseller1", "192.0.2.7", c.BIND_RECEIVER, 0)]

    at = street()
    at.reseller().sends(talk.bind(1))
    assert not knocks(at)
    [smsc] = at.dialled()
    [asked] = smsc.reads()
    smsc.sends(talk.bind_answer(asked.sequence))
    assert knocks(at) == [("reseller1", 0, None)]


def test_what_the_smsc_said_of_a_bind(street: Make, talk: Any) -> None:
    at = street()
    at.reseller().sends(talk.bind(1))
    [smsc] = at.dialled()
    [asked] = smsc.reads()
    smsc.sends(talk.bind_answer(asked.sequence, status=0x0E))
    assert knocks(at) == [("reseller1", 0x0E, Refusal.SMSC_REFUSED)]
    assert smsc.link.session.reason == "the SMSC refused the bind with 0x0E"


def test_an_smsc_that_is_away(street: Make, talk: Any) -> None:
    at = street()
    at.reseller().sends(talk.bind(1))
    at.undialled()
    assert knocks(at) == [("reseller1", 0x08, Refusal.SMSC_AWAY)]


def test_a_proxy_that_stops(street: Make, talk: Any) -> None:
    at = street()
    one, other = at.reseller(), at.reseller()
    one.sends(talk.bind(1))
    at.house.drain()
    other.sends(talk.bind(1))
    assert knocks(at) == [("reseller1", 0x08, Refusal.STOPPING)]


def test_a_bind_that_cannot_be_read_still_names_somebody(street: Make) -> None:
    at = street()
    octets = bytes.fromhex("00000019 00000009 00000000 00000005") + b"reseller\0"
    at.reseller().sends(octets)
    [(name, status, why)] = knocks(at)
    assert (name, why) == ("reseller", Refusal.MALFORMED)
    assert status


def test_a_claimed_name_is_bounded_and_need_not_end() -> None:
    body = b"\xff" * 1000
    [frame], _, _ = kernel.cut((16 + len(body)).to_bytes(4, "big") + bytes(12) + body, 70000)
    assert claimed(frame) == "\xff" * LONGEST_NAME
