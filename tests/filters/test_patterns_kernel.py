"""The compiled sieve lets every text through that holds a pattern, and few others."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters import patterns
from filters.patterns import Patterns, SievePure, fold, telling
from filters.ports import Pattern, PatternKind
from smppproxy.smpp.kernel import BUILD_COMMAND

PIECES = st.sampled_from(
    ["무료", "상담", "vip", "VIP", "ＶＩＰ", "ﬁ", "K", " ", "  ", "\n", "\u200b", "\u2028", "★", "😀", "\ud800"]
)
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=8).map("".join)


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    made = pytest.importorskip("filters._patterns", reason=f"not compiled; run `{BUILD_COMMAND}`")
    if patterns.Sieve is not made.Sieve:
        pytest.skip("SMPPPROXY_PURE is set")
    return made


@given(st.lists(TEXTS, max_size=3), TEXTS)
def test_no_part_is_overlooked(compiled, parts, text):
    sieve = compiled.Sieve()
    parts = [part for part in (telling(fold(part)) for part in parts) if part]
    for part in parts:
        sieve.add(part)
    if any(part in fold(text) for part in parts):
        assert sieve.may_hold(text)
    assert SievePure().may_hold(text)


@given(TEXTS, TEXTS, TEXTS)
def test_no_pattern_is_overlooked(compiled, before, pattern, behind):
    made = Patterns()
    for kind in PatternKind:
        for _ in made.compile([Pattern("p", kind, pattern)]):
            pass
    text = before + pattern + behind
    if made.first(fold(text)) is not None:
        assert made.may_hold(text)


def test_most_texts_are_kept_back(compiled):
    made = Patterns()
    some = [Pattern("l", PatternKind.LITERAL, "무료 상담"), Pattern("e", PatternKind.EXPRESSION, r"vip ?\d+")]
    for _ in made.compile(some):
        pass
    assert not made.may_hold("내일 오전에 배송 예정입니다. 문의 1588-0000 ★")
    assert made.may_hold("무료 상담")
    assert made.may_hold("VIP7")
    for _ in made.compile([Pattern("open", PatternKind.EXPRESSION, r"\d{3}")]):
        pass
    assert made.may_hold("내일 오전에 배송 예정입니다")  # an expression that asks for nothing certain


def test_parts_have_two_or_four_characters(compiled):
    for part in ("", "a", "abc", "abcde"):
        with pytest.raises(ValueError, match="2 or 4 are expected"):
            compiled.Sieve().add(part)
    with pytest.raises(ValueError, match="octets"):
        compiled.setup(b"")


def test_the_part_that_tells_most():
    assert telling("a1") == "a1"
    assert telling("vip room 무료상담") == "무료상담"
    assert telling("가나다") == "가나"
    assert (telling("a"), telling("")) == ("", "")
