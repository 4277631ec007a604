"""What is read off an expression is in every text it matches."""

from __future__ import annotations

import pytest
import re2
from hypothesis import assume, example, given
from hypothesis import strategies as st

from filters.expressions import required

SAMPLES = r"""
a b ab Ab 무 료 무료 1 - / : ? * + {2} {0} {1,} {0,2} { } ( (?: (?i) (?-i: ) ( ) ) | | . ^ $ \d \s* \. \( \[ \b \\
\x41 \101 \pL \p{Hangul} \Qa(\E [ab] [^ab] []a] [^]a] [a\]b] [[:alpha:]] [[] \z \C
"""
EXPRESSIONS = st.lists(st.sampled_from([" ", *SAMPLES.split()]), max_size=8).map("".join)
TEXTS = st.lists(
    st.sampled_from(["a", "b", "ab", "무", "료", "무료", "1", "-", "/", ":", " ", ".", "(", "x"]), max_size=12
)


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("bad7 ?word", ["bad7"]),
        (r"무료\s?\d+회", ["무료"]),
        (r"무료?상담", ["상담"]),
        ("(?i)VIP room", ["vip room"]),
        ("(무료|공짜) 상담신청", [" 상담신청"]),
        (r"^\[광고\] 대출{2,3}한도", ["광고"]),
        ("a+bcd", ["bcd"]),
        (r"[[:digit:]\]x]+만원", ["만원"]),
        ("casino|카지노|(a|b)바카라?", ["casino", "카지노", "바카"]),
        (r"casino|\d", []),
        (r"\d{3}-\d{4}", ["-"]),
        (r"\Qa|b\E", []),
        ("", []),
    ],
)
def test_what_an_expression_asks_for(expression, parts):
    assert required(expression) == parts


@given(EXPRESSIONS, TEXTS.map("".join))
@example("a{0}b", "b")
@example("(ab)?1", "1")
@example("ab?", "a")
@example("a|b", "b")
@example("a{b", "a{b")
def test_no_match_goes_without_it(expression, text):
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        found = re2.compile(expression, options).search(text)
    except re2.error:
        assume(False)
    if found is not None:
        parts = required(expression)
        assert not parts or any(part in text.lower() for part in parts)


@given(st.text(max_size=30))
def test_nothing_raises(expression):
    required(expression)
