"""cp949 and the make-up sequences of KS X 1001."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp.text import korean

SYLLABLES = st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), max_size=40)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("b0a1", "가"),
        ("8c63", "똠"),
        ("bbea", "산"),
        ("c4c4", "컴"),
        ("bc84", "펲"),
        ("a4d4a4a8a4c7a4b1", "똠"),
        ("a4d4a4bda4c4a4bd", "펲"),
        ("a4d4a4a1a4bfa4d4", "가"),
        ("a4d4a4a1", "\u3164ㄱ"),  # a filler with too few letters is left as it is
        ("61ff62", "a\ufffdb"),
        ("b0", "\ufffd"),
    ],
)
def test_vectors(octets: str, text: str) -> None:
    assert korean.decode(bytes.fromhex(octets)) == text


def test_every_syllable_has_two_octets_in_cp949() -> None:
    every = "".join(map(chr, range(0xAC00, 0xD7A4)))
    assert len(korean.encode(every)) == 2 * len(every)
    assert korean.decode(korean.encode(every)) == every


def test_every_syllable_is_composed_from_its_make_up_sequence() -> None:
    # Python's euc_kr writes make-up sequences for what KS X 1001 lacks: an independent second source.
    every = "".join(map(chr, range(0xAC00, 0xD7A4)))
    octets = every.encode("euc_kr")
    assert octets.count(bytes.fromhex("a4d4")) >= 11_172 - len(korean.COMMON_SYLLABLES)
    assert korean.decode(octets) == every


def test_common_syllables_are_those_of_ks_x_1001() -> None:
    assert len(korean.COMMON_SYLLABLES) == 2350
    assert "가" in korean.COMMON_SYLLABLES
    assert "똠" not in korean.COMMON_SYLLABLES


@given(SYLLABLES)
def test_any_mix_comes_back(text: str) -> None:
    assert korean.decode(korean.encode(text)) == korean.decode(text.encode("euc_kr")) == text


@given(st.binary(max_size=60))
def test_no_octets_break_it(octets: bytes) -> None:
    assert len(korean.decode(octets)) <= len(octets)
