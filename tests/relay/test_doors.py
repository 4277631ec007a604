"""Binds and unbinds: who comes in, what an upstream link is opened for, and how everybody leaves."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from smppproxy.relay.doors import ATTEMPTS, OUR_SYSTEM_ID
from smppproxy.relay.plan import Plan, UpstreamPlan
from smppproxy.relay.ticket import Route
from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu

Make = Callable[..., Any]

BINDS = [c.BIND_TRANSMITTER, c.BIND_RECEIVER, c.BIND_TRANSCEIVER]


def known(given: bytes) -> bool:
    return given == b"secret"


# ---------------------------------------------------------------- paired


@pytest.mark.parametrize("command", BINDS)
@pytest.mark.parametrize("version", [0x00, 0x33, 0x34, 0x50])
def test_a_paired_bind_and_its_answer_pass_through(street: Make, talk: Any, command: int, version: int) -> None:
    at = street()
    reseller = at.reseller()
    fields = {"system_id": b"reseller1", "password": b"pw", "system_type": b"VMA", "interface_version": version}
    asked = codec.encode(Pdu(command, 0, 77, fields))
    reseller.sends(asked)
    [smsc] = at.dialled()
    [got] = smsc.gets()
    assert got[:12] + got[16:] == asked[:12] + asked[16:]
    fields = {"system_id": b"MC"}
    said = codec.encode(
        Pdu(command | c.RESPONSE_BIT, 0, int.from_bytes(got[12:16]), fields, [(c.TAG_SC_INTERFACE_VERSION, b"\x34")])
    )
    smsc.sends(said)
    assert reseller.gets() == [said[:12] + (77).to_bytes(4, "big") + said[16:]]
    reseller.sends(talk.header(c.ENQUIRE_LINK, 78))
    assert reseller.gets() == [talk.header(c.ENQUIRE_LINK_RESP, 78)]


@pytest.mark.parametrize("status", [0x0D, 0x0E, 0x0F, 0x05, 0x400, 0x08])
def test_the_smsc_s_refusal_reaches_the_reseller_unchanged(street: Make, talk: Any, status: int) -> None:
    at = street()
    reseller = at.reseller()
    reseller.sends(talk.bind(5))
    [smsc] = at.dialled()
    [asked] = smsc.reads()
    smsc.sends(talk.bind_answer(asked.sequence, status=status))
    assert reseller.gets() == [talk.header(c.BIND_TRANSCEIVER_RESP, 5, status)]
    assert smsc.closed
    assert not reseller.closed
    reseller.sends(talk.bind(6))  # another try on the same connection
    [smsc] = at.dialled()
    [asked] = smsc.reads()
    smsc.sends(talk.bind_answer(asked.sequence))
    assert reseller.statuses() == [(0, 6)]


def test_not_every_number_of_tries_is_granted(street: Make, talk: Any) -> None:
    at = street()
    reseller = at.reseller()
    for n in range(ATTEMPTS):
        assert not reseller.closed
        reseller.sends(talk.bind(n + 1))
        [smsc] = at.dialled()
        [asked] = smsc.reads()
        smsc.sends(talk.bind_answer(asked.sequence, status=0x0D))
    assert reseller.statuses() == [(0x0D, n + 1) for n in range(ATTEMPTS)]
    assert reseller.closed


def test_a_generic_nack_refuses_the_bind_but_not_one_of_another_number(street: Make, talk: Any) -> None:
    at = street()
    reseller = at.reseller()
    reseller.sends(talk.bind(5))
    [smsc] = at.dialled()
    [asked] = smsc.reads()
    smsc.sends(talk.header(c.GENERIC_NACK, asked.sequence + 9, 3))
    assert reseller.gets() == []
    smsc.sends(talk.header(c.GENERIC_NACK, asked.sequence, 3))
    assert reseller.gets() == [talk.header(c.GENERIC_NACK, 5, 3)]


def test_an_unreachable_upstream_refuses_the_bind(street: Make, talk: Any) -> None:
    at = street()
    reseller = at.reseller()
    reseller.sends(talk.bind(5))
    at.undialled()
    assert reseller.gets() == [talk.header(c.BIND_TRANSCEIVER_RESP, 5, 0x08)]
    assert at.house.account(b"reseller1").binds == []
    assert at.house.doors.released == ["reseller1"]


def test_an_unanswered_bind_is_refused_in_time(street: Make, talk: Any) -> None:
    at = street(session={"response": 5.0})
    reseller = at.reseller()
    reseller.sends(talk.bind(5))
    [smsc] = at.dialled()
    at.waits(6.0, 0.5)
    assert reseller.gets() == [talk.header(c.BIND_TRANSCEIVER_RESP, 5, 0x08)]
    assert smsc.closed


def test_a_reseller_that_leaves_while_its_upstream_is_dialled(street: Make, talk: Any) -> None:
    at = street()
    reseller = at.reseller()
    reseller.sends(talk.bind(5))
    [order] = at.house.doors.to_dial
    reseller.hangs_up()
    assert order.carrier.gone or order.carrier.session.closing
    at.house.connected(order.carrier, at.now)  # the connection stood at that very moment
    assert at.house.carriers == set()
    assert order.carrier in at.house.dirty
    at.settle()
    assert at.house.upstreams["smsc"].carriers == []


def test_a_reseller_that_leaves_while_its_bind_is_answered(street: Make, talk: Any) -> None:
    at = street()
    reseller = at.reseller()
    reseller.sends(talk.bind(5))
    [smsc] = at.dialled()
    smsc.gets()
    reseller.hangs_up()
    assert smsc.closed
    assert at.house.upstreams["smsc"].carriers == []


# ---------------------------------------------------------------- who is refused


def test_whoever_is_refused_learns_nothing(street: Make, talk: Any) -> None:
    at = street(mode="pooled", account={"max_binds": 1, "networks": (ipaddress.ip_network("192.0.2.0/24"),)})
    at.bound()
    cases = [
        (b"stranger", b"secret", "192.0.2.7"),
        (b"reseller1", b"wrong", "192.0.2.7"),
        (b"reseller1", b"secret", "198.51.100.1"),
        (b"reseller1", b"secret", "not an address"),
        (b"reseller1", b"secret", "192.0.2.7"),  # too many binds
    ]
    for name, password, peer in cases:
        reseller = at.reseller(peer)
        reseller.sends(talk.bind(9, name, password))
        assert reseller.gets() == [talk.header(c.BIND_TRANSCEIVER_RESP, 9, 0x0D)]
        assert not reseller.closed
        assert at.house.doors.to_check == []


def test_an_ipv4_address_written_as_ipv6_is_the_same(street: Make, talk: Any) -> None:
    at = street(mode="pooled", account={"networks": (ipaddress.ip_network("192.0.2.0/24"),)})
    reseller = at.reseller("::ffff:192.0.2.9")
    reseller.sends(talk.bind(1))
    assert reseller.statuses() == [(0, 1)]


def test_a_slow_password_is_verified_elsewhere(street: Make, talk: Any) -> None:
    at = street(mode="pooled", account={"verify": known, "slow_verify": True})
    reseller = at.reseller()
    reseller.sends(talk.bind(1))
    assert reseller.gets() == []
    [check] = at.house.doors.to_check
    reseller.sends(talk.bind(2))
    assert reseller.statuses() == [(0x05, 2)]
    at.house.verified(check.reseller, check.verify(check.password), at.now)
    at.settle()
    assert reseller.statuses() == [(0, 1)]
    at.house.verified(check.reseller, True, at.now)  # said twice: nothing happens
    assert len(at.house.account(b"reseller1").binds) == 1


def test_where_passwords_are_slow_every_refusal_is(street: Make, talk: Any) -> None:
    at = street(mode="pooled", account={"verify": known, "slow_verify": True})
    for name, password in ((b"stranger", b"secret"), (b"reseller1", b"wrong")):
        at.house.doors.to_check.clear()
        reseller = at.reseller()
        reseller.sends(talk.bind(1, name, password))
        assert reseller.gets() == []
        [check] = at.house.doors.to_check
        assert check.verify(check.password) is False
        at.house.verified(reseller.link, False, at.now)
        at.settle()
        assert reseller.statuses() == [(0x0D, 1)]


def test_an_account_removed_while_its_password_is_verified(street: Make, talk: Any) -> None:
    at = street(mode="pooled", account={"verify": known, "slow_verify": True})
    reseller = at.reseller()
    reseller.sends(talk.bind(1))
    [check] = at.house.doors.to_check
    at.reloads(replace(at.plan, accounts={}))
    assert reseller.statuses() == [(0x08, 1)]
    assert reseller.closed
    at.house.verified(check.reseller, True, at.now)
    assert at.house.account(b"reseller1").binds == []


def test_a_second_bind_on_a_bound_session(street: Make, talk: Any) -> None:
    at = street()
    reseller, _ = at.bound()
    reseller.sends(talk.bind(2), talk.bind(3, command=c.BIND_RECEIVER))
    assert reseller.gets() == [
        talk.header(c.BIND_TRANSCEIVER_RESP, 2, 0x05),
        talk.header(c.BIND_RECEIVER_RESP, 3, 0x05),
    ]


def test_an_unreadable_bind_is_refused(street: Make, talk: Any) -> None:
    at = street()
    reseller = at.reseller()
    reseller.sends((20).to_bytes(4, "big") + c.BIND_TRANSMITTER.to_bytes(4, "big") + b"\0\0\0\0\0\0\0\1abcd")
    [(status, sequence)] = reseller.statuses()
    assert status
    assert sequence == 1


def test_there_is_room_for_so_many_connections_only(street: Make) -> None:
    at = street(limits={"max_sessions": 1})
    at.reseller()
    assert at.house.arrived("192.0.2.8", 0, at.now) is None
    assert at.house.turned_away == 1


# ---------------------------------------------------------------- pooled


@pytest.mark.parametrize("command", BINDS)
@pytest.mark.parametrize(("version", "tlvs"), [(0x33, []), (0x34, [(0x0210, b"\x34")]), (0x50, [(0x0210, b"\x34")])])
def test_our_own_answer_to_a_bind(street: Make, command: int, version: int, tlvs: list[Any]) -> None:
    at = street(mode="pooled")
    reseller = at.reseller()
    fields = {"system_id": b"reseller1", "password": b"secret", "interface_version": version}
    reseller.sends(codec.encode(Pdu(command, 0, 3, fields)))
    [answer] = reseller.reads()
    assert (answer.command, answer.status, answer.sequence) == (command | c.RESPONSE_BIT, 0, 3)
    assert answer.fields["system_id"] == OUR_SYSTEM_ID
    assert answer.tlvs == tlvs


@pytest.mark.parametrize(("kind", "command"), [*zip(["transmitter", "receiver", "transceiver"], BINDS, strict=True)])
def test_shared_links_bind_in_our_name(street: Make, kind: str, command: int) -> None:
    at = street(mode="pooled", upstream={"binds": 3, "bind": kind, "system_type": b"T"})
    ends = at.dialled()
    assert len(ends) == 3
    for end in ends:
        [asked] = end.reads()
        assert asked.command == command
        assert (asked.fields["system_id"], asked.fields["password"]) == (b"proxy", b"pw")


def test_a_shared_link_is_dialled_again_ever_later(street: Make, talk: Any) -> None:
    at = street(mode="pooled")
    reseller, smsc = at.bound()
    smsc.hangs_up()
    delays = [at.undialled()[0] for _ in range(12)]
    assert 0 < delays[0] <= 1.0
    assert all(a < b or b > 29 for a, b in zip(delays, delays[2:], strict=False))
    assert max(delays) <= 60.0
    assert max(delays) > 29.0
    assert len({round(d, 3) for d in delays[8:]}) > 1  # jitter
    assert not reseller.closed
    reseller.sends(talk.submit(4))
    assert reseller.statuses() == [(0x08, 4)]
    smsc = at.pool()  # it is back: the next loss is found out about at once again
    reseller.sends(talk.submit(5))
    assert len(smsc.gets()) == 1
    smsc.hangs_up()
    assert reseller.statuses() == [(0x08, 5)]
    assert at.undialled()[0] <= 1.0


def test_each_shared_link_has_a_back_off_of_its_own(street: Make) -> None:
    at = street(mode="pooled", upstream={"binds": 8})
    at.undialled()
    assert max(at.undialled()) <= 1.0


def test_a_refused_shared_bind_is_tried_again(street: Make, talk: Any) -> None:
    at = street(mode="pooled")
    [smsc] = at.dialled()
    [asked] = smsc.reads()
    assert not at.house.upstreams["smsc"].attempted
    smsc.sends(talk.bind_answer(asked.sequence, status=0x0D))
    assert smsc.closed
    assert at.house.upstreams["smsc"].attempted
    assert len(at.house.doors.to_dial) == 1


# ---------------------------------------------------------------- unbinds


@pytest.mark.parametrize("mode", ["paired", "pooled"])
def test_the_reseller_unbinds(street: Make, talk: Any, mode: str) -> None:
    at = street(mode=mode)
    reseller, smsc = at.bound()
    reseller.sends(talk.header(c.UNBIND, 9))
    assert reseller.gets() == [talk.header(c.UNBIND_RESP, 9)]
    assert reseller.closed
    if mode == "paired":
        [unbind] = smsc.reads()
        assert unbind.command == c.UNBIND
        smsc.sends(talk.header(c.UNBIND_RESP, unbind.sequence))
        assert smsc.closed
    else:
        assert smsc.gets() == []
    assert at.house.doors.released == ["reseller1"]
    at.is_quiet()


@pytest.mark.parametrize("mode", ["paired", "pooled"])
def test_an_unbind_is_answered_after_what_is_in_flight(street: Make, talk: Any, mode: str) -> None:
    at = street(mode=mode)
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7), talk.header(c.UNBIND, 8))
    assert reseller.gets() == []
    [asked] = smsc.reads()
    smsc.sends(talk.answer(asked.sequence, b"id"))
    assert reseller.gets() == [talk.answer(7, b"id"), talk.header(c.UNBIND_RESP, 8)]
    assert reseller.closed
    at.law()


def test_every_request_before_an_unbind_is_answered(street: Make, talk: Any) -> None:
    at = street(mode="pooled")
    reseller, smsc = at.bound()
    query = codec.encode(Pdu(c.QUERY_SM, 0, 3, {"message_id": b"1", "source_addr": b"1"}))
    at.routes.remember("smsc", "1", Route("reseller1"), 0.0)
    reseller.sends(talk.submit(2, code=None), query, talk.header(c.UNBIND, 4))
    assert reseller.statuses() == [(0xC3, 2)]
    assert not reseller.closed
    [asked] = smsc.reads()
    fields = {"message_id": b"1", "final_date": b"", "message_state": 2, "error_code": 0}
    smsc.sends(codec.encode(Pdu(c.QUERY_SM_RESP, 0, asked.sequence, fields)))
    assert reseller.statuses() == [(0, 3), (0, 4)]
    assert reseller.closed


def test_the_smsc_unbinds(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7), talk.submit(8))
    smsc.gets()
    smsc.sends(talk.header(c.UNBIND, 3))
    assert smsc.gets() == [talk.header(c.UNBIND_RESP, 3)]
    assert smsc.closed
    answers = reseller.reads()
    assert [(a.status, a.sequence) for a in answers[:2]] == [(0x08, 7), (0x08, 8)]
    assert answers[2].command == c.UNBIND
    reseller.sends(talk.submit(9))  # it has not read our unbind yet
    assert reseller.statuses() == [(0x08, 9)]
    reseller.sends(talk.header(c.UNBIND_RESP, answers[2].sequence))
    assert reseller.closed
    at.is_quiet()


def test_a_widowed_reseller_does_not_get_on_another_s_link(street: Make, talk: Any) -> None:
    at = street()
    first, lost = at.bound()
    _, other = at.bound()
    lost.hangs_up()
    first.sends(talk.submit(2))
    assert (0x08, 2) in first.statuses()
    assert other.gets() == []


def test_an_unbind_of_ours_that_is_not_answered_ends_all_the_same(street: Make) -> None:
    at = street(session={"response": 3.0})
    reseller, smsc = at.bound()
    smsc.hangs_up()
    at.waits(4.0, 0.5)
    assert reseller.closed


# ---------------------------------------------------------------- reload


def test_an_account_that_is_no_longer_listed_is_unbound(street: Make, talk: Any) -> None:
    at = street(mode="pooled", accounts=["other"])
    reseller, smsc = at.bound()
    other, _ = at.bound(system_id=b"other")
    reseller.sends(talk.submit(2))
    [asked] = smsc.reads()
    at.reloads(replace(at.plan, accounts={b"other": at.plan.accounts[b"other"]}))
    [unbind] = reseller.reads()
    assert unbind.command == c.UNBIND
    reseller.sends(talk.header(c.UNBIND_RESP, unbind.sequence))
    assert not reseller.closed  # what it asked is answered first
    smsc.sends(talk.answer(asked.sequence, b"1"))
    assert reseller.statuses() == [(0, 2)]
    assert reseller.closed
    assert not other.closed
    new = at.reseller()
    new.sends(talk.bind(1))
    assert new.statuses() == [(0x0D, 1)]


def test_a_pool_grows_and_shrinks(street: Make, talk: Any) -> None:
    at = street(mode="pooled")
    reseller, smsc = at.bound()
    plan = at.plan.upstreams["smsc"]

    def binds(number: int) -> Plan:
        return replace(at.plan, upstreams={"smsc": replace(plan, binds=number, window=5)})

    at.reloads(binds(3))
    more = at.dialled()
    assert len(more) == 2
    for end in more:
        [asked] = end.reads()
        end.sends(talk.bind_answer(asked.sequence, asked.command))
    assert {carrier.window.limit for carrier in at.house.carriers} == {5}
    at.reloads(binds(1))
    at.undialled()
    parted = [end for end in (smsc, *more) if end.link.parting]
    assert len(parted) == 2
    reseller.sends(*(talk.submit(n) for n in range(1, 5)))
    for end in parted:
        [unbind] = end.reads()
        assert unbind.command == c.UNBIND
        end.sends(talk.header(c.UNBIND_RESP, unbind.sequence))
        assert end.closed
    [kept] = [end for end in (smsc, *more) if not end.closed]
    assert len(kept.gets()) == 4
    assert at.house.doors.to_dial == []


def test_an_upstream_that_is_no_longer_listed(street: Make, talk: Any) -> None:
    at = street(mode="pooled", upstream={"window": 1})
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(2), talk.submit(3))
    [asked] = smsc.reads()
    moved = replace(at.account_plan, upstream="new")
    plan = UpstreamPlan("new", paired=False, binds=1, system_id=b"p", password=b"p")
    at.reloads(replace(at.plan, accounts={b"reseller1": moved}, upstreams={"new": plan}))
    assert reseller.statuses() == [(0x08, 3)]
    smsc.sends(talk.answer(asked.sequence, b"1"))
    assert reseller.statuses() == [(0, 2)]
    [unbind] = smsc.reads()
    smsc.sends(talk.header(c.UNBIND_RESP, unbind.sequence))
    assert smsc.closed
    [new] = at.dialled()
    [asked] = new.reads()
    new.sends(talk.bind_answer(asked.sequence))
    reseller.sends(talk.submit(4))
    assert len(new.gets()) == 1


@pytest.mark.parametrize("mode", ["paired", "pooled"])
def test_an_upstream_changes_its_mode(street: Make, talk: Any, mode: str) -> None:
    at = street(mode=mode, account={"verify": known})
    reseller, smsc = at.bound()
    if mode == "paired":
        plan = UpstreamPlan("smsc", paired=False, binds=1, system_id=b"p", password=b"p")
    else:
        plan = UpstreamPlan("smsc")
    at.reloads(replace(at.plan, upstreams={"smsc": plan}))
    reseller.sends(talk.submit(9))
    assert reseller.statuses()[-1] == (0x08, 9)
    assert [pdu.command for pdu in smsc.reads()] == [c.UNBIND]
    reseller.hangs_up()
    smsc.hangs_up()
    again, smsc = at.bound()
    again.sends(talk.submit(1))
    assert len(smsc.gets()) == 1


# ---------------------------------------------------------------- the end


@pytest.mark.parametrize("mode", ["paired", "pooled"])
def test_drain_and_farewell(street: Make, talk: Any, mode: str) -> None:
    at = street(mode=mode)
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1))
    [asked] = smsc.reads()
    waits = at.reseller()
    at.house.drain()
    waits.sends(talk.bind(1))
    assert waits.statuses() == [(0x08, 1)]
    assert at.house.arrived("192.0.2.8", 0, at.now) is None
    reseller.sends(talk.submit(2))
    assert reseller.statuses() == [(0x58, 2)]
    smsc.sends(talk.answer(asked.sequence, b"1"))
    assert reseller.statuses() == [(0, 1)]
    reseller.sends(talk.header(c.ENQUIRE_LINK, 5))
    assert len(reseller.gets()) == 1
    at.house.farewell(at.now, 2.0)
    at.settle()
    for end in (reseller, smsc):
        [unbind] = end.reads()
        assert unbind.command == c.UNBIND
    assert waits.closed
    smsc.sends(talk.header(c.UNBIND_RESP, unbind.sequence))
    assert smsc.closed
    assert not reseller.closed
    at.waits(2.5)
    assert reseller.closed
    assert not at.house.resellers
    assert not at.house.carriers
    assert at.house.doors.to_dial == []


def test_farewell_answers_what_is_left(street: Make, talk: Any) -> None:
    at = street(mode="pooled", upstream={"window": 1})
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1), talk.submit(2), talk.header(c.UNBIND, 3))
    assert len(smsc.gets()) == 1
    at.house.farewell(at.now, 0.0)
    at.settle()
    assert reseller.statuses() == [(0x08, 2), (0x08, 1), (0, 3)]
    assert reseller.closed
    assert [pdu.command for pdu in smsc.reads()] == [c.UNBIND]
    at.is_quiet()
