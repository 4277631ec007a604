"""Requests pass the desk: forwarded octet by octet, or refused with the status of the reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filters.code import CodeSettings
from filters.contract import Finding, Message, Mode, Reason
from filters.ports import CodeState
from smppproxy.relay.statuses import table
from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu, SmeAddress

Make = Callable[..., Any]


def test_a_sound_submit_is_forwarded_octet_by_octet(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    odd = [(0x1400, talk.ACTIVE), (0x3999, b"\0\xff"), (0x3999, b"twice"), (0x0005, b"\1")]
    asked = talk.submit(7, code=None, tlvs=odd)
    reseller.sends(asked)
    [got] = smsc.gets()
    assert got[:12] + got[16:] == asked[:12] + asked[16:]
    sequence = int.from_bytes(got[12:16], "big")
    said = talk.answer(sequence, b"4F0A")
    smsc.sends(said)
    assert reseller.gets() == [said[:12] + (7).to_bytes(4, "big") + said[16:]]
    at.is_quiet()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (None, 0xC3),
        (b"30115023", 0xC2),
        (b"3011502321", 0xC2),
        (b"30115023X", 0xC4),
        (b"999999999", 0xC4),
        (b"301150233", 0x45),
    ],
)
def test_a_code_that_will_not_do_is_refused(street: Make, talk: Any, code: bytes | None, status: int) -> None:
    at = street()
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7, code=code))
    assert reseller.gets() == [talk.header(c.SUBMIT_SM_RESP, 7, status)]
    assert smsc.gets() == []
    at.is_quiet()


def test_two_codes_that_differ_are_refused_two_equal_ones_pass(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7, tlvs=[(0x1400, talk.SUSPENDED)]), talk.submit(8, tlvs=[(0x1400, talk.ACTIVE)]))
    assert reseller.statuses() == [(0xC4, 7)]
    assert len(smsc.gets()) == 1


def test_good_and_bad_of_one_read_each_get_their_own(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    codes = [talk.ACTIVE, None, talk.ACTIVE, talk.UNKNOWN, talk.ACTIVE]
    reseller.sends(*(talk.submit(10 + n, code=code) for n, code in enumerate(codes)))
    assert reseller.statuses() == [(0xC3, 11), (0xC4, 13)]
    smsc.sends(*(talk.answer(pdu.sequence, b"%d" % pdu.sequence) for pdu in smsc.reads()))
    assert [sequence for _, sequence in reseller.statuses()] == [10, 12, 14]
    at.is_quiet()


def test_a_sanction_refuses_the_very_next_request(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1))
    assert len(smsc.gets()) == 1
    at.book.put("301150232", CodeState.STRUCK)
    at.settle()
    reseller.sends(talk.submit(2))
    assert reseller.statuses() == [(0x45, 2)]


def test_observe_forwards_what_enforce_would_refuse(street: Make, talk: Any) -> None:
    at = street(code=CodeSettings(mode=Mode.OBSERVE))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, code=None), talk.submit(2))
    assert len(smsc.gets()) == 2
    assert reseller.gets() == []


@pytest.mark.parametrize(
    ("pdu", "status"),
    [
        ({"text": b"a", "tlvs": [(c.TAG_MESSAGE_PAYLOAD, b"b")]}, 0xC1),
        ({"text": b"\5\0\3\1\2\1x", "esm_class": 0x40, "tlvs": [(c.TAG_SAR_MSG_REF_NUM, b"\0\1")]}, 0xC4),
        ({"text": b"\xff\0\3", "esm_class": 0x40}, 0x01),
    ],
)
def test_contradictions_in_the_shape_are_refused(street: Make, talk: Any, pdu: dict[str, Any], status: int) -> None:
    at = street()
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(3, **pdu))
    assert reseller.statuses() == [(status, 3)]
    assert smsc.gets() == []
    at.is_quiet()


class Picky:
    """A rule that refuses one text and observes another."""

    name, mode, on_error = "picky", Mode.ENFORCE, "forward"

    def check(self, message: Message) -> Finding | None:
        if any("refuse" in reading for reading in message.texts):
            return Finding(Reason.SENDER_SPOOFED, self.name)
        return (
            Finding(Reason.LINK_REFUSED, self.name, enforce=False) if any("see" in t for t in message.texts) else None
        )


TEXTS = st.sampled_from(
    [
        *(
            (text.encode(), 3)
            for text in ("hello", "casino", "refuse", "see", "see casino", "an honest text " * 300, "the casino " * 300)
        ),
        *((text.encode("utf-16-be"), 8) for text in ("안녕하세요", "안녕 casino", "see 안녕", "안녕하세요 " * 900)),
        *((text.encode("cp949"), 0) for text in ("안녕하세요", "안녕 casino")),
        (b"", 0),
    ]
)
SHAPES = st.sampled_from(
    ["short_message", *(["payload"] * 4), "payload, no code", "payload twice", "two payloads", "both", "segment", "sar"]
)


def shaped(talk: Any, number: int, shape: str, octets: bytes, data_coding: int) -> bytes:
    """A submit_sm that brings a text in some way."""
    payload, fields = [(c.TAG_MESSAGE_PAYLOAD, octets)], {"data_coding": data_coding}
    code = None if shape == "payload, no code" else talk.ACTIVE
    tlvs = {
        "payload twice": payload * 2,
        "two payloads": [*payload, (c.TAG_MESSAGE_PAYLOAD, b"more")],
        "sar": [*payload, (0x020C, b"\0\1"), (0x020E, b"\2"), (0x020F, b"\1")],
        "segment": [(c.TAG_MESSAGE_PAYLOAD, b"\5\0\3\1\2\1" + octets)],
    }.get(shape, payload if shape != "short_message" else [])
    text = octets[:200] if shape == "short_message" else b"text" if shape == "both" else b""
    return talk.submit(number, text, code, tlvs, esm_class=0x40 if shape == "segment" else 0, **fields)  # type: ignore[no-any-return]


@given(
    some=st.lists(st.tuples(SHAPES, TEXTS), min_size=1, max_size=6),
    ruled=st.booleans(),
    judged=st.booleans(),
    mode=st.sampled_from(Mode),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_short_way_ends_where_the_long_one_does(
    street: Make, talk: Any, some: list[tuple[str, tuple[bytes, int]]], ruled: bool, judged: bool, mode: Mode
) -> None:
    pdus = [shaped(talk, n, shape, *text) for n, (shape, text) in enumerate(some, 2)]
    told = []
    for way in ("plain", "long"):
        settings = {**talk.WAYS[way], "rules": (Picky(),) if ruled else ()}
        at = street(judge=talk.Judge(mode=mode) if judged else None, **settings)
        reseller, smsc = at.bound()
        reseller.sends(*pdus)
        got = smsc.gets()
        smsc.sends(*(talk.answer(int.from_bytes(pdu[12:16], "big"), b"id") for pdu in got))
        count = at.house.desk.count
        asked = sorted(at.judge.asked) if judged else []
        forwarded = sorted(pdu[:12] + pdu[16:] for pdu in got)
        told.append((sorted(reseller.statuses()), forwarded, asked, count.reasons, count.observed, count.closed))
        at.is_quiet()
    assert told[0] == told[1]


@pytest.mark.parametrize("way", ["plain", "rules"])
def test_a_text_in_a_payload_goes_the_short_way(street: Make, talk: Any, way: str) -> None:
    at = street(judge=talk.Judge(), **talk.WAYS[way])
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, b"", tlvs=[(c.TAG_MESSAGE_PAYLOAD, b"hello " * 100)]))
    [carrier] = at.house.carriers
    assert (len(smsc.gets()), carrier.noted) == (1, 0)  # nothing is known of it but its code


def test_a_broken_tlv_stream_is_answered_and_the_session_goes_on(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    whole = talk.submit(3)
    broken = (len(whole) + 2).to_bytes(4, "big") + whole[4:] + b"\x14\x00"
    truncated = (40).to_bytes(4, "big") + whole[4:40]
    reseller.sends(broken, truncated, talk.submit(5))
    answers = reseller.statuses()
    assert answers[0] == (0xC0, 3)
    assert answers[1][0] in (0x01, 0x0A, 0x0B)
    assert len(smsc.gets()) == 1


def test_over_the_window_the_client_is_told_to_wait(street: Make, talk: Any) -> None:
    at = street(account={"window": 2})
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1), talk.submit(2), talk.submit(3))
    assert reseller.statuses() == [(0x58, 3)]
    smsc.sends(*(talk.answer(pdu.sequence, b"1") for pdu in smsc.reads()))
    assert len(reseller.gets()) == 2
    reseller.sends(talk.submit(4))
    assert len(smsc.gets()) == 1


def test_over_the_rate_the_client_is_told_to_wait(street: Make, talk: Any) -> None:
    at = street(account={"rate": 2.0})
    reseller, smsc = at.bound()
    reseller.sends(*(talk.submit(n) for n in range(1, 5)))
    assert reseller.statuses() == [(0x58, 3), (0x58, 4)]
    at.waits(1.0)
    reseller.sends(talk.submit(5))
    assert len(smsc.gets()) == 3


def test_after_a_pause_an_account_may_send_a_burst(street: Make, talk: Any) -> None:
    at = street(account={"rate": 0.5, "burst": 3})
    reseller, smsc = at.bound()
    reseller.sends(*(talk.submit(n) for n in range(1, 6)))
    assert reseller.statuses() == [(0x58, 4), (0x58, 5)]
    at.waits(2.0)
    reseller.sends(talk.submit(6), talk.submit(7))
    assert reseller.statuses() == [(0x58, 7)]
    at.waits(20.0)
    reseller.sends(*(talk.submit(n) for n in range(8, 12)))
    assert reseller.statuses() == [(0x58, 11)]
    assert len(smsc.gets()) == 7


def test_the_account_s_own_statuses_and_reason_are_used(street: Make, talk: Any) -> None:
    at = street(account={"statuses": table("smpp50"), "explain": True})
    reseller, _ = at.bound()
    reseller.sends(talk.submit(1, code=talk.SUSPENDED))
    [pdu] = reseller.reads()
    assert pdu.status == 0x101
    assert pdu.tlvs[0][0] == c.TAG_ADDITIONAL_STATUS_INFO_TEXT
    assert pdu.tlvs[0][1].startswith(b"code_sanctioned: ")
    assert pdu.tlvs[0][1].endswith(b"\0")


def test_a_code_not_of_this_account_is_refused(street: Make, talk: Any) -> None:
    at = street(account={"allowed": frozenset({"301150999"})})
    reseller, _ = at.bound()
    reseller.sends(talk.submit(1))
    assert reseller.statuses() == [(0xC4, 1)]


class NotTheseRecipients:
    """A rule that refuses single destinations."""

    name, mode = "destination", Mode.ENFORCE

    def check(self, message: Message) -> Finding | None:
        bad = tuple(recipient for recipient in message.recipients if recipient.startswith("99"))
        return Finding(Reason.RECIPIENT_REFUSED, self.name, recipients=bad) if bad else None


def multi(sequence: int, *numbers: bytes) -> bytes:
    fields = {
        "source_addr": b"0215880000",
        "dest_addresses": [SmeAddress(1, 1, number) for number in numbers],
        "short_message": b"hello",
    }
    return codec.encode(Pdu(c.SUBMIT_MULTI, 0, sequence, fields, [(0x1400, b"301150232")]))


def test_a_submit_multi_is_refused_for_some_destinations(street: Make, talk: Any) -> None:
    at = street(rules=[NotTheseRecipients()])
    reseller, smsc = at.bound()
    reseller.sends(multi(4, b"010", b"9911", b"020"))
    [asked] = smsc.reads()
    assert [address.addr for address in asked.fields["dest_addresses"]] == [b"010", b"020"]
    said = {"message_id": b"m1", "unsuccess_sme": []}
    smsc.sends(codec.encode(Pdu(c.SUBMIT_MULTI_RESP, 0, asked.sequence, said)))
    [answer] = reseller.reads()
    assert answer.sequence == 4
    assert [(sme.addr, sme.error) for sme in answer.fields["unsuccess_sme"]] == [(b"9911", 0x0B)]
    at.is_quiet()


def test_a_submit_multi_is_refused_whole_where_nobody_is_left(street: Make, talk: Any) -> None:
    at = street(rules=[NotTheseRecipients()])
    reseller, smsc = at.bound()
    reseller.sends(multi(4, b"9911", b"9922"))
    assert reseller.statuses() == [(0x0B, 4)]
    assert smsc.gets() == []


def test_data_sm_and_submit_multi_need_the_code_too(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, code=None, command=c.DATA_SM), talk.submit(2, command=c.DATA_SM), multi(3, b"010"))
    assert reseller.statuses() == [(0xC3, 1)]
    assert [pdu.command for pdu in smsc.reads()] == [c.DATA_SM, c.SUBMIT_MULTI]


def test_what_is_only_observed_is_counted(street: Make, talk: Any) -> None:
    at = street(code=CodeSettings(mode=Mode.OBSERVE))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1, code=None), talk.submit(2), talk.submit(3, code=b"12"))
    smsc.sends(*(talk.answer(pdu.sequence, b"%d" % pdu.sequence) for pdu in smsc.reads()))
    assert len(reseller.gets()) == 3
    assert at.house.desk.count.observed == {Reason.CODE_MISSING: 1, Reason.CODE_LENGTH: 1}


def test_a_text_goes_to_the_judge_though_some_destinations_are_refused(street: Make, talk: Any) -> None:
    at = street(rules=[NotTheseRecipients()], judge=talk.Judge("hello"))
    reseller, smsc = at.bound()
    reseller.sends(multi(4, b"010", b"9911"))
    assert reseller.statuses() == [(0x45, 4)]
    assert smsc.gets() == []
    at.is_quiet()


def test_an_honest_text_reaches_the_destinations_that_are_left(street: Make, talk: Any) -> None:
    at = street(rules=[NotTheseRecipients()], judge=talk.Judge())
    reseller, smsc = at.bound()
    reseller.sends(multi(4, b"010", b"9911"))
    [asked] = smsc.reads()
    assert [address.addr for address in asked.fields["dest_addresses"]] == [b"010"]
    smsc.sends(codec.encode(Pdu(c.SUBMIT_MULTI_RESP, 0, asked.sequence, {"message_id": b"m", "unsuccess_sme": []})))
    [answer] = reseller.reads()
    assert [sme.addr for sme in answer.fields["unsuccess_sme"]] == [b"9911"]
    assert at.house.desk.count.reasons[Reason.RECIPIENT_REFUSED] == 1


@pytest.mark.parametrize("command", [c.SUBMIT_SM, c.SUBMIT_MULTI, c.REPLACE_SM, c.CANCEL_SM, c.QUERY_SM, c.DATA_SM])
def test_a_refusal_that_says_why_can_be_read(street: Make, talk: Any, command: int) -> None:
    at = street(account={"explain": True, "window": 1})
    reseller, _ = at.bound()
    first = talk.submit(1)
    if command == c.SUBMIT_MULTI:
        over = multi(2, b"010")
    elif command in (c.SUBMIT_SM, c.DATA_SM):
        over = talk.submit(2, command=command)
    else:
        over = codec.encode(Pdu(command, 0, 2, {"message_id": b"1", "source_addr": b"02"}))
    reseller.sends(first, over)
    [refused] = reseller.reads()
    assert (refused.status, refused.command) == (0x58, command | c.RESPONSE_BIT)
    assert refused.tlv(c.TAG_ADDITIONAL_STATUS_INFO_TEXT) == b"window_full\0"


def test_a_peer_of_an_old_version_gets_no_tlv(street: Make, talk: Any) -> None:
    at = street(account={"explain": True})
    reseller = at.reseller()
    fields = {"system_id": b"reseller1", "password": b"x", "interface_version": 0x33}
    reseller.sends(codec.encode(Pdu(c.BIND_TRANSCEIVER, 0, 1, fields)))
    [smsc] = at.dialled()
    smsc.sends(talk.bind_answer(smsc.reads()[0].sequence))
    reseller.gets()
    reseller.sends(talk.submit(2, code=None))
    assert reseller.gets() == [talk.header(c.SUBMIT_SM_RESP, 2, 0xC3)]
