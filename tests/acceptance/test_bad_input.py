"""What no honest client sends: each gets the answer of DESIGN 4.3, and the session beside it goes on."""

from __future__ import annotations

import random
import struct
import time

import pytest

HUGE = 0x7FFFFFFF


@pytest.fixture
def neighbour(proxy, smsc):
    """A session that must not notice anything: it works before and after."""
    session = proxy.bound("second")
    session.works()
    yield session
    session.works()


@pytest.fixture(params=["unbound", "bound"])
def session(request, proxy, smsc, neighbour):
    """A session in either state, with a neighbour."""
    return proxy.connect() if request.param == "unbound" else proxy.bound("reseller1")


@pytest.mark.parametrize("length", [0, 1, 15, 70001, 0x00FFFFFF, HUGE, 0xFFFFFFFF])
@pytest.mark.parametrize("whole", [True, False], ids=["whole header", "length only"])
def test_an_impossible_command_length(session, octets, length, whole):
    began = time.monotonic()
    session.send(struct.pack("!IIII", length, 4, 0, 9)[: 16 if whole else 4])
    nacks = session.rest()
    assert time.monotonic() - began < 9  # at once, that is; not when the 10 s are over that a PDU may take
    assert [got.raw for got in nacks] in ([octets.pdu(0x80000000, b"", n, 0x02)] for n in ((9, 0) if whole else (0,)))


def test_an_impossible_length_does_not_take_back_what_came_before(proxy, smsc, octets, neighbour):
    reseller = proxy.bound("reseller1")
    reseller.send(octets.submit(sequence=1), octets.submit(sequence=2), b"\0\0\0\x05garbage")
    answers = reseller.rest()
    assert {got.command for got in answers if got.command == 0x80000000} == {0x80000000}
    smsc.wait(lambda: len(smsc.of(4)) == 2)


def test_a_pdu_of_just_the_longest_size(proxy, smsc, octets, neighbour):
    reseller = proxy.bound("reseller1")
    head = octets.message(b"") + octets.code()
    body = head + octets.tlv(0x3000, bytes(60000))
    body += octets.tlv(0x3001, bytes(70000 - 16 - len(body) - 4))
    pdu = octets.pdu(4, body, 2)
    assert len(pdu) == 70000
    assert reseller.ask(pdu).header[2:] == (0, 2)
    assert smsc.first(4).body == body


@pytest.mark.parametrize("command", [0, 0x0A, 0x0C, 0x16, 0x104, 0x7FFFFFFF, 0x200])
def test_an_unknown_command(session, octets, command):
    assert session.ask(octets.pdu(command, b"whatever", 13)).raw == octets.pdu(0x80000000, b"", 13, 0x03)
    session.works()


@pytest.mark.parametrize(
    "command",
    [0x80000000, 0x80000004, 0x80000005, 0x80000006, 0x80000009, 0x80000015, 0x80000103, 0x80000021, 0xFFFFFFFF],
)
def test_a_response_to_nothing(session, octets, command):
    session.send(octets.pdu(command, b"id\0", 4711))
    session.send(octets.pdu(command, b"", 1))
    session.hears_nothing()


@pytest.mark.parametrize("command", [4, 5, 3, 6, 7, 8, 0x21, 0x103, 0x111, 0x112, 0x113])
def test_requests_before_the_bind(proxy, smsc, octets, neighbour, command):
    reseller = proxy.connect()
    body = octets.message() + octets.code()
    assert reseller.ask(octets.pdu(command, body, 3)).raw == octets.pdu(command | 0x80000000, b"", 3, 0x04)
    reseller.works()
    assert not smsc.of(command)
    assert reseller.bind("reseller1").status == 0


@pytest.mark.parametrize("command", [4, 3, 7, 8, 0x21, 0x103, 0x111])
def test_requests_of_a_transmitter_on_a_receiver(proxy, smsc, octets, neighbour, command):
    reseller = proxy.bound("reseller1", command=1)
    body = octets.message() + octets.code()
    assert reseller.ask(octets.pdu(command, body, 3)).raw == octets.pdu(command | 0x80000000, b"", 3, 0x04)
    reseller.works()


def test_a_deliver_sm_from_a_reseller(proxy, smsc, octets, neighbour):
    reseller = proxy.bound("reseller1")
    assert reseller.ask(octets.pdu(5, octets.message(), 3)).raw == octets.pdu(0x80000005, b"", 3, 0x04)
    answer = reseller.ask(octets.pdu(0x102, octets.message(), 3))
    assert answer.header[1:] == (0x80000000, 0x04, 3)
    reseller.works()


BROKEN = {
    "no body": (lambda o: b"", {0x01, 0x02, 0xC3}),
    "cut in an address": (lambda o: o.message()[:6], {0x01, 0x02, 0x0A}),
    "cut in the text": (lambda o: o.message()[:-2], {0x01, 0x02}),
    "text shorter than sm_length": (lambda o: o.message(b"abc")[:-4] + b"\xffabc", {0x01, 0x02}),
    "no terminator anywhere": (lambda o: b"\x01" * 200, {0x01, 0x02, 0x0A, 0x15}),
    "source without an end": (lambda o: b"\0\x01\x01" + b"1" * 60, {0x01, 0x02, 0x0A}),
    "over-long source": (lambda o: o.message(source=b"1" * 40) + o.code(), {0x0A}),
    "over-long destination": (lambda o: o.message(destination=b"1" * 40) + o.code(), {0x0B}),
    "TLV that overruns": (lambda o: o.message() + o.code() + struct.pack("!HH", 0x3000, 50) + b"short", {0xC0}),
    "code that overruns": (lambda o: o.message() + o.code()[:-1], {0xC0}),
    "1 stray octet": (lambda o: o.message() + o.code() + b"\0", {0xC0}),
    "2 stray octets": (lambda o: o.message() + o.code() + b"\0\0", {0xC0}),
    "3 stray octets": (lambda o: o.message() + o.code() + b"\x14\0\0", {0xC0}),
    "text in two places": (lambda o: o.message() + o.tlv(0x0424, b"more") + o.code(), {0xC1}),
    "UDH and SAR": (
        lambda o: (
            o.message(b"\x05\0\x03\x01\x02\x01hi", esm_class=0x40)
            + o.tlv(0x020C, b"\0\1")
            + o.tlv(0x020E, b"\2")
            + o.tlv(0x020F, b"\1")
            + o.code()
        ),
        {0xC4},
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("account", ["reseller1", "watched", "free"])
def test_a_broken_submit_sm(proxy, smsc, octets, neighbour, broken, account):
    body, statuses = BROKEN[broken]
    reseller = proxy.bound(account)
    answer = reseller.ask(octets.pdu(4, body(octets), 5))
    assert (answer.command, answer.sequence, answer.body) == (0x80000004, 5, b"")
    assert answer.status in statuses
    reseller.works()
    assert not smsc.of(4)
    assert reseller.ask(octets.submit(sequence=6)).header[2:] == (0, 6)


@pytest.mark.parametrize("builder", ["data_sm", "submit_multi", "broadcast_sm"])
def test_every_truncation_of_other_requests_is_answered_once(proxy, smsc, octets, neighbour, builder):
    whole = getattr(octets, builder)()
    command = int.from_bytes(whole[4:8])
    cuts = range(16, len(whole))
    reseller = proxy.bound("reseller1")
    reseller.send(*(octets.pdu(command, whole[16:cut], cut) for cut in cuts))
    answers = [reseller.receive() for _ in cuts]
    assert {got.command for got in answers} == {command | 0x80000000}
    assert {got.sequence for got in answers} == set(cuts)
    assert all(got.status for got in answers)
    reseller.hears_nothing()
    assert not smsc.of(command)


@pytest.mark.parametrize("command", [3, 7, 8, 0x112, 0x113])
@pytest.mark.parametrize("body", [b"", b"no end", b"x" * 3000], ids=["none", "unterminated", "long"])
def test_broken_requests_about_messages(proxy, smsc, octets, neighbour, command, body):
    reseller = proxy.bound("reseller1")
    answer = reseller.ask(octets.pdu(command, body, 5))
    assert (answer.command, answer.sequence) == (command | 0x80000000, 5)
    assert answer.status
    reseller.works()
    assert not smsc.of(command)


@pytest.mark.parametrize("command", [1, 2, 9])
@pytest.mark.parametrize(
    "body",
    [b"", b"reseller1", b"reseller1\0pw\0", b"r" * 5000, b"reseller1\0" + b"p" * 5000 + b"\0\0\x34\0\0\0"],
    ids=["none", "unterminated", "cut", "long", "long password"],
)
def test_broken_binds(proxy, smsc, octets, neighbour, command, body):
    reseller = proxy.connect()
    answer = reseller.ask(octets.pdu(command, body, 5))
    assert (answer.command, answer.sequence, answer.body) == (command | 0x80000000, 5, b"")
    assert answer.status
    assert reseller.bind("reseller1").status == 0


def test_fields_the_specification_limits_but_the_world_does_not(proxy, smsc, octets):
    """Real accounts exceed the 8 octets of a password."""
    reseller = proxy.connect()
    assert reseller.bind("reseller1", "a password of thirty characters").status == 0


def test_a_body_where_none_belongs(session, octets):
    assert session.ask(octets.pdu(0x15, b"surplus", 5)).raw == octets.pdu(0x80000015, b"", 5)
    session.works()


def test_chopped_into_single_octets(proxy, smsc, octets, neighbour):
    reseller = proxy.bound("reseller1")
    pdu = octets.submit(sequence=5) + octets.submit(sequence=6, tlvs=b"") + octets.pdu(0x15, sequence=7)
    for octet in pdu:
        reseller.send(bytes((octet,)))
    answers = {got.sequence: got.status for got in (reseller.receive() for _ in range(3))}
    assert answers == {5: 0, 6: 0xC3, 7: 0}


@pytest.mark.parametrize("seed", range(6))
def test_random_octets(proxy, smsc, octets, neighbour, seed):
    chance = random.Random(seed)
    for bound in (False, True):
        reseller = proxy.bound("reseller1") if bound else proxy.connect()
        try:
            for _ in range(20):
                reseller.send(chance.randbytes(chance.randrange(1, 5000)))
                neighbour.works()
        except OSError:
            pass
        assert len(reseller.rest()) <= 1


@pytest.mark.parametrize("seed", range(6))
def test_random_bodies_in_sound_frames(proxy, smsc, octets, neighbour, seed):
    """Each request is answered exactly once, whatever it holds; nothing unreadable reaches the SMSC."""
    chance = random.Random(seed)
    commands = [3, 4, 7, 8, 0x21, 0x103, 0x111, 0x112, 0x113]
    reseller = proxy.bound("reseller1")
    sound = [octets.submit(), octets.data_sm(), octets.submit_multi(), octets.broadcast_sm()]
    for round_ in range(10):
        pdus = []
        for sequence in range(1, 31):
            if chance.random() < 0.5:
                body = chance.randbytes(chance.randrange(0, 200))
            else:
                damaged = bytearray(chance.choice(sound)[16:])
                for _ in range(chance.randrange(1, 6)):
                    damaged[chance.randrange(len(damaged))] = chance.randrange(256)
                body = bytes(damaged)
            pdus.append(octets.pdu(chance.choice(commands), body, round_ * 100 + sequence))
        reseller.send(*pdus)
        answers = [reseller.receive() for _ in pdus]
        asked = sorted(struct.unpack("!II", pdu[4:8] + pdu[12:16]) for pdu in pdus)
        assert sorted((got.command & 0x7FFFFFFF, got.sequence) for got in answers) == asked
        neighbour.works()
    reseller.hears_nothing()


def test_text_that_does_not_decode(proxy, smsc, octets, neighbour):
    reseller = proxy.bound("reseller1")
    for sequence, data_coding in enumerate((0, 1, 2, 3, 4, 8, 0x0E, 0x84, 0x94, 0xF0, 0xF4, 0xFF), 1):
        text = random.Random(data_coding).randbytes(139)
        answer = reseller.ask(octets.submit(text, data_coding=data_coding, sequence=sequence))
        assert answer.header[1:] == (0x80000004, 0, sequence)


# ---------------------------------------------------------------- from the SMSC


def test_a_smsc_that_sends_nonsense_harms_nobody_else(proxy, smsc, octets, neighbour):
    reseller = proxy.bound("reseller1")
    link = smsc.link("reseller1")
    link.send(
        octets.pdu(0x80000004, b"id\0", 4711),
        octets.pdu(0x80000000, b"", 4712),
        octets.pdu(0x0C, b"", 5),
        octets.pdu(4, octets.message(), 6),
        octets.pdu(9, b"", 7),
    )
    smsc.wait(lambda: len(smsc.of(0x80000009)) == 1)
    assert smsc.of(0x80000000)[0].header[2:] == (0x03, 5)
    assert smsc.of(0x80000004)[0].header[2:] == (0x04, 6)
    reseller.works()


def test_a_smsc_that_loses_its_stream(proxy, smsc, octets, neighbour):
    smsc.answer = smsc.silent
    reseller = proxy.bound("reseller1")
    reseller.send(octets.submit(sequence=3))
    smsc.first(4)
    smsc.link("reseller1").send(b"\0\0\0\x01")
    assert smsc.first(0x80000000).status == 0x02
    got = [reseller.receive(), reseller.receive()]
    assert {each.command for each in got} == {0x80000004, 0x06}
    assert next(each.status for each in got if each.command == 0x80000004) == 0x08


@pytest.mark.parametrize("body", [b"", b"\xff" * 50, b"no end"])
def test_a_broken_deliver_sm(proxy, smsc, octets, neighbour, body):
    """Passed on as it is or refused, but answered once."""
    reseller = proxy.bound("reseller1")
    smsc.link("reseller1").send(octets.pdu(5, body, 17), octets.pdu(0x15, sequence=18))
    smsc.first(0x80000015)
    if not smsc.of(0x80000005):
        got = reseller.receive()
        assert (got.command, got.body) == (5, body)
        reseller.send(octets.pdu(0x80000005, b"\0", got.sequence))
    assert smsc.first(0x80000005).sequence == 17
    reseller.works()
