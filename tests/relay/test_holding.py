"""Segments kept back until the whole text is judged, where the client's window allows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from filters.ports import CodeState

Make = Callable[..., Any]


@pytest.fixture
def held(street: Make, talk: Any) -> Any:
    return street(judge=talk.Judge(), limits={"segment_hold": 2.0})


def part(talk: Any, sequence: int, number: int, total: int, text: bytes, ref: int = 7) -> bytes:
    return bytes(talk.submit(sequence, b"\5\0\3" + bytes([ref, total, number]) + text, esm_class=0x40))


def widen(at: Any, talk: Any, reseller: Any, smsc: Any, window: int) -> None:
    """The client shows how much it has open at once."""
    reseller.sends(*(talk.submit(100 + n, b"warm up") for n in range(window)))
    smsc.sends(*(talk.answer(pdu.sequence, b"w") for pdu in smsc.reads()))
    assert len(reseller.gets()) == window


def test_a_bad_text_is_refused_whole(held: Any, talk: Any) -> None:
    reseller, smsc = held.bound()
    widen(held, talk, reseller, smsc, 4)
    reseller.sends(part(talk, 1, 1, 3, b"cas"))
    reseller.sends(part(talk, 2, 3, 3, b"no"))
    assert smsc.gets() == []
    held.law()
    assert reseller.link.held == 2
    reseller.sends(part(talk, 3, 2, 3, b"i"))
    assert sorted(reseller.statuses()) == [(0x45, 1), (0x45, 2), (0x45, 3)]
    assert smsc.gets() == []
    held.is_quiet()


def test_a_good_text_goes_on_when_it_is_whole(held: Any, talk: Any) -> None:
    reseller, smsc = held.bound()
    reseller.sends(part(talk, 1, 1, 2, b"he"), part(talk, 2, 2, 2, b"llo"))
    assert len(smsc.gets()) == 2
    assert reseller.link.held == 0
    held.law()


def test_a_client_of_window_1_never_waits(held: Any, talk: Any) -> None:
    reseller, smsc = held.bound()
    for number in (1, 2, 3):
        reseller.sends(part(talk, number, number, 3, b"text"))
        [asked] = smsc.reads()
        smsc.sends(talk.answer(asked.sequence, b"1"))
        assert len(reseller.gets()) == 1


def test_holding_leaves_the_client_a_free_slot(held: Any, talk: Any) -> None:
    reseller, smsc = held.bound()
    widen(held, talk, reseller, smsc, 3)
    for number in (1, 2, 3):
        reseller.sends(part(talk, number, number, 5, b"text"))
    assert reseller.link.held == 2
    assert len(smsc.gets()) == 1
    reseller.sends(part(talk, 4, 4, 5, b" casino"))
    assert len(reseller.statuses()) == 3  # what is held of it is refused with it
    held.law()


def test_after_its_time_a_segment_goes_on_with_the_verdict_so_far(held: Any, talk: Any) -> None:
    reseller, smsc = held.bound()
    widen(held, talk, reseller, smsc, 4)
    reseller.sends(part(talk, 1, 1, 2, b"cas"))
    held.waits(1.5)
    assert smsc.gets() == []
    held.waits(1.0)
    assert len(smsc.gets()) == 1
    assert reseller.link.held == 0
    reseller.sends(part(talk, 2, 2, 2, b"ino"))
    assert reseller.statuses() == [(0x45, 2)]
    held.law()


def test_a_code_suspended_while_a_segment_is_held(held: Any, talk: Any) -> None:
    reseller, smsc = held.bound()
    widen(held, talk, reseller, smsc, 4)
    reseller.sends(part(talk, 1, 1, 2, b"good"))
    held.book.put("301150232", CodeState.SUSPENDED)
    held.waits(2.5)
    assert reseller.statuses() == [(0x45, 1)]
    assert smsc.gets() == []


def test_a_reseller_that_leaves_with_a_segment_held(held: Any, talk: Any) -> None:
    reseller, smsc = held.bound()
    widen(held, talk, reseller, smsc, 4)
    reseller.sends(part(talk, 1, 1, 2, b"good"))
    reseller.hangs_up()
    held.law()
    held.waits(2.5)
    assert held.house.desk.count.in_flight == 0
    assert len(held.house.desk.holding) == 0


def test_draining_lets_everything_on(held: Any, talk: Any) -> None:
    reseller, smsc = held.bound()
    widen(held, talk, reseller, smsc, 4)
    reseller.sends(part(talk, 1, 1, 2, b"good"))
    held.house.drain()
    held.settle()
    assert len(smsc.gets()) == 1


def test_segments_held_on_two_binds_go_on_each_by_its_own_link(held: Any, talk: Any) -> None:
    one, smsc = held.bound()
    two, other = held.bound()
    widen(held, talk, one, smsc, 4)
    one.sends(part(talk, 1, 1, 2, b"hel"))
    two.sends(part(talk, 1, 2, 2, b"lo"))
    assert len(smsc.gets()) == 1
    assert len(other.gets()) == 1
    held.law()
