"""Shared binds: who owns a receipt, what waits for credit, and what becomes of an upstream that goes and comes."""

from __future__ import annotations

import time
from itertools import count

import pytest

SEQUENCES = count(1000)  # the shared bind outlives the tests, and so may answers
RECEIPT = b"id:%s sub:001 dlvrd:001 submit date:2611210000 done date:2611210000 stat:DELIVRD err:000 text:x"


def receipt(octets, message_id, tlvs=b""):
    """A delivery receipt as in Appendix B of SMPP 3.4, source and destination swapped."""
    body = octets.message(RECEIPT % message_id, source=b"01050001234", destination=b"15880000", esm_class=4)
    return octets.pdu(5, body + tlvs, next(SEQUENCES))


def answer_to(smsc, request):
    """Waits for what the proxy answers to a PDU of the SMSC."""
    sequence = int.from_bytes(request[12:16])

    def answers():
        return [got for _, got in list(smsc.seen) if got.command >= 0x80000000 and got.sequence == sequence]

    smsc.wait(answers)
    return answers()[0]


def names(smsc, octets, message_id):
    """Has the SMSC give this id to each message."""

    def answer(link, got):
        if got.command == 4:
            link.send(octets.pdu(0x80000004, message_id + b"\0", got.sequence))
        else:
            smsc.accept(link, got)

    smsc.answer = answer


def test_the_bind_ends_here(proxy, pool_smsc, octets):
    for command in (1, 2, 9):
        reseller = proxy.connect()
        answer = reseller.ask(octets.bind("pool1", command=command, sequence=5))
        assert answer.header[1:] == (command | 0x80000000, 0, 5)
        assert answer.body.endswith(octets.tlv(0x0210, b"\x34"))
        reseller.works()
    assert {got.command for _, got in pool_smsc.seen} <= {0x15}  # which the shared bind may send at any time


def test_an_old_client_gets_no_tlv(proxy, pool_smsc, octets):
    reseller = proxy.connect()
    body = octets.bind("pool1")[16:].replace(b"\x34\x01\x02", b"\x33\x01\x02")
    answer = reseller.ask(octets.pdu(9, body, 5))
    assert answer.status == 0
    assert answer.body.endswith(b"\0")
    assert octets.tlv(0x0210, b"\x34") not in answer.body


def test_two_accounts_share_a_bind_byte_for_byte(proxy, pool_smsc, octets):
    one, two = proxy.bound("pool1"), proxy.bound("pool2")
    bodies = [octets.message(b"one") + octets.code(), octets.message(b"two") + octets.tlv(0x3000, b"") + octets.code()]
    answers = [one.ask(octets.pdu(4, bodies[0], 9)), two.ask(octets.pdu(4, bodies[1], 9))]
    assert [got.header[1:] for got in answers] == [(0x80000004, 0, 9)] * 2
    assert answers[0].message_id != answers[1].message_id
    assert [got.body for got in pool_smsc.of(4)] == bodies
    assert len({link for link, _ in pool_smsc.seen}) == 1


def test_an_unbind_does_not_reach_the_shared_bind(proxy, pool_smsc, octets):
    reseller = proxy.bound("pool1")
    assert reseller.ask(octets.pdu(6, sequence=3)).header[1:] == (0x80000006, 0, 3)
    assert reseller.rest() == []
    proxy.bound("pool2").works()
    assert not pool_smsc.of(6)


SPELLINGS = {
    "same": (b"id-A1", b"id-A1"),
    "hex, then decimal": (b"1f4a77", b"%d" % 0x1F4A77),
    "decimal, then hex": (b"2050680", b"%x" % 2050680),
    "zero-padded": (b"2050681", b"0002050681"),
    "padding lost": (b"0002050682", b"2050682"),
    "upper case": (b"ab12cd", b"AB12CD"),
    "upper case, zero-padded": (b"ab12ce", b"0000AB12CE"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_receipt_finds_its_owner(proxy, pool_smsc, octets, spelling):
    told, written = SPELLINGS[spelling]
    names(pool_smsc, octets, told)
    owner, other = proxy.bound("pool2"), proxy.bound("pool1")
    assert owner.ask(octets.submit()).message_id == told
    pdu = receipt(octets, written, tlvs=octets.tlv(0x3333, b"kept"))
    pool_smsc.link("proxy").send(pdu)
    got = owner.receive()
    assert (got.command, got.body) == (5, pdu[16:])
    other.hears_nothing()
    assert not [each for each in pool_smsc.of(0x80000005) if each.raw[12:] == pdu[12:16]]
    owner.send(octets.pdu(0x80000005, b"\0", got.sequence))
    assert answer_to(pool_smsc, pdu).raw == octets.pdu(0x80000005, b"\0", int.from_bytes(pdu[12:16]))


def test_a_receipt_named_by_its_tlv_only(proxy, pool_smsc, octets):
    names(pool_smsc, octets, b"tlv-77")
    owner = proxy.bound("pool2")
    owner.ask(octets.submit())
    tlvs = octets.tlv(0x001E, b"tlv-77\0") + octets.tlv(0x0427, b"\2")
    body = octets.message(b"", source=b"01050001234", destination=b"15880000", esm_class=4) + tlvs
    pool_smsc.link("proxy").send(octets.pdu(5, body, next(SEQUENCES)))
    assert owner.receive().body == body


def test_a_receipt_of_an_owner_who_is_away(proxy, pool_smsc, octets):
    names(pool_smsc, octets, b"away-1")
    owner, other = proxy.bound("pool2"), proxy.bound("pool1")
    owner.ask(octets.submit())
    owner.ask(octets.pdu(6, sequence=3))
    pdu = receipt(octets, b"away-1")
    pool_smsc.link("proxy").send(pdu)
    assert answer_to(pool_smsc, pdu).status == 0x64
    other.hears_nothing()
    back = proxy.bound("pool2", command=1)
    pool_smsc.link("proxy").send(receipt(octets, b"away-1"))
    assert back.receive().command == 5


def test_a_receipt_before_the_answer_waits_for_it(proxy, pool_smsc, octets):
    def early(link, got):
        if got.command == 4:
            link.send(receipt(octets, b"early-1"), octets.pdu(0x80000004, b"early-1\0", got.sequence))
        else:
            pool_smsc.accept(link, got)

    pool_smsc.answer = early
    owner = proxy.bound("pool2")
    owner.send(octets.submit(sequence=3))
    got = [owner.receive(), owner.receive()]
    assert {each.command for each in got} == {0x80000004, 5}


def test_a_receipt_of_nobody(proxy, pool_smsc, octets):
    """After the seconds a receipt may wait for its answer."""
    reseller = proxy.bound("pool1")
    pdu = receipt(octets, b"nobodys")
    pool_smsc.link("proxy").send(pdu)
    assert answer_to(pool_smsc, pdu).status == 0x65
    reseller.hears_nothing()


def mobile_originated(octets, destination):
    return octets.pdu(5, octets.message(b"STOP", source=b"01050001234", destination=destination), next(SEQUENCES))


def test_mobile_originated_messages_go_by_their_longest_prefix(proxy, pool_smsc, octets):
    one, two = proxy.bound("pool1"), proxy.bound("pool2")
    link = pool_smsc.link("proxy")
    for reseller, destination in ((one, b"15881234"), (two, b"15889999")):
        pdu = mobile_originated(octets, destination)
        link.send(pdu)
        got = reseller.receive()
        assert (got.command, got.body) == (5, pdu[16:])
        reseller.send(octets.pdu(0x80000005, b"\0", got.sequence))
        assert answer_to(pool_smsc, pdu).status == 0
    pdu = mobile_originated(octets, b"99999999")
    link.send(pdu)
    assert answer_to(pool_smsc, pdu).status == 0x65


def test_without_credit_requests_wait_and_are_then_sent(proxy, pool_smsc, octets):
    held = []
    pool_smsc.answer = lambda link, got: held.append((link, got)) if got.command == 4 else pool_smsc.accept(link, got)
    reseller = proxy.bound("pool1")
    reseller.send(*(octets.submit(b"%03d" % n, sequence=n) for n in range(1, 8)))
    pool_smsc.wait(lambda: len(held) == 2)
    reseller.hears_nothing()
    for answered in range(7):
        pool_smsc.wait(lambda n=answered: len(held) > n)
        assert len(held) - answered <= 2  # the carrier's window
        pool_smsc.accept(*held[answered])
        assert reseller.receive().status == 0


def test_a_request_that_waited_too_long(proxy, pool_smsc, octets, until):
    pool_smsc.answer = pool_smsc.silent
    reseller = proxy.bound("hasty")
    began = time.monotonic()
    reseller.send(*(octets.submit(sequence=n) for n in range(1, 5)))
    answers = [reseller.receive() for _ in range(4)]
    assert 0.4 < time.monotonic() - began < 20  # the others' is 30 s
    assert {got.status for got in answers} == {0x08}
    assert {got.sequence for got in answers} == {1, 2, 3, 4}
    pool_smsc.answer = pool_smsc.accept
    assert until(lambda: reseller.ask(octets.submit(sequence=5)).status == 0)  # 0.5 s may be short for us


@pytest.mark.parametrize("command", [3, 8])
def test_messages_of_others_are_not_to_be_had(proxy, pool_smsc, octets, command):
    one, two = proxy.bound("pool1"), proxy.bound("pool2")
    message_id = one.ask(octets.submit()).message_id
    rest = b"\0\x01\x0115880000\0" + (b"\x01\x0101050001234\0" if command == 8 else b"")
    pdu = octets.pdu(command, (b"\0" if command == 8 else b"") + message_id + rest, 7)
    assert two.ask(pdu).raw == octets.pdu(command | 0x80000000, b"", 7, 0x0C)
    assert not pool_smsc.of(command)
    assert one.ask(pdu).header[1:] == (command | 0x80000000, 0, 7)
    assert pool_smsc.first(command).body == pdu[16:]


def test_cancel_without_an_id(proxy, pool_smsc, octets):
    pdu = octets.pdu(8, b"\0\0\x01\x0115880000\0\x01\x0101050001234\0", 7)
    assert proxy.bound("pool1").ask(pdu).raw == octets.pdu(0x80000008, b"", 7, 0x11)
    assert not pool_smsc.of(8)


def test_replace_in_a_pool(proxy, pool_smsc, octets):
    one, two = proxy.bound("pool1"), proxy.bound("pool2")
    message_id = one.ask(octets.submit()).message_id
    pdu = octets.pdu(7, message_id + b"\0\x01\x0115880000\0\0\0\x01\0\x03new", 7)
    assert two.ask(pdu).status in (0x0C, 0x13)
    assert one.ask(pdu).status == 0
    assert pool_smsc.first(7).body == pdu[16:]


# ---------------------------------------------------------------- an upstream that goes and comes


POOL = 'name = "p"\naddress = "{}"\nmode = "pooled"\nsystem_id = "proxy"\npassword = "pw"\nbinds = 1\nwindow = 10'
ACCOUNT = 'system_id = "a"\npassword = "pw"\nupstream = "p"'
DIRECT = 'name = "d"\naddress = "{}"'
DIRECT_ACCOUNT = 'system_id = "b"\nupstream = "d"'


def test_an_upstream_absent_at_start_comes_back_and_goes(launch, carrier, octets, until):
    smsc = carrier()
    smsc.stop()
    proxy = launch(
        [POOL.format(smsc.address), DIRECT.format(smsc.address)],
        [ACCOUNT, DIRECT_ACCOUNT],
        [octets.CODE],
        proxy="timers = { deliver = 0.4, receipt = 0.4 }",
    ).ready()
    pooled, paired = proxy.bound("a"), proxy.connect()
    assert pooled.ask(octets.submit(sequence=2)).raw == octets.pdu(0x80000004, b"", 2, 0x08)
    assert paired.bind("b").status == 0x08

    smsc.start()
    assert until(lambda: pooled.ask(octets.submit()).status == 0)
    assert paired.bind("b").status == 0
    assert paired.ask(octets.submit()).status == 0

    # in flight when it goes
    smsc.answer = smsc.silent
    smsc.seen.clear()
    pooled.send(octets.submit(sequence=8))
    smsc.wait(lambda: smsc.of(4))
    smsc.stop()
    assert pooled.receive().raw == octets.pdu(0x80000004, b"", 8, 0x08)
    assert pooled.ask(octets.submit(sequence=9)).status == 0x08
    pooled.works()

    smsc.answer = smsc.accept
    began = time.monotonic()
    smsc.start()
    assert until(lambda: pooled.ask(octets.submit()).status == 0)
    assert time.monotonic() - began < 20

    # a reseller that does not answer a delivery: 0x64 after a while
    smsc.seen.clear()
    names(smsc, octets, b"slow-1")
    assert pooled.ask(octets.submit()).message_id == b"slow-1"
    pdu = receipt(octets, b"slow-1")
    smsc.link("proxy").send(pdu)
    got = pooled.receive()
    assert answer_to(smsc, pdu).status == 0x64
    pooled.send(octets.pdu(0x80000005, b"\0", got.sequence))
    pooled.works()

    # an unbind of the SMSC: the shared bind is dialled again, the reseller's session stays
    smsc.seen.clear()
    smsc.link("proxy").send(octets.pdu(6, sequence=70))
    assert smsc.first(0x80000006).sequence == 70
    assert until(lambda: pooled.ask(octets.submit()).status == 0)

    proxy.leave()
    assert proxy.stop() == 0
    proxy.clean()


def test_a_smsc_that_refuses_our_bind(launch, carrier, octets, until):
    smsc = carrier()
    refusing = [True]

    def answer(link, got):
        if got.command == 9 and refusing[0]:
            link.send(octets.pdu(0x80000009, b"", got.sequence, 0x0D))
        else:
            smsc.accept(link, got)

    smsc.answer = answer
    proxy = launch([POOL.format(smsc.address)], [ACCOUNT], [octets.CODE]).ready()
    reseller = proxy.bound("a")
    assert reseller.ask(octets.submit()).status == 0x08
    refusing[0] = False
    assert until(lambda: reseller.ask(octets.submit()).status == 0)
    assert proxy.stop() == 0


def test_receipts_find_their_owner_after_a_restart(launch, carrier, octets):
    smsc = carrier()
    names(smsc, octets, b"9a0b1c")
    proxy = launch([POOL.format(smsc.address)], [ACCOUNT], [octets.CODE]).ready()
    assert proxy.bound("a").ask(octets.submit()).status == 0
    assert proxy.stop() == 0
    proxy = launch([POOL.format(smsc.address)], [ACCOUNT]).ready()
    reseller = proxy.bound("a")
    smsc.link("proxy").send(receipt(octets, b"%d" % 0x9A0B1C))
    assert reseller.receive().command == 5
    assert proxy.stop() == 0
