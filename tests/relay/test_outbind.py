"""An SMSC that connects to us and sends an outbind gets our bind_receiver; anybody else gets nothing."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest

from smppproxy.relay import outbind
from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu

Make = Callable[..., Any]

ALLOWED = {
    "outbind_system_id": b"MC",
    "outbind_password": b"knock",
    "outbind_networks": (ipaddress.ip_network("198.51.100.0/28"),),
}
THEIRS = "198.51.100.3"


def asks(system_id: bytes = b"MC", password: bytes = b"knock", sequence: int = 1) -> bytes:
    return codec.encode(Pdu(c.OUTBIND, 0, sequence, {"system_id": system_id, "password": password}))


def turned(at: Any, caller: Any) -> Any:
    """The owner of the sockets gives the connection its new link."""
    [(before, after)] = at.house.turned
    at.house.turned.clear()
    assert before is caller.link
    assert after.wire is before.wire
    return type(caller)(at, after)


@pytest.mark.parametrize("chop", [0, 1, 4, 8, 15, 20])
def test_the_smsc_is_answered_with_a_bind_receiver(street: Make, talk: Any, chop: int) -> None:
    at = street(mode="pooled", upstream=ALLOWED, account={"numbers": ("1588",)})
    reseller, _ = at.bound()
    caller = at.reseller(THEIRS)
    caller.link.wire = object()
    caller.sends_octets(asks()[:chop])
    caller.sends_octets(asks()[chop:])
    smsc = turned(at, caller)
    [bind] = smsc.reads()
    assert (bind.command, bind.fields["system_id"], bind.fields["password"]) == (c.BIND_RECEIVER, b"proxy", b"pw")
    # octets of the connection may still be told under its old name
    caller.street.house.sent(caller.link, talk.bind_answer(bind.sequence, c.BIND_RECEIVER), at.now)
    smsc.sends(talk.deliver(7))
    [got] = reseller.reads()
    reseller.sends(talk.header(c.DELIVER_SM_RESP, got.sequence))
    assert smsc.gets() == [talk.header(c.DELIVER_SM_RESP, 7)]
    at.house.gone(caller.link, at.now)
    assert smsc.closed
    assert at.house.doors.to_dial == []
    at.law()


@pytest.mark.parametrize(
    ("peer", "octets"),
    [
        ("192.0.2.7", asks()),
        (THEIRS, asks(system_id=b"other")),
        (THEIRS, asks(password=b"wrong")),
        (THEIRS, asks(password=b"")),
        (THEIRS, (20).to_bytes(4, "big") + asks()[4:20]),
    ],
)
def test_anybody_else_is_closed_without_an_answer(street: Make, peer: str, octets: bytes) -> None:
    at = street(mode="pooled", upstream=ALLOWED)
    caller = at.reseller(peer)
    caller.sends_octets(octets)
    assert caller.closed
    assert caller.gets() == []
    assert at.house.turned == []


def test_where_no_upstream_may_send_one_it_is_a_request_like_any_other(street: Make, talk: Any) -> None:
    at = street()
    caller = at.reseller(THEIRS)
    caller.sends(asks())
    assert caller.gets() == [talk.header(c.GENERIC_NACK, 1, 0x04)]
    assert not caller.closed


@pytest.mark.parametrize("missing", sorted(ALLOWED))
def test_what_is_not_configured_is_not_allowed(street: Make, missing: str) -> None:
    if missing == "outbind_password":
        return  # may be empty
    at = street(mode="pooled", upstream={k: v for k, v in ALLOWED.items() if k != missing})
    assert not at.plan.upstreams["smsc"].takes_outbind


def test_a_paired_upstream_takes_none(street: Make) -> None:
    assert not street(upstream=ALLOWED).plan.upstreams["smsc"].takes_outbind


def test_other_beginnings_reach_the_session_at_once(street: Make, talk: Any) -> None:
    at = street(mode="pooled", upstream=ALLOWED)
    reseller = at.reseller()
    whole = talk.bind(1)
    reseller.sends_octets(whole[:3])
    reseller.sends_octets(whole[3:9])
    assert reseller.link.first is None
    reseller.sends_octets(whole[9:])
    assert reseller.statuses() == [(0, 1)]
    reseller.sends(asks(sequence=2))  # too late for that
    assert reseller.gets() == [talk.header(c.GENERIC_NACK, 2, 0x04)]
    other = at.reseller()
    other.sends_octets(b"\0\0\0\1")
    assert other.gets() == [talk.header(c.GENERIC_NACK, 0, 0x02)]
    assert other.closed


def test_one_that_stays_silent_is_closed_in_time(street: Make) -> None:
    at = street(mode="pooled", upstream=ALLOWED, session={"session_init": 3.0})
    caller = at.reseller(THEIRS)
    caller.sends_octets(asks()[:20])
    at.waits(4.0)
    assert caller.closed


def test_links_by_outbind_are_bounded_and_apart_from_our_own(street: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smppproxy.relay.pool.LINKS", 1)
    at = street(mode="pooled", upstream=ALLOWED)
    at.pool()
    first, second = at.reseller(THEIRS), at.reseller(THEIRS)
    first.sends(asks())
    second.sends(asks())
    assert second.closed
    smsc = turned(at, first)
    at.reloads(at.plan)
    assert at.house.doors.to_dial == []
    assert not smsc.link.parting
    smsc.hangs_up()
    at.reseller(THEIRS).sends(asks())
    assert len(at.house.turned) == 1


def test_while_draining_nobody_is_let_in(street: Make) -> None:
    at = street(mode="pooled", upstream=ALLOWED)
    caller = at.reseller(THEIRS)
    at.house.drain()
    caller.sends(asks())
    assert caller.closed


@pytest.mark.parametrize(
    ("first", "may"),
    [
        (b"", True),
        (b"\0\0", True),
        (b"\0\0\0\x20", True),
        (b"\0\0\0\x20\0\0\0\x0b", True),
        (b"\0\0\0\x20\0\0\0\x09", False),
        (b"\0\0\0\x09", False),
        (b"\0\0\x10\0", False),
        (b"GET /", False),
    ],
)
def test_the_first_octets_tell(first: bytes, may: bool) -> None:
    assert outbind.may_be_outbind(first) is may
