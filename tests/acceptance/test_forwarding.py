"""Byte for byte in both directions, each request answered once, and pressure told in statuses."""

from __future__ import annotations

import random
import time

import pytest

EVERY_OCTET = bytes(range(256))
BODIES = {
    "plain": lambda o: o.message() + o.code(),
    "unknown TLVs in their order": lambda o: (
        o.message() + o.tlv(0x3FFE, b"z") + o.code() + o.tlv(0x0005, b"a") + o.tlv(0xFFFF, EVERY_OCTET)
    ),
    "TLVs twice, alike and differing": lambda o: (
        o.message() + o.code() + o.tlv(0x3000, b"1") + o.tlv(0x3000, b"1") + o.tlv(0x3000, b"2") + o.code()
    ),
    "empty TLV": lambda o: o.message() + o.tlv(0x3000, b"") + o.code(),
    "standard TLV of a wrong length": lambda o: o.message() + o.tlv(0x0204, b"abcde") + o.code(),
    "message_payload": lambda o: o.message(b"") + o.tlv(0x0424, EVERY_OCTET * 200) + o.code(),
    "every octet as text": lambda o: o.message(EVERY_OCTET[1:255], data_coding=4) + o.code(),
    "text longer than 3.4 allows": lambda o: o.message(b"x" * 255) + o.code(),
    "data_coding nobody defined": lambda o: o.message(data_coding=0xEE) + o.code(),
    "odd UCS2": lambda o: o.message(b"\xd8\x00\x00", data_coding=8) + o.code(),
    "no text": lambda o: o.message(b"") + o.code(),
    "every flag": lambda o: o.message(esm_class=0x3F, registered=0xFF) + o.code(),
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("account", ["reseller1", "watched"])
def test_what_is_forwarded_differs_in_its_sequence_number_only(proxy, smsc, octets, body, account):
    pdu = octets.pdu(4, BODIES[body](octets), sequence=0x7FFFFFFF)
    assert proxy.bound(account).ask(pdu).header[1:] == (0x80000004, 0, 0x7FFFFFFF)
    seen = smsc.first(4)
    assert seen.raw[:12] + seen.raw[16:] == pdu[:12] + pdu[16:]


def test_a_command_status_in_a_request_survives(proxy, smsc, octets):
    pdu = octets.pdu(4, octets.message() + octets.code(), 5, status=0x1234)
    assert proxy.bound("reseller1").ask(pdu).status == 0
    assert smsc.first(4).raw[:12] == pdu[:12]


ANSWERS = {
    "odd message_id": (0, b"  0x00aB/\xff\0"),
    "longest message_id": (0, b"m" * 64 + b"\0"),
    "over-long message_id": (0, b"m" * 200 + b"\0"),
    "no message_id": (0, b"\0"),
    "no body at all": (0, b""),
    "TLVs": (0, b"id\0\x04\x20\x00\x01\x07"),
    "error with a body": (0x0B, b"id\0"),
    "error without": (0x58, b""),
    "vendor status": (0x4FF, b""),
    "unterminated": (0, b"no end"),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("account", ["reseller1", "watched"])
def test_the_answer_of_the_smsc_is_unchanged(proxy, smsc, octets, answer, account):
    status, body = ANSWERS[answer]

    def reply(link, got):
        if got.command == 4:
            link.send(octets.pdu(0x80000004, body, got.sequence, status))
        else:
            smsc.accept(link, got)

    smsc.answer = reply
    reseller = proxy.bound(account)
    assert reseller.ask(octets.submit(sequence=6)).raw == octets.pdu(0x80000004, body, 6, status)
    reseller.hears_nothing()


def test_a_generic_nack_of_the_smsc_answers_the_request(proxy, smsc, octets):
    def nack(link, got):
        if got.command == 4:
            link.send(octets.pdu(0x80000000, b"", got.sequence, 0x03))
        else:
            smsc.accept(link, got)

    smsc.answer = nack
    reseller = proxy.bound("reseller1")
    answer = reseller.ask(octets.submit(sequence=6))
    assert (answer.status, answer.sequence) == (0x03, 6)
    assert answer.command in (0x80000000, 0x80000004)
    reseller.hears_nothing()


def test_answers_out_of_order_find_their_requests(proxy, smsc, octets):
    held = []
    smsc.answer = lambda link, got: held.append((link, got)) if got.command == 4 else smsc.accept(link, got)
    reseller = proxy.bound("reseller1")
    reseller.send(*(octets.submit(b"%d" % n, sequence=n) for n in range(100, 150)))
    smsc.wait(lambda: len(held) == 50)
    random.Random(1).shuffle(held)
    for link, got in held:
        number = next(n for n in range(100, 150) if b"\x03%d" % n in got.body)
        link.send(octets.pdu(0x80000004, b"id%d\0" % number, got.sequence))
    answers = [reseller.receive() for _ in range(50)]
    assert {(got.sequence, got.message_id) for got in answers} == {(n, b"id%d" % n) for n in range(100, 150)}


def test_duplicate_sequence_numbers_get_an_answer_each(proxy, smsc, octets):
    reseller = proxy.bound("reseller1")
    reseller.send(*(octets.submit(sequence=5) for _ in range(4)))
    answers = [reseller.receive() for _ in range(4)]
    assert {got.header[1:] for got in answers} == {(0x80000004, 0, 5)}
    assert len({got.message_id for got in answers}) == 4
    reseller.hears_nothing()


@pytest.mark.parametrize("sequence", [0, 0x80000000, 0xFFFFFFFF])
def test_sequence_numbers_the_specification_forbids_are_echoed(proxy, smsc, octets, sequence):
    answer = proxy.bound("reseller1").ask(octets.submit(sequence=sequence))
    assert answer.header[1:] == (0x80000004, 0, sequence)


def test_over_the_window(proxy, smsc, octets):
    held = []
    smsc.answer = lambda link, got: held.append((link, got)) if got.command == 4 else smsc.accept(link, got)
    reseller = proxy.bound("narrow")
    reseller.send(*(octets.submit(sequence=n) for n in range(1, 6)))
    refused = [reseller.receive() for _ in range(3)]
    assert [got.raw for got in refused] == [octets.pdu(0x80000004, b"", n, 0x58) for n in (3, 4, 5)]
    smsc.wait(lambda: len(held) == 2)
    reseller.works()
    smsc.accept(*held[0])
    assert reseller.receive().header[2:] == (0, 1)
    smsc.answer = smsc.accept
    assert reseller.ask(octets.submit(sequence=6)).header[2:] == (0, 6)


def test_over_the_rate(proxy, smsc, octets):
    reseller = proxy.bound("slow")
    reseller.send(*(octets.submit(sequence=n) for n in range(1, 11)))
    statuses = [reseller.receive().status for _ in range(10)]
    assert set(statuses) == {0, 0x58}
    assert statuses.count(0) <= 4


def test_a_response_timeout_frees_the_slot_and_keeps_the_link(proxy, smsc, octets, until):
    smsc.answer = smsc.silent
    reseller = proxy.bound("timeout")
    began = time.monotonic()
    assert reseller.ask(octets.submit(sequence=3)).raw == octets.pdu(0x80000004, b"", 3, 0x08)
    assert 0.2 < time.monotonic() - began < 20  # the others' is 30 s
    late = smsc.first(4)
    link = smsc.link("timeout")
    link.send(octets.pdu(0x80000004, b"late\0", late.sequence))
    smsc.answer = smsc.accept
    assert until(lambda: reseller.ask(octets.submit(sequence=4)).header[2:] == (0, 4))  # 0.3 s may be short for us
    assert smsc.link("timeout") is link
    reseller.hears_nothing()


def test_upstream_lost_with_requests_in_flight(proxy, smsc, octets):
    smsc.answer = smsc.silent
    reseller, other = proxy.bound("reseller1"), proxy.bound("second")
    reseller.send(*(octets.submit(sequence=n) for n in (1, 2, 3)))
    smsc.wait(lambda: len(smsc.of(4)) == 3)
    smsc.link("reseller1").drop()
    assert [reseller.receive().raw for _ in range(3)] == [octets.pdu(0x80000004, b"", n, 0x08) for n in (1, 2, 3)]
    unbind = reseller.receive()
    assert unbind.command == 0x06
    reseller.send(octets.pdu(0x80000006, sequence=unbind.sequence))
    assert reseller.rest() == []
    other.works()


@pytest.mark.parametrize("command", [0x05, 0x103, 0x102], ids=["deliver_sm", "data_sm", "alert_notification"])
def test_what_the_smsc_sends_reaches_the_reseller_untouched(proxy, smsc, octets, command):
    reseller = proxy.bound("reseller1")
    body = {
        0x05: octets.message(b"id:0001 sub:001 dlvrd:001 stat:DELIVRD err:000 text:\xff", esm_class=4)
        + octets.tlv(0x001E, b"0001\0")
        + octets.tlv(0x3333, b"?")
        + octets.tlv(0x0427, b"\2"),
        0x103: octets.data_sm()[16:],
        0x102: b"\x01\x0101050001234\0\x01\x01range\0",
    }[command]
    smsc.link("reseller1").send(octets.pdu(command, body, 31))
    got = reseller.receive()
    assert (got.command, got.status, got.body) == (command, 0, body)
    if command == 0x102:
        return
    reply = octets.pdu(command | 0x80000000, b"their id\0", got.sequence, status=0x14)
    reseller.send(reply)
    answered = smsc.first(command | 0x80000000)
    assert answered.raw == octets.pdu(command | 0x80000000, b"their id\0", 31, 0x14)


@pytest.mark.parametrize(
    ("command", "body"),
    [
        (0x03, b"id1\0\x01\x0115880000\0"),
        (0x08, b"\0id1\0\x01\x0115880000\0\x01\x0101050001234\0"),
        (0x08, b"\0\0\x01\x0115880000\0\x01\x0101050001234\0"),
        (0x112, b"id1\0\x01\x0115880000\0"),
        (0x113, b"\0id1\0\x01\x0115880000\0"),
    ],
    ids=["query", "cancel", "cancel without an id", "query_broadcast", "cancel_broadcast"],
)
def test_requests_about_messages_pass_in_paired_mode(proxy, smsc, octets, command, body):
    reseller = proxy.bound("reseller1")
    assert reseller.ask(octets.pdu(command, body, 8)).header[1:] == (command | 0x80000000, 0, 8)
    assert smsc.first(command).body == body


def replace(octets, message_id, text=b"new"):
    body = message_id + b"\0\x01\x0115880000\0" + b"\0\0\x01\0" + bytes((len(text),)) + text
    return octets.pdu(0x07, body, 9)


def test_replace_inherits_the_code_of_what_it_replaces(proxy, smsc, octets):
    reseller = proxy.bound("reseller1")
    message_id = reseller.ask(octets.submit()).message_id
    pdu = replace(octets, message_id)
    assert reseller.ask(pdu).header[1:] == (0x80000007, 0, 9)
    assert smsc.first(7).body == pdu[16:]
    assert reseller.ask(replace(octets, b"unknown")).raw == octets.pdu(0x80000007, b"", 9, 0x13)


def test_replace_of_a_message_whose_code_was_suspended_since(proxy, smsc, octets):
    code = "420000001"
    assert proxy.command("codes", "add", code).returncode == 0
    reseller = proxy.bound("reseller1")
    message_id = reseller.ask(octets.submit(tlvs=octets.code(code))).message_id
    assert proxy.command("codes", "suspend", code).returncode == 0
    assert reseller.ask(replace(octets, message_id)).status == 0x45
