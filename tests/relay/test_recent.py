"""What is remembered of accepted messages, and for how long."""

from __future__ import annotations

from struct import pack
from sys import getrefcount

from smppproxy.relay import recent
from smppproxy.relay.recent import Recent
from smppproxy.relay.ticket import Judgement, Route
from smppproxy.smpp import constants as c


def answer(name: bytes, room: int = 0) -> bytes:
    body = name + b"\0" + b"\x14\x00" * 2 * room
    return pack(">IIII", 16 + len(body), c.SUBMIT_SM_RESP, 0, 1) + body


def test_a_message_is_found_by_what_its_answer_named_it() -> None:
    latest = Recent(10)
    latest.add("one", answer(b"a") + answer(b"b"), [b"301150232", None], b"\x08\x00")
    latest.add("two", answer(b"a"), (Route("two", b"9", 3),))
    assert len(latest) == 3
    assert latest.find("one", b"a") == Route("one", b"301150232", 8)
    assert latest.find("one", b"b") == Route("one", None, 0)
    assert latest.find("two", b"a") == Route("two", b"9", 3)
    assert latest.find("two", b"b") is None


def test_what_the_judge_said_is_not_kept() -> None:
    latest = Recent(10)
    notes = [Judgement(key=b"a text", code=b"1"), b"2", Judgement(key=b"another", code=None)]
    known = getrefcount(notes[0])
    latest.add("one", answer(b"a") + answer(b"b") + answer(b"c"), notes, b"\x08\x00\x00")
    held = getrefcount(notes[0])
    assert held == known
    assert [latest.find("one", each) for each in (b"a", b"b", b"c")] == [
        Route("one", b"1", 8), Route("one", b"2", 0), Route("one", None, 0),
    ]  # fmt: skip


def test_the_oldest_batches_go_first() -> None:
    latest = Recent(3)
    latest.add("one", answer(b"a") + answer(b"b"), [None, None], b"\0\0")
    latest.add("one", answer(b"c") + answer(b"d"), [None, None], b"\0\0")
    assert len(latest) == 2
    assert latest.find("one", b"a") is None
    assert latest.find("one", b"c") is not None


def test_long_answers_are_bounded_by_their_octets() -> None:
    latest = Recent(1000)
    room = recent.OCTETS // 40
    for number in range(20):
        latest.add("one", answer(b"%d" % number, room), [None], b"\0")
    assert 5 < len(latest) <= 10
    assert latest.find("one", b"19") is not None
    assert latest.find("one", b"0") is None
