"""The way back: deliver_sm, receipts and alerts find the bind they belong to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from smppproxy.relay import early
from smppproxy.relay.delivery import RETRIES_REMEMBERED
from smppproxy.relay.ticket import Route
from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu

Make = Callable[..., Any]

RECEIPT = {"esm_class": 4}


def data_sm(sequence: int, esm_class: int = 0, tlvs: list[tuple[int, bytes]] | None = None) -> bytes:
    fields = {"source_addr": b"010", "destination_addr": b"15880000", "esm_class": esm_class}
    return codec.encode(Pdu(c.DATA_SM, 0, sequence, fields, tlvs or [(c.TAG_MESSAGE_PAYLOAD, b"hi")]))


def alert(sequence: int) -> bytes:
    return codec.encode(Pdu(c.ALERT_NOTIFICATION, 0, sequence, {"source_addr": b"010", "esme_addr": b"1588"}))


# ---------------------------------------------------------------- paired


def test_a_delivery_and_its_answer_pass_through(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    asked = talk.deliver(900, b"id:1 stat:DELIVRD", esm_class=4)
    smsc.sends(asked)
    [got] = reseller.gets()
    assert got[:12] + got[16:] == asked[:12] + asked[16:]
    assert smsc.gets() == []  # not before the reseller answered
    said = codec.encode(Pdu(c.DELIVER_SM_RESP, 0x65, int.from_bytes(got[12:16]), {}))
    reseller.sends(said)
    assert smsc.gets() == [said[:12] + (900).to_bytes(4, "big") + said[16:]]


def test_alerts_and_data_sm_pass_through_too(street: Make) -> None:
    at = street()
    reseller, smsc = at.bound()
    smsc.sends(alert(5), data_sm(6))
    note, data = reseller.reads()
    assert (note.command, data.command) == (c.ALERT_NOTIFICATION, c.DATA_SM)
    reseller.sends(codec.encode(Pdu(c.DATA_SM_RESP, 0, data.sequence, {"message_id": b"x"})))
    [answer] = smsc.reads()
    assert (answer.command, answer.sequence) == (c.DATA_SM_RESP, 6)


def test_a_slow_reseller_is_answered_for_in_time(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    smsc.sends(talk.deliver(5))
    [got] = reseller.reads()
    at.waits(9.0)
    assert smsc.gets() == []
    at.waits(3.0)
    assert smsc.gets() == [talk.header(c.DELIVER_SM_RESP, 5, 0x64)]
    reseller.sends(talk.header(c.DELIVER_SM_RESP, got.sequence))  # too late: dropped
    assert smsc.gets() == []
    assert at.house.deliveries.strays == 1
    assert at.house.account(b"reseller1").deliveries == 0


def test_one_slow_reseller_cannot_fill_the_smsc_s_window(street: Make, talk: Any) -> None:
    at = street(mode="pooled", account={"numbers": ("1588",)}, limits={"deliveries": 2})
    reseller, smsc = at.bound()
    smsc.sends(*(talk.deliver(n) for n in range(1, 5)))
    assert len(reseller.gets()) == 2
    assert smsc.statuses() == [(0x64, 3), (0x64, 4)]


@pytest.mark.parametrize("mode", ["paired", "pooled"])
def test_a_reseller_that_leaves_gives_back_what_it_did_not_answer(street: Make, talk: Any, mode: str) -> None:
    at = street(mode=mode, account={"numbers": ("1588",)})
    reseller, smsc = at.bound()
    smsc.sends(talk.deliver(5))
    reseller.gets()
    reseller.hangs_up()
    assert smsc.statuses()[0] == (0x64, 5)
    assert at.house.account(b"reseller1").deliveries == 0


def test_nothing_is_delivered_to_one_that_unbinds(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1), talk.header(c.UNBIND, 2))
    smsc.gets()
    smsc.sends(talk.deliver(5), alert(6))
    assert smsc.statuses() == [(0x64, 5)]
    assert reseller.gets() == []


def test_an_answer_whose_link_is_gone_is_dropped(street: Make, talk: Any) -> None:
    at = street(mode="pooled", account={"numbers": ("1588",)})
    reseller, smsc = at.bound()
    smsc.sends(talk.deliver(5))
    [got] = reseller.reads()
    smsc.hangs_up()
    reseller.sends(talk.header(c.DELIVER_SM_RESP, got.sequence))
    assert at.house.account(b"reseller1").deliveries == 0
    at.is_quiet()


# ---------------------------------------------------------------- pooled receipts


@pytest.mark.parametrize(
    ("answered", "receipt"),
    [
        (b"4F0A12", b"id:4F0A12 sub:001 dlvrd:001 stat:DELIVRD err:000 text:"),
        (b"4f0a12", b"id:4F0A12 stat:DELIVRD"),
        (b"4f0a12", b"id:5179922 stat:DELIVRD"),  # decimal of it
        (b"5179922", b"id:4f0a12 stat:DELIVRD"),
        (b"00012345", b"id:12345 stat:UNDELIV"),
        (b"12345", b"ID:0000012345 STAT:DELIVRD"),
    ],
)
def test_a_receipt_finds_its_owner_however_it_spells_the_id(
    street: Make, talk: Any, answered: bytes, receipt: bytes
) -> None:
    at = street(mode="pooled", accounts=["other"])
    reseller, smsc = at.bound()
    other, _ = at.bound(system_id=b"other")
    reseller.sends(talk.submit(2))
    [asked] = smsc.reads()
    smsc.sends(talk.answer(asked.sequence, answered))
    reseller.gets()
    asked_octets = talk.deliver(70, receipt, **RECEIPT)
    smsc.sends(asked_octets)
    [got] = reseller.gets()
    assert got[16:] == asked_octets[16:]
    assert other.gets() == []
    reseller.sends(talk.header(c.DELIVER_SM_RESP, int.from_bytes(got[12:16])))
    assert smsc.gets() == [talk.header(c.DELIVER_SM_RESP, 70)]


def test_a_receipt_may_name_its_message_in_a_tlv_or_a_payload(street: Make, talk: Any) -> None:
    at = street(mode="pooled")
    reseller, smsc = at.bound()
    at.routes.remember("smsc", "77", Route("reseller1"), 0.0)
    smsc.sends(
        data_sm(1, 4, [(c.TAG_RECEIPTED_MESSAGE_ID, b"77\0")]),
        data_sm(2, 4, [(c.TAG_MESSAGE_PAYLOAD, b"id:77 stat:DELIVRD")]),
        data_sm(3, 4, [(c.TAG_MESSAGE_PAYLOAD, b"id:77"), (c.TAG_MESSAGE_PAYLOAD, b"id:78")]),
    )
    assert len(reseller.gets()) == 2
    assert smsc.statuses() == [(0x65, 3)]  # two payloads that differ name nothing


def test_a_receipt_that_overtakes_its_answer_waits_for_it(street: Make, talk: Any) -> None:
    at = street(mode="pooled")
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(2))
    [asked] = smsc.reads()
    smsc.sends(talk.deliver(70, b"id:9 stat:DELIVRD", **RECEIPT))
    at.waits(0.7)
    assert reseller.gets() == []
    assert len(at.house.deliveries.early) == 1
    smsc.sends(talk.answer(asked.sequence, b"9"))
    at.waits(1.0)
    assert [pdu.command for pdu in reseller.reads()] == [c.SUBMIT_SM_RESP, c.DELIVER_SM]
    assert len(at.house.deliveries.early) == 0


def test_a_receipt_nobody_owns_is_refused_after_a_while(street: Make, talk: Any) -> None:
    at = street(mode="pooled")
    _, smsc = at.bound()
    smsc.sends(talk.deliver(70, b"id:9 stat:DELIVRD", **RECEIPT), talk.deliver(71, b"no id at all", **RECEIPT))
    assert smsc.statuses() == [(0x65, 71)]
    at.waits(4.8)
    assert smsc.gets() == []
    at.waits(0.5)
    assert smsc.statuses() == [(0x65, 70)]


def test_early_receipts_are_bounded_and_forgotten_with_their_link(
    street: Make, talk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early, "LIMIT", 2)
    at = street(mode="pooled")
    _, smsc = at.bound()
    smsc.sends(*(talk.deliver(n, b"id:%d stat:DELIVRD" % n, **RECEIPT) for n in range(70, 73)))
    assert smsc.statuses() == [(0x64, 72)]
    smsc.hangs_up()
    at.waits(6.0)
    assert len(at.house.deliveries.early) == 0
    at.is_quiet()


def test_an_owner_that_is_not_bound_is_waited_for_but_not_for_ever(street: Make, talk: Any) -> None:
    at = street(mode="pooled", limits={"receipt_retries": 3})
    smsc = at.pool()
    at.routes.remember("smsc", "9", Route("reseller1"), 0.0)
    statuses = []
    for n in range(5):
        smsc.sends(talk.deliver(70 + n, b"id:9 stat:DELIVRD", **RECEIPT))
        statuses += [status for status, _ in smsc.statuses()]
    assert statuses == [0x64, 0x64, 0x64, 0x65, 0x64]


def test_refusals_remembered_are_bounded(street: Make, talk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert RETRIES_REMEMBERED >= 1000
    monkeypatch.setattr("smppproxy.relay.delivery.RETRIES_REMEMBERED", 2)
    at = street(mode="pooled", account={"numbers": ("1588",)}, limits={"receipt_retries": 1})
    smsc = at.pool()
    for n in range(4):
        smsc.sends(talk.deliver(n + 1, b"text %d" % n))
    assert {status for status, _ in smsc.statuses()} == {0x64}


# ---------------------------------------------------------------- pooled, from mobiles


def test_a_mobile_s_message_goes_to_the_longest_prefix(street: Make, talk: Any) -> None:
    at = street(mode="pooled", account={"numbers": ("1588",)}, accounts=["other"])
    other_plan = at.plan.accounts[b"other"]
    accounts = dict(at.plan.accounts)
    accounts[b"other"] = type(other_plan)(
        **{f: getattr(other_plan, f) for f in other_plan.__slots__} | {"numbers": ("+15880000", "7")}
    )
    at.reloads(type(at.plan)(accounts, at.plan.upstreams, at.plan.limits))
    reseller, smsc = at.bound()
    other, _ = at.bound(system_id=b"other")
    smsc.sends(
        talk.deliver(1, destination_addr=b"15889"),
        talk.deliver(2, destination_addr=b"+1588000012"),
        talk.deliver(3, destination_addr=b"9"),
    )
    assert [pdu.fields["destination_addr"] for pdu in reseller.reads()] == [b"15889"]
    assert [pdu.fields["destination_addr"] for pdu in other.reads()] == [b"+1588000012"]
    assert smsc.statuses() == [(0x65, 3)]


def test_binds_of_an_account_take_turns_and_transmitters_none(street: Make, talk: Any) -> None:
    at = street(mode="pooled", account={"numbers": ("1588",)})
    one, smsc = at.bound()
    two, _ = at.bound(c.BIND_RECEIVER)
    three, _ = at.bound(c.BIND_TRANSMITTER)
    smsc.sends(*(talk.deliver(n) for n in range(1, 5)))
    assert [len(end.gets()) for end in (one, two, three)] == [2, 2, 0]


def test_a_broken_delivery_and_an_alert_of_nobody(street: Make, talk: Any) -> None:
    at = street(mode="pooled")
    _, smsc = at.bound()
    whole = talk.deliver(9)
    smsc.sends((24).to_bytes(4, "big") + whole[4:24], alert(10))
    [(status, sequence)] = smsc.statuses()
    assert status
    assert sequence == 9


def test_a_generic_nack_of_the_reseller_goes_back(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    smsc.sends(talk.deliver(44))
    [got] = reseller.reads()
    reseller.sends(talk.header(c.GENERIC_NACK, got.sequence, 3))
    assert smsc.gets() == [talk.header(c.GENERIC_NACK, 44, 3)]


# ---------------------------------------------------------------- other workers


def siblings(street: Make, **options: Any) -> tuple[Any, Any]:
    """Two workers: the first has the carrier's link, the second the reseller."""
    account = {"numbers": ("1588",)}
    near = street(mode="pooled", account=account, siblings=True, **options)
    far = street(mode="pooled", account=account, siblings=True, upstream={"binds": 0}, **options)
    return near, far


def carry(near: Any, far: Any) -> list[bool]:
    """What the owner of the processes does with the tray ``elsewhere``."""
    items, near.house.deliveries.elsewhere = near.house.deliveries.elsewhere, []
    taken = []
    for item in items:
        frames, _, _ = kernel.cut(item.raw, 70_000)

        def answer(status: int, item: Any = item) -> None:
            near.house.deliveries.taken_over(item, status)
            near.settle()

        taken.append(far.house.deliveries.take_over(item.account, frames[0], answer, far.now))
        if not taken[-1]:
            near.house.deliveries.taken_over(item, None)
    near.settle()
    far.settle()
    return taken


def bound_at(far: Any, talk: Any) -> Any:
    reseller = far.reseller()
    reseller.sends(talk.bind(1))
    reseller.reads()
    return reseller


@pytest.mark.parametrize("status", [0, 0x64, 0x45])
def test_a_delivery_for_an_account_of_another_worker(street: Make, talk: Any, status: int) -> None:
    near, far = siblings(street)
    smsc, reseller = near.pool(), bound_at(far, talk)
    asked = talk.deliver(31)
    smsc.sends(asked)
    assert smsc.gets() == []
    assert carry(near, far) == [True]
    [got] = reseller.gets()
    assert got[16:] == asked[16:]
    reseller.sends(talk.header(c.DELIVER_SM_RESP, int.from_bytes(got[12:16]), status))
    assert smsc.gets() == [talk.header(c.DELIVER_SM_RESP, 31, status)]
    assert far.house.account(b"reseller1").deliveries == 0


def test_a_delivery_for_an_account_bound_nowhere(street: Make, talk: Any) -> None:
    near, far = siblings(street, limits={"receipt_retries": 2})
    smsc = near.pool()
    for n in range(3):
        smsc.sends(talk.deliver(n + 1))
        assert carry(near, far) == [False]
    assert smsc.statuses() == [(0x64, 1), (0x64, 2), (0x65, 3)]


def test_a_reseller_of_another_worker_that_is_slow_or_gone(street: Make, talk: Any) -> None:
    near, far = siblings(street, limits={"deliveries": 1, "deliver_timeout": 2.0})
    smsc, reseller = near.pool(), bound_at(far, talk)
    smsc.sends(talk.deliver(1), talk.deliver(2))
    assert carry(near, far) == [True, True]
    assert smsc.statuses() == [(0x64, 2)]  # over its cap
    far.waits(3.5)
    assert smsc.statuses() == [(0x64, 1)]
    smsc.sends(talk.deliver(3))
    carry(near, far)
    reseller.hangs_up()
    assert smsc.statuses() == [(0x64, 3)]
    smsc.sends(talk.deliver(4))
    smsc.hangs_up()  # nobody is left to be told
    assert carry(near, far) == [False]


def test_a_plus_makes_no_prefix_longer(street: Callable[..., Any], talk: Any) -> None:
    at = street(mode="pooled", account={"numbers": ("8215",)}, accounts=["reseller2"])
    plans = dict(at.plan.accounts)
    plans[b"reseller2"] = replace(plans[b"reseller2"], numbers=("+821",))
    at.house.deliveries.plan(replace(at.plan, accounts=plans))
    mine, smsc = at.bound()
    other, _ = at.bound(system_id=b"reseller2")
    smsc.sends(talk.deliver(3, destination_addr=b"+821512345"))
    assert len(mine.gets()) == 1
    assert other.gets() == []
