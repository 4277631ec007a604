"""Several segments, one text: every order, every way, and what becomes of verdicts."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.relay import assembly
from smppproxy.relay.assembly import Assembly
from smppproxy.smpp import constants as c
from smppproxy.smpp.segments import Segment

Make = Callable[..., Any]


def part(
    talk: Any, sequence: int, number: int, total: int, text: bytes, kind: str = "udh8", ref: int = 7, **more: Any
) -> bytes:
    """A submit_sm with one segment."""
    if kind == "sar":
        tlvs = [
            (c.TAG_SAR_MSG_REF_NUM, ref.to_bytes(2, "big")),
            (c.TAG_SAR_TOTAL_SEGMENTS, bytes([total])),
            (c.TAG_SAR_SEGMENT_SEQNUM, bytes([number])),
        ]
        return bytes(talk.submit(sequence, text, tlvs=tlvs, **more))
    head = b"\5\0\3" + bytes([ref]) if kind == "udh8" else b"\6\x08\4" + ref.to_bytes(2, "big")
    return bytes(talk.submit(sequence, head + bytes([total, number]) + text, esm_class=0x40, **more))


@pytest.mark.parametrize("kind", ["udh8", "udh16", "sar"])
@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_the_segment_that_completes_a_bad_text_is_refused(
    street: Make, talk: Any, kind: str, order: tuple[int, ...]
) -> None:
    at = street(judge=talk.Judge())
    reseller, smsc = at.bound()
    texts = {1: b"come to the ca", 2: b"si", 3: b"no tonight"}
    for number in order:  # one after the other: the client has a window of 1
        reseller.sends(part(talk, number, number, 3, texts[number], kind))
        for asked in smsc.reads():
            smsc.sends(talk.answer(asked.sequence, b"x"))
    answers = reseller.statuses()
    assert [status for status, _ in answers] == [0, 0, 0x45]
    assert answers[-1][1] == order[-1]
    at.is_quiet()


def test_all_that_follow_a_bad_part_are_refused(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    reseller, _ = at.bound()
    for number, text in ((2, b"casino"), (1, b"hello"), (3, b"bye")):
        reseller.sends(part(talk, number, number, 3, text))
    assert reseller.statuses() == [(0x45, 2), (0x45, 1), (0x45, 3)]


def test_segments_of_one_read_are_judged_together(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    reseller, smsc = at.bound()
    reseller.sends(part(talk, 1, 1, 2, b"cas"), part(talk, 2, 2, 2, b"ino"))
    assert [status for status, _ in reseller.statuses()] == [0x45, 0x45]
    assert smsc.gets() == []


def test_segments_over_different_binds_of_an_account(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    one, _ = at.bound()
    two, _ = at.bound()
    one.sends(part(talk, 1, 1, 2, b"cas"))
    two.sends(part(talk, 1, 2, 2, b"ino"))
    assert one.gets() == []
    assert two.statuses() == [(0x45, 1)]


def test_segments_to_others_or_of_others_are_other_texts(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge(), accounts=["other"])
    one, smsc = at.bound()
    other, _ = at.bound(system_id=b"other")
    one.sends(part(talk, 1, 1, 2, b"cas"))
    one.sends(part(talk, 2, 2, 2, b"ino", destination_addr=b"01099999999"))
    one.sends(part(talk, 3, 2, 2, b"ino", source_addr=b"0215889999"))
    one.sends(part(talk, 4, 2, 2, b"ino", ref=8))
    one.sends(part(talk, 5, 2, 2, b"ino", kind="sar"))
    other.sends(part(talk, 6, 2, 2, b"ino"))
    assert one.gets() == other.gets() == []
    assert len(smsc.gets()) == 5


def test_an_identical_retry_keeps_its_verdict(street: Make, talk: Any) -> None:
    judge = talk.Judge()
    at = street(judge=judge)
    reseller, smsc = at.bound()
    first, second = (1, b"cas"), (2, b"ino")
    for sequence, (number, text) in enumerate([first, second, first, second, first], 1):
        reseller.sends(part(talk, sequence, number, 2, text))
    assert reseller.statuses() == [(0x45, 2), (0x45, 4)]
    assert len(smsc.gets()) == 3
    assert len(judge.asked) == 2


def test_a_read_with_the_same_segments_twice(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    reseller, smsc = at.bound()
    parts = [part(talk, n, 1 + n % 2, 2, (b"cas", b"ino")[n % 2]) for n in range(6)]
    reseller.sends(b"".join(parts))
    at.settle()
    refused = {sequence for status, sequence in reseller.statuses() if status == 0x45}
    assert len(smsc.gets()) + len(refused) == 6  # each is answered once
    assert refused >= {3, 5}  # once the text is known for bad, no segment of it goes on
    reseller.sends(part(talk, 9, 2, 2, b"ino"))
    assert [status for status, sequence in reseller.statuses() if sequence == 9] == [0x45]


def test_a_part_with_other_content_begins_a_new_text(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    reseller, smsc = at.bound()
    for sequence, (number, text) in enumerate([(1, b"my"), (2, b" cas"), (1, b"in"), (2, b"o")], 1):
        reseller.sends(part(talk, sequence, number, 2, text))
    assert reseller.gets() == []  # the first text was whole: nothing of it is read with the second
    assert len(smsc.gets()) == 4


def test_a_refused_part_in_other_words_is_read_with_what_the_handset_holds(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    reseller, smsc = at.bound()
    reseller.sends(part(talk, 1, 1, 2, b"cas"))
    reseller.sends(part(talk, 2, 2, 2, b"ino"))
    reseller.sends(part(talk, 3, 2, 2, b"ino!"))
    assert reseller.statuses() == [(0x45, 2), (0x45, 3)]
    reseller.sends(part(talk, 4, 1, 2, b"my "), part(talk, 5, 2, 2, b"house"))  # a text that is nothing like it
    assert reseller.gets() == []
    assert len(smsc.gets()) == 3


def test_what_was_refused_does_not_burden_the_next_text(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge())
    reseller, smsc = at.bound()
    reseller.sends(part(talk, 1, 1, 2, b"casino"))
    assert reseller.statuses() == [(0x45, 1)]
    reseller.sends(part(talk, 2, 1, 2, b"hello"), part(talk, 3, 2, 2, b"you"))
    assert reseller.gets() == []
    assert len(smsc.gets()) == 2


def test_an_incomplete_text_is_forgotten(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge(), session={"enquire_link": 0.0})
    reseller, _ = at.bound()
    reseller.sends(part(talk, 1, 1, 2, b"cas"))
    at.waits(61.0, 1.0)
    reseller.gets()
    reseller.sends(part(talk, 2, 2, 2, b"ino"))
    assert (0x45, 2) not in reseller.statuses()


def test_each_part_is_read_in_its_own_coding(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge("카지노"))
    reseller, _ = at.bound()
    text = "지금 카지노".encode("utf-16-be")
    reseller.sends(part(talk, 1, 1, 2, b"hello there you", data_coding=0))
    reseller.sends(part(talk, 2, 2, 2, text, data_coding=8))
    assert reseller.statuses() == [(0x45, 2)]


def test_a_letter_cut_in_two_is_whole_again(street: Make, talk: Any) -> None:
    at = street(judge=talk.Judge("카지노"))
    reseller, _ = at.bound()
    text = "지금 카지노 오세요".encode("cp949")
    for cut in range(1, len(text)):
        reseller.sends(part(talk, 2 * cut, 1, 2, text[:cut], data_coding=0x84, ref=cut))
        reseller.sends(part(talk, 2 * cut + 1, 2, 2, text[cut:], data_coding=0x84, ref=cut))
        assert reseller.statuses()[-1][0] == 0x45


# ---------------------------------------------------------------- the table itself


def segment(number: int, octets: bytes = b"x", total: int = 3, reference: int = 1) -> Segment:
    return Segment("udh8", reference, total, number, octets)


def test_texts_are_bounded_in_number() -> None:
    table = Assembly(2, 1 << 20, 60.0)
    for reference in range(5):
        table.add("a", b"s", (b"r",), segment(1, reference=reference), 0, 0.0)
    assert len(table) == 2
    assert table.dropped == 3


def test_texts_are_bounded_in_octets() -> None:
    table = Assembly(1000, 1000, 60.0)
    for reference in range(50):
        table.add("a", b"s", (b"r",), segment(1, b"x" * 100, reference=reference), 0, 0.0)
        assert table.size <= 1000
    assert len(table) == 10


def test_one_text_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "TEXT_LIMIT", 250)
    table = Assembly(10, 1 << 20, 60.0)
    texts = [table.add("a", b"s", (b"r",), segment(n, b"x" * 100, total=9), 0, 0.0)[0] for n in range(1, 5)]
    assert texts[0] is texts[1]
    assert texts[2] is not texts[1]
    assert table.size == 200


@given(
    steps=st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 2), st.sampled_from([b"a", b"b", b"c"]), st.floats(0, 30)),
        max_size=40,
    )
)
def test_the_size_is_that_of_the_texts(steps: list[tuple[int, int, bytes, float]]) -> None:
    table = Assembly(3, 40, 60.0)
    now = 0.0
    for number, reference, octets, wait in steps:
        now += wait
        table.sweep(now)
        text, part = table.add("a", b"s", (b"r",), segment(number, octets * 5, reference=reference), 0, now)
        part.carried = True
        assert text.parts[number] is part
        assert text.readings()
        assert table.size == sum(text.size for text in table._texts.values())
        assert all(text.size == sum(len(p.octets) for p in text.parts.values()) for text in table._texts.values())
    table.sweep(now + 61)
    assert (len(table), table.size) == (0, 0)
