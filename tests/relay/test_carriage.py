"""The carrier's side: credit, waiting, timeouts, late and stray answers, lost links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from filters.contract import Mode
from smppproxy.relay.ticket import Cause
from smppproxy.relay.upstream import OTHER_STATUSES, STATUSES_LIMIT
from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu

Make = Callable[..., Any]


def test_without_credit_requests_wait_their_turn(street: Make, talk: Any) -> None:
    at = street(mode="pooled", upstream={"window": 2})
    reseller, smsc = at.bound()
    reseller.sends(*(talk.submit(n, b"%d" % n) for n in range(1, 6)))
    first = smsc.reads()
    assert [pdu.fields["short_message"] for pdu in first] == [b"1", b"2"]
    at.law()
    smsc.sends(talk.answer(first[1].sequence, b"b"))
    [third] = smsc.reads()
    assert third.fields["short_message"] == b"3"
    smsc.sends(talk.answer(first[0].sequence, b"a"), talk.answer(third.sequence, b"c"))
    assert [sequence for _, sequence in reseller.statuses()] == [2, 1, 3]
    assert [pdu.fields["short_message"] for pdu in smsc.reads()] == [b"4", b"5"]


@pytest.mark.parametrize("options", [{}, {"express": False}, {"mode": "pooled"}])
def test_what_the_smsc_refuses_is_counted_by_status(street: Make, talk: Any, options: dict[str, Any]) -> None:
    at = street(**options)
    reseller, smsc = at.bound()
    for statuses in ((0x58, 0), (0, 0), (0x14, 0x58)):
        reseller.sends(*(talk.submit(n) for n in range(len(statuses))))
        asked = smsc.reads()
        smsc.sends(*(talk.answer(pdu.sequence, b"", status) for pdu, status in zip(asked, statuses, strict=True)))
    assert at.house.upstreams["smsc"].refusals == {0x58: 2, 0x14: 1}
    smsc.sends(talk.answer(9999, b"", 0x45))  # matches nothing, and is said all the same
    assert at.house.upstreams["smsc"].refusals[0x45] == 1


def test_an_smsc_that_makes_statuses_up_has_no_counter_for_each(street: Make) -> None:
    at = street()
    upstream = at.house.upstreams["smsc"]
    upstream.refused(range(1, 1000))
    upstream.refused([1, 1000])
    assert len(upstream.refusals) == STATUSES_LIMIT + 1
    assert (upstream.refusals[1], upstream.refusals[OTHER_STATUSES]) == (2, 999 - STATUSES_LIMIT + 1)


def test_the_queue_is_bounded(street: Make, talk: Any) -> None:
    at = street(mode="pooled", upstream={"window": 1}, limits={"queue": 2})
    reseller, smsc = at.bound()
    reseller.sends(*(talk.submit(n) for n in range(1, 6)))
    assert reseller.statuses() == [(0x58, 4), (0x58, 5)]
    assert len(smsc.gets()) == 1
    at.law()


def test_the_load_is_dealt_out_to_all_shared_links(street: Make, talk: Any) -> None:
    at = street(mode="pooled", upstream={"binds": 3, "window": 4})
    reseller = at.reseller()
    reseller.sends(talk.bind(1))
    ends = at.dialled()
    for end in ends:
        [asked] = end.reads()
        end.sends(talk.bind_answer(asked.sequence))
    reseller.sends(*(talk.submit(n) for n in range(2, 8)))
    assert [len(end.gets()) for end in ends] == [2, 2, 2]


@pytest.mark.parametrize("mode", ["paired", "pooled"])
@pytest.mark.parametrize("status", [0x08, 0x14])
def test_an_unanswered_request_is_answered_by_us_and_the_link_stays(
    street: Make, talk: Any, mode: str, status: int
) -> None:
    at = street(mode=mode, upstream={"response_timeout": 5.0, "timeout_status": status})
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(4))
    [asked] = smsc.reads()
    at.waits(4.5)
    assert reseller.gets() == []
    at.waits(1.5)
    assert reseller.gets() == [talk.header(c.SUBMIT_SM_RESP, 4, status)]
    assert not smsc.closed
    assert at.house.desk.count.closed[Cause.TIMEOUT] == 1
    smsc.sends(talk.answer(asked.sequence, b"0A"))  # late: nobody to tell, but the id is known
    assert reseller.gets() == []
    assert at.house.carriage.late_answers == 1
    assert at.house.carriage.strays == 0
    assert at.routes.known.keys() == ({("smsc", "0A")} if mode == "pooled" else set())
    reseller.sends(talk.submit(5))
    assert len(smsc.gets()) == 1
    at.law()


def test_a_timeout_frees_the_slot_for_one_that_waits(street: Make, talk: Any) -> None:
    at = street(mode="pooled", upstream={"window": 1, "response_timeout": 5.0})
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1))
    at.waits(3.0)
    reseller.sends(talk.submit(2))
    assert len(smsc.gets()) == 1
    at.waits(3.5)
    assert reseller.statuses() == [(0x08, 1)]
    assert len(smsc.gets()) == 1  # the second went out, nobody had to answer
    at.waits(5.0)
    assert reseller.statuses() == [(0x08, 2)]
    at.is_quiet()


def test_one_that_waits_too_long_is_answered_too(street: Make, talk: Any) -> None:
    at = street(mode="pooled", upstream={"window": 1, "response_timeout": 5.0})
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1), talk.submit(2))
    at.waits(6.5)
    assert sorted(reseller.statuses()) == [(0x08, 1), (0x08, 2)]
    assert len(smsc.gets()) == 1
    at.is_quiet()


def test_what_a_reseller_that_left_had_waiting_is_not_sent(street: Make, talk: Any) -> None:
    at = street(mode="pooled", upstream={"window": 1})
    reseller, smsc = at.bound()
    other, _ = at.bound()
    reseller.sends(talk.submit(1), talk.submit(2))
    other.sends(talk.submit(3, b"other"))
    [asked] = smsc.reads()
    reseller.hangs_up()
    smsc.sends(talk.answer(asked.sequence, b"x"))
    [asked] = smsc.reads()
    assert asked.fields["short_message"] == b"other"
    smsc.sends(talk.answer(asked.sequence, b"y"))
    assert other.statuses() == [(0, 3)]
    assert at.house.desk.count.closed[Cause.RESELLER_GONE] == 1
    at.is_quiet()


def test_a_response_that_matches_nothing_is_dropped_and_counted(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1))
    [asked] = smsc.reads()
    said = talk.answer(asked.sequence, b"1")
    smsc.sends(talk.answer(999, b"x"), said, said)
    assert reseller.statuses() == [(0, 1)]
    assert at.house.carriage.strays == 2
    assert not smsc.closed
    at.is_quiet()


def test_answers_to_plain_requests_and_to_others_in_one_read(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge(mode=Mode.OBSERVE))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"hello"), talk.submit(2, b"casino"), talk.submit(3, b"again"))
    asked = [pdu.sequence for pdu in smsc.reads()]
    at.law()
    said = [talk.answer(number, b"id%d" % place) for place, number in enumerate(asked)]
    smsc.sends(said[0], talk.answer(999, b"x"), said[1], said[2], said[1])
    assert sorted(reseller.statuses()) == [(0, 1), (0, 2), (0, 3)]
    assert at.house.carriage.strays == 2
    assert [carrier.noted for carrier in at.house.carriers] == [0]
    for place in range(3):
        assert at.house.carriage.message(reseller.link.account.name, "smsc", b"id%d" % place, paired=True) is not None
    at.is_quiet()


def test_a_generic_nack_answers_the_request(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(8))
    [asked] = smsc.reads()
    smsc.sends(talk.header(c.GENERIC_NACK, asked.sequence, 0x03))
    assert reseller.gets() == [talk.header(c.GENERIC_NACK, 8, 0x03)]
    at.is_quiet()


@pytest.mark.parametrize("mode", ["paired", "pooled"])
def test_a_lost_link_answers_what_was_in_flight(street: Make, talk: Any, mode: str) -> None:
    at = street(mode=mode, upstream={"window": 2} if mode == "pooled" else {}, limits={"queue": 5})
    reseller, smsc = at.bound()
    reseller.sends(*(talk.submit(n) for n in range(1, 5)))
    smsc.hangs_up()
    assert sorted(reseller.statuses()[:4]) == [(0x08, n) for n in range(1, 5)]
    assert at.house.desk.count.closed[Cause.LINK_LOST] == 4
    at.is_quiet()


def test_where_another_link_is_left_the_waiting_go_there(street: Make, talk: Any) -> None:
    at = street(mode="pooled", upstream={"binds": 2, "window": 1})
    reseller = at.reseller()
    reseller.sends(talk.bind(1))
    ends = at.dialled()
    for end in ends:
        [asked] = end.reads()
        end.sends(talk.bind_answer(asked.sequence))
    reseller.reads()
    reseller.sends(*(talk.submit(n) for n in range(2, 5)))
    ends[0].hangs_up()
    assert len(reseller.statuses()) == 1
    [asked] = ends[1].reads()
    ends[1].sends(talk.answer(asked.sequence, b"1"))
    assert len(ends[1].gets()) == 1
    at.law()


def test_a_link_that_comes_back_serves_the_waiting(street: Make, talk: Any) -> None:
    at = street(mode="pooled", upstream={"binds": 2, "window": 1})
    reseller = at.reseller()
    reseller.sends(talk.bind(1))
    ends = at.dialled()
    [asked] = ends[0].reads()
    ends[0].sends(talk.bind_answer(asked.sequence))
    reseller.sends(talk.submit(2), talk.submit(3))
    assert len(ends[0].gets()) == 1
    [asked] = ends[1].reads()
    ends[1].sends(talk.bind_answer(asked.sequence))
    assert len(ends[1].gets()) == 1


def test_a_link_bound_to_receive_carries_nothing(street: Make, talk: Any) -> None:
    at = street(mode="pooled", upstream={"bind": "receiver"})
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(2))
    assert reseller.statuses() == [(0x08, 2)]
    assert smsc.gets() == []


def test_answers_come_in_any_order_and_are_handed_back_unchanged(street: Make, talk: Any) -> None:
    at = street(mode="pooled")
    reseller, smsc = at.bound()
    reseller.sends(*(talk.submit(n) for n in (10, 20, 30)))
    asked = [pdu.sequence for pdu in smsc.reads()]
    odd = codec.encode(Pdu(c.SUBMIT_SM_RESP, 0, asked[2], {"message_id": b"\xff"}, [(0x1500, b"x")]))
    smsc.sends(odd, talk.answer(asked[0], status=0x14), talk.answer(asked[1], b"2"))
    got = reseller.gets()
    assert got[0] == odd[:12] + (30).to_bytes(4, "big") + odd[16:]
    assert got[1:] == [talk.header(c.SUBMIT_SM_RESP, 10, 0x14), talk.answer(20, b"2")]


def test_a_larger_window_of_the_plan_reaches_bound_links(street: Make, talk: Any) -> None:
    at = street(mode="pooled", upstream={"window": 1})
    reseller, smsc = at.bound()
    plan = at.plan.upstreams["smsc"]
    at.reloads(replace(at.plan, upstreams={"smsc": replace(plan, window=3)}))
    reseller.sends(*(talk.submit(n) for n in range(1, 5)))
    assert len(smsc.gets()) == 3


def test_more_late_answers_than_are_of_interest(street: Make, talk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smppproxy.relay.links.LATE_LIMIT", 2)
    at = street(mode="pooled", upstream={"response_timeout": 1.0})
    reseller, smsc = at.bound()
    reseller.sends(*(talk.submit(n) for n in range(1, 4)))
    asked = [pdu.sequence for pdu in smsc.reads()]
    at.waits(3.0)
    smsc.sends(*(talk.answer(sequence, b"%d" % sequence) for sequence in asked))
    assert at.house.carriage.strays == 1
    assert at.house.carriage.late_answers == 2
