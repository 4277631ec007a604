"""Which part of which text a PDU is, and the contradictions it may hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp import constants as c
from smppproxy.smpp.codec import encode
from smppproxy.smpp.errors import RemoteError
from smppproxy.smpp.kernel import Frame, cut
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.segments import (
    Segment,
    SegmentConflict,
    TextTwice,
    UnreadableUdh,
    build_udh,
    concatenation,
    segment_of,
    text_octets,
)

Tlvs = list[tuple[int, bytes]]


def frame(text: bytes = b"", *, udhi: bool = False, tlvs: Tlvs | None = None, command: int = c.SUBMIT_SM) -> Frame:
    fields: dict[str, object] = {"esm_class": 0x40 if udhi else 0}
    if command != c.DATA_SM:
        fields["short_message"] = text
    [found], _, _ = cut(encode(Pdu(command, 0, 1, fields, tlvs or [])), 70_000)
    return found


def sar(reference: bytes, total: bytes, number: bytes) -> Tlvs:
    return [
        (c.TAG_SAR_MSG_REF_NUM, reference),
        (c.TAG_SAR_TOTAL_SEGMENTS, total),
        (c.TAG_SAR_SEGMENT_SEQNUM, number),
    ]


def test_a_text_of_its_own() -> None:
    assert segment_of(frame(b"hello")) is None
    assert text_octets(frame(b"hello")) == (b"hello", False)


@pytest.mark.parametrize("wide", [False, True])
def test_a_header_makes_a_segment(wide: bool) -> None:
    header = build_udh([(0x24, b"\x01"), concatenation(0xA7, 3, 2, wide=wide)])
    found = frame(header + b"part", udhi=True)
    kind = "udh16" if wide else "udh8"
    assert segment_of(found) == Segment(kind, 0xA7, 3, 2, b"part", wide, locking=0, single=1)
    assert text_octets(found) == (header + b"part", True)


def test_sar_tlvs_make_a_segment_in_any_order() -> None:
    tlvs = sar(b"\x12\x34", b"\x02", b"\x01")
    assert segment_of(frame(b"part", tlvs=tlvs[::-1])) == Segment("sar", 0x1234, 2, 1, b"part", wide=True)


@pytest.mark.parametrize("command", [c.SUBMIT_SM, c.DELIVER_SM, c.DATA_SM])
def test_message_payload_holds_segments_too(command: int) -> None:
    text = build_udh([concatenation(7, 2, 2)]) + b"part"
    found = frame(udhi=True, tlvs=[(c.TAG_MESSAGE_PAYLOAD, text)], command=command)
    assert segment_of(found) == Segment("udh8", 7, 2, 2, b"part")
    assert text_octets(found) == (text, True)


@pytest.mark.parametrize("tlvs", [sar(b"\0\1", b"\2", b"\3"), sar(b"\0\1", b"\2", b"\0"), sar(b"\0\1", b"\1", b"\1")])
def test_sar_numbers_that_cannot_be_say_nothing(tlvs: Tlvs) -> None:
    assert segment_of(frame(b"part", tlvs=tlvs)) is None


@pytest.mark.parametrize("missing", range(3))
def test_sar_tlvs_come_all_three_or_say_nothing(missing: int) -> None:
    tlvs = sar(b"\0\1", b"\2", b"\1")
    del tlvs[missing]
    assert segment_of(frame(b"part", tlvs=tlvs)) is None


def test_a_header_without_concatenation_is_no_segment() -> None:
    assert segment_of(frame(build_udh([(0x05, b"\x0b\x84\x0b\x84")]) + b"push", udhi=True)) is None


@pytest.mark.parametrize("tlv", sar(b"\0\1", b"\2", b"\1"))
def test_header_and_sar_tlvs_contradict(tlv: tuple[int, bytes]) -> None:
    found = frame(build_udh([concatenation(1, 2, 1)]) + b"part", udhi=True, tlvs=[tlv])
    with pytest.raises(SegmentConflict, match="SAR") as caught:
        segment_of(found)
    assert caught.value.command_status == c.ESME_RINVOPTPARAMVAL


def test_sar_tlvs_that_differ_contradict() -> None:
    tlvs = [*sar(b"\0\1", b"\2", b"\1"), (c.TAG_SAR_SEGMENT_SEQNUM, b"\2")]
    with pytest.raises(SegmentConflict, match="0x020F"):
        segment_of(frame(b"part", tlvs=tlvs))


def test_two_texts_contradict() -> None:
    payload = (c.TAG_MESSAGE_PAYLOAD, b"long")
    for found in (frame(b"short", tlvs=[payload]), frame(tlvs=[payload, (c.TAG_MESSAGE_PAYLOAD, b"other")])):
        with pytest.raises(TextTwice) as caught:
            text_octets(found)
        assert caught.value.command_status == c.ESME_ROPTPARNOTALLWD


def test_an_empty_payload_or_the_same_one_twice_is_no_contradiction() -> None:
    assert text_octets(frame(b"short", tlvs=[(c.TAG_MESSAGE_PAYLOAD, b"")])) == (b"short", False)
    assert text_octets(frame(tlvs=[(c.TAG_MESSAGE_PAYLOAD, b"long")] * 2)) == (b"long", False)


def test_a_broken_header_is_unreadable() -> None:
    with pytest.raises(UnreadableUdh):
        segment_of(frame(b"\x05\x00\x03", udhi=True))


TAGS = st.sampled_from(
    [c.TAG_SAR_MSG_REF_NUM, c.TAG_SAR_TOTAL_SEGMENTS, c.TAG_SAR_SEGMENT_SEQNUM, c.TAG_MESSAGE_PAYLOAD, 0x1400]
)


@given(st.binary(max_size=30), st.booleans(), st.lists(st.tuples(TAGS, st.binary(max_size=3)), max_size=5))
def test_whatever_comes_is_a_segment_or_not_or_a_documented_error(text: bytes, udhi: bool, tlvs: Tlvs) -> None:
    segment, status = None, c.ESME_RINVMSGLEN
    try:
        segment = segment_of(frame(text, udhi=udhi, tlvs=tlvs))
    except RemoteError as error:
        status = error.command_status
    assert status in (c.ESME_RINVMSGLEN, c.ESME_RINVOPTPARAMVAL, c.ESME_ROPTPARNOTALLWD)
    assert segment is None or 1 <= segment.number <= segment.total


def test_broken_pdus_raise_only_documented_errors(damaged: st.SearchStrategy[bytes]) -> None:
    @given(damaged)
    def check(raw: bytes) -> None:
        for found in cut(raw, 70_000)[0]:
            try:
                segment_of(found)
                text_octets(found)
            except RemoteError:
                pass

    check()
