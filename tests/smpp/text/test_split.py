"""Long texts in segments that nobody cuts through a character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp.text import data_coding_for, dcs, gsm7, segment_size, split


@pytest.mark.parametrize(
    ("data_coding", "wide", "sizes"),
    [(0x00, False, (160, 153)), (0x00, True, (160, 152)), (0x08, False, (140, 134)), (0x84, True, (140, 133))],
)
def test_sizes(data_coding: int, wide: bool, sizes: tuple[int, int]) -> None:
    assert segment_size(data_coding, wide=wide) == sizes


@pytest.mark.parametrize(
    ("text", "data_coding", "lengths"),
    [
        ("", 0x00, [0]),
        ("a" * 160, 0x00, [160]),
        ("a" * 161, 0x00, [153, 8]),
        ("a" * 152 + "€" * 5, 0x00, [152, 10]),
        ("가" * 70, 0x08, [140]),
        ("가" * 71, 0x08, [134, 8]),
        ("a" + "😀" * 36, 0x08, [134, 12]),
        ("aa" + "😀" * 36, 0x08, [132, 16]),
        ("a" + "가" * 70, 0x84, [133, 8]),
    ],
)
def test_where_the_cuts_are(text: str, data_coding: int, lengths: list[int]) -> None:
    segments = split(text, data_coding)
    assert [len(segment) for segment in segments] == lengths
    assert "".join(dcs.decode(segment, data_coding) for segment in segments) == text


def test_packed_segments_leave_room_for_the_header() -> None:
    text = "0123456789" * 20
    first, second = split(text, 0x00, default="gsm7-packed")
    fill = gsm7.fill_bits(6)
    assert len(first) == 134
    assert gsm7.decode(gsm7.unpack(first, fill)) == text[:153]
    assert gsm7.decode(gsm7.unpack(second, fill)) == text[153:]
    assert split("hello", 0x00, default="gsm7-packed") == [bytes.fromhex("e8329bfd06")]


def test_more_segments_than_a_header_counts_are_refused() -> None:
    assert len(split("a" * 153 * 255, 0x00)) == 255
    with pytest.raises(ValueError, match="256 segments"):
        split("a" * (153 * 255 + 1), 0x00)


def test_data_coding_for() -> None:
    assert data_coding_for("plain €") == 0x00
    assert data_coding_for("한글") == 0x08


@given(
    st.text(st.sampled_from("a@€[가똠\u2028😀é"), max_size=400),
    st.sampled_from([0x00, 0x03, 0x08, 0x0A, 0x84]),
    st.booleans(),
)
def test_segments_are_readable_by_themselves(text: str, data_coding: int, wide: bool) -> None:
    try:
        segments = split(text, data_coding, wide=wide)
    except ValueError:
        return
    alone, part = segment_size(data_coding, wide=wide)
    assert all(len(segment) <= (part if len(segments) > 1 else alone) for segment in segments)
    assert "".join(dcs.decode(segment, data_coding) for segment in segments) == text
