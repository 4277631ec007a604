"""Requests about a message that was sent before: whose it must be, and what a replacement inherits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from filters.code import CodeSettings, IdentitySettings
from filters.ports import CodeState
from smppproxy.relay.plan import CodeTlv, ExtraTlv
from smppproxy.relay.ticket import Route
from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu

Make = Callable[..., Any]

ABOUT = [c.QUERY_SM, c.CANCEL_SM, c.REPLACE_SM, c.QUERY_BROADCAST_SM, c.CANCEL_BROADCAST_SM]


def about(command: int, sequence: int, message_id: bytes, text: bytes = b"new text") -> bytes:
    fields: dict[str, Any] = {"message_id": message_id, "source_addr": b"0215880000"}
    if command == c.REPLACE_SM:
        fields["short_message"] = text
    return codec.encode(Pdu(command, 0, sequence, fields))


def sent(at: Any, talk: Any, ends: tuple[Any, Any], message_id: bytes = b"id1", **fields: Any) -> None:
    """A message is sent and accepted."""
    reseller, smsc = ends
    reseller.sends(talk.submit(900, **fields))
    [asked] = smsc.reads()
    smsc.sends(talk.answer(asked.sequence, message_id))
    assert len(reseller.gets()) == 1


@pytest.mark.parametrize("mode", ["paired", "pooled"])
@pytest.mark.parametrize("command", ABOUT)
def test_about_one_s_own_message(street: Make, talk: Any, mode: str, command: int) -> None:
    at = street(mode=mode)
    reseller, smsc = ends = at.bound()
    sent(at, talk, ends)
    asked = about(command, 5, b"id1")
    reseller.sends(asked)
    [got] = smsc.gets()
    assert got[:12] + got[16:] == asked[:12] + asked[16:]
    said = talk.header(command | c.RESPONSE_BIT, int.from_bytes(got[12:16]), 0x67)
    smsc.sends(said)
    assert reseller.gets() == [talk.header(command | c.RESPONSE_BIT, 5, 0x67)]
    at.is_quiet()


@pytest.mark.parametrize("command", ABOUT)
def test_about_another_s_message_in_a_pool(street: Make, talk: Any, command: int) -> None:
    at = street(mode="pooled", accounts=["other"])
    sent(at, talk, at.bound())
    other, smsc = at.bound(system_id=b"other")
    other.sends(about(command, 5, b"id1"))
    assert other.gets() == [talk.header(command | c.RESPONSE_BIT, 5, 0x0C)]
    assert smsc.gets() == []


@pytest.mark.parametrize(
    ("command", "unknown", "empty"),
    [
        (c.QUERY_SM, 0x0C, 0x0C),
        (c.CANCEL_SM, 0x0C, 0x11),
        (c.REPLACE_SM, 0x13, 0x13),
        (c.QUERY_BROADCAST_SM, 0x0C, 0x0C),
        (c.CANCEL_BROADCAST_SM, 0x0C, 0x0C),
    ],
)
def test_about_a_message_nobody_knows_in_a_pool(
    street: Make, talk: Any, command: int, unknown: int, empty: int
) -> None:
    at = street(mode="pooled")
    reseller, smsc = at.bound()
    reseller.sends(about(command, 5, b"nobody's"), about(command, 6, b""))
    assert reseller.statuses() == [(unknown, 5), (empty, 6)]
    assert smsc.gets() == []
    at.is_quiet()


@pytest.mark.parametrize(("command", "passes"), [(c.QUERY_SM, True), (c.CANCEL_SM, True), (c.REPLACE_SM, False)])
def test_paired_only_a_replacement_needs_to_be_known(street: Make, talk: Any, command: int, passes: bool) -> None:
    at = street()
    reseller, smsc = at.bound()
    reseller.sends(about(command, 5, b"of yesterday"), about(command, 6, b""))
    assert len(smsc.gets()) == 2 * passes
    assert reseller.statuses() == ([] if passes else [(0x13, 5), (0x13, 6)])


@pytest.mark.parametrize("mode", ["paired", "pooled"])
@pytest.mark.parametrize("command", ABOUT)
def test_without_an_upstream_link(street: Make, talk: Any, mode: str, command: int) -> None:
    at = street(mode=mode)
    reseller, smsc = ends = at.bound()
    sent(at, talk, ends)
    smsc.hangs_up()
    reseller.gets()
    reseller.sends(about(command, 5, b"id1"))
    assert reseller.statuses() == [(0x08, 5)]


@pytest.mark.parametrize("mode", ["paired", "pooled"])
def test_a_replacement_inherits_code_and_data_coding(street: Make, talk: Any, mode: str) -> None:
    judge = talk.Judge()
    at = street(mode=mode, judge=judge)
    reseller, smsc = ends = at.bound()
    sent(at, talk, ends, text="안녕하세요".encode("utf-16-be"), data_coding=8)
    reseller.sends(about(c.REPLACE_SM, 5, b"id1", "새 소식".encode("utf-16-be")))
    assert len(smsc.gets()) == 1
    assert "새 소식" in judge.asked
    reseller.sends(about(c.REPLACE_SM, 6, b"id1", "casino".encode("utf-16-be")))
    assert reseller.statuses() == [(0x45, 6)]
    reseller.sends(about(c.REPLACE_SM, 7, b"id1", b"casino"))  # not in the coding of the message, but plain to read
    assert reseller.statuses() == [(0x45, 7)]
    assert smsc.gets() == []
    at.book.put("301150232", CodeState.SUSPENDED)
    at.settle()
    reseller.sends(about(c.REPLACE_SM, 8, b"id1", "새 소식".encode("utf-16-be")))
    assert reseller.statuses() == [(0x45, 8)]


def test_a_replacement_of_a_replacement_s_message(street: Make, talk: Any) -> None:
    at = street(mode="pooled")
    reseller, smsc = ends = at.bound()
    sent(at, talk, ends)
    for number in (5, 6):
        reseller.sends(about(c.REPLACE_SM, number, b"ID1"))
        [asked] = smsc.reads()
        smsc.sends(talk.header(c.REPLACE_SM_RESP, asked.sequence))
        assert reseller.statuses() == [(0, number)]


@pytest.mark.parametrize("mode", ["paired", "pooled"])
def test_a_replacement_needs_no_identities_of_its_own_and_gets_no_tlv(street: Make, talk: Any, mode: str) -> None:
    extra = IdentitySettings(name="relay", length=4, format="[0-9]{4}", required=True)
    code = CodeTlv(inject=b"301150232", extras=(ExtraTlv("relay", 0x1401),))
    at = street(mode=mode, account={"code": code}, code=CodeSettings(extras=(extra,)))
    reseller, smsc = ends = at.bound()
    reseller.sends(talk.submit(1, code=None))
    assert reseller.statuses() == [(0xC3, 1)]
    sent(at, talk, ends, code=None, tlvs=[(0x1401, b"0009")])
    asked = about(c.REPLACE_SM, 5, b"id1")
    reseller.sends(asked)
    [got] = smsc.gets()
    assert got[:12] + got[16:] == asked[:12] + asked[16:]


def test_the_bounds_hold_for_them_too(street: Make, talk: Any) -> None:
    at = street(account={"window": 1, "rate": 3.0})
    reseller, smsc = at.bound()
    query = [about(c.QUERY_SM, n, b"1") for n in range(1, 5)]
    reseller.sends(query[0], query[1])
    assert reseller.statuses() == [(0x58, 2)]
    [asked] = smsc.reads()
    smsc.sends(talk.header(c.QUERY_SM_RESP, asked.sequence, 0x67))
    for _ in range(3):
        reseller.sends(query[2])
        for asked in smsc.reads():
            smsc.sends(talk.header(c.QUERY_SM_RESP, asked.sequence, 0x67))
    assert reseller.statuses() == [(0x67, 1), (0x67, 3), (0x67, 3), (0x58, 3)]
    at.house.drain()
    reseller.sends(query[3])
    assert reseller.statuses() == [(0x58, 4)]
    at.is_quiet()


def test_a_broken_one_is_answered_with_its_fault(street: Make, talk: Any) -> None:
    at = street()
    reseller, smsc = at.bound()
    whole = about(c.REPLACE_SM, 5, b"id1")
    reseller.sends((20).to_bytes(4, "big") + whole[4:20])
    [(status, sequence)] = reseller.statuses()
    assert status
    assert sequence == 5
    assert smsc.gets() == []


def test_the_latest_messages_are_remembered_not_all(street: Make, talk: Any) -> None:
    at = street(limits={"recent": 2})
    reseller, smsc = ends = at.bound()
    for name in (b"a", b"b", b"c", b"d"):
        sent(at, talk, ends, name)
        if name == b"b":
            reseller.sends(about(c.REPLACE_SM, 1, b"a"))
            assert len(smsc.gets()) == 1
    reseller.sends(*(about(c.REPLACE_SM, 10 + n, bytes([97 + n])) for n in range(4)))
    assert reseller.statuses() == [(0x13, 10), (0x13, 11)]
    assert len(smsc.gets()) == 2


def test_a_broadcast_is_judged_by_its_code(street: Make, talk: Any) -> None:
    at = street(mode="pooled")
    reseller, smsc = at.bound()
    fields = {"source_addr": b"0215880000", "message_id": b""}
    tlvs = [(0x0606, b"\0\1"), (0x0601, b"\1\0\0"), (0x0604, b"\0\1"), (0x0605, b"\x08\0\1"), (0x0424, b"storm")]
    reseller.sends(
        codec.encode(Pdu(c.BROADCAST_SM, 0, 1, fields, [(0x1400, talk.ACTIVE), *tlvs])),
        codec.encode(Pdu(c.BROADCAST_SM, 0, 2, fields, tlvs)),
    )
    assert reseller.statuses() == [(0xC3, 2)]
    [asked] = smsc.reads()
    smsc.sends(codec.encode(Pdu(c.BROADCAST_SM_RESP, 0, asked.sequence, {"message_id": b"B7"})))
    assert at.routes.known == {("smsc", "B7"): Route("reseller1", talk.ACTIVE, 0)}
    reseller.sends(about(c.CANCEL_BROADCAST_SM, 3, b"B7"))
    assert len(smsc.gets()) == 1


@pytest.mark.parametrize("mode", ["paired", "pooled"])
@pytest.mark.parametrize("judged_first", [False, True], ids=["codes only", "texts judged"])
@pytest.mark.parametrize("late", [False, True])
def test_a_replaced_message_s_data_coding_is_inherited(
    street: Callable[..., Any], talk: Any, mode: str, judged_first: bool, late: bool
) -> None:
    word = "казино"
    at = street(judge=talk.Judge(word), mode=mode, upstream={"response_timeout": 5.0})
    reseller, smsc = at.bound()
    judge = at.house.judging.judge
    if not judged_first:
        at.house.desk.gate.text = at.house.judging.judge = None
    reseller.sends(talk.submit(1, "привет".encode("iso8859-5"), data_coding=6))
    if late:  # it was answered by us, and the carrier names it all the same
        at.waits(6.0)
    smsc.sends(talk.answer(smsc.reads()[0].sequence, b"m1"))
    reseller.gets()
    at.house.desk.gate.text = at.house.judging.judge = judge
    fields = {"message_id": b"m1", "source_addr": b"0215880000", "short_message": word.encode("iso8859-5")}
    reseller.sends(codec.encode(Pdu(c.REPLACE_SM, 0, 2, fields)))
    assert reseller.statuses() == [(0x45, 2)]
    assert smsc.gets() == []
