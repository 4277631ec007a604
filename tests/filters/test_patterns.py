"""Patterns: folded like texts, refused with a reason, never slow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.patterns import EXPRESSIONS_AT_ONCE, LITERALS_AT_ONCE, LONGEST, Patterns, fault, fold
from filters.ports import Pattern, PatternKind


def literal(text, name="l"):
    return Pattern(name, PatternKind.LITERAL, text)


def expression(text, name="e"):
    return Pattern(name, PatternKind.EXPRESSION, text)


def compiled(*patterns):
    made = Patterns()
    for _ in made.compile(patterns):
        pass
    return made


@pytest.mark.parametrize("text", ["꽝 당첨 축하", "꽝\n당첨", "꽝  당\u200b첨", "ＡＢＣ", "xabcx", "AbC"])
def test_literals_are_compared_folded(text):
    assert compiled(literal("꽝 당첨"), literal("Abc")).first(fold(text)) is not None


def test_expressions():
    patterns = compiled(expression(r"무료\s?\d+회", "free"), expression("^HELLO", "greeting"))
    assert patterns.first(fold("오늘 무료 ３회 증정")).id == "free"
    assert patterns.first(fold("hello you")).id == "greeting"
    assert patterns.first(fold("say hello")) is None
    assert compiled().first("x") is None


def test_literals_come_before_expressions_and_many_are_told_apart():
    literals = [literal(f"literal{number:05}", f"l{number}") for number in range(LITERALS_AT_ONCE + 3)]
    expressions = [expression(f"expression{number:05}", f"e{number}") for number in range(EXPRESSIONS_AT_ONCE + 3)]
    patterns = compiled(*expressions, *literals)
    assert patterns.size == len(literals) + len(expressions)
    for wanted in (literals[0], literals[-1], expressions[0], expressions[-1]):
        assert patterns.first(wanted.text) == wanted
    assert patterns.first(expressions[0].text + literals[-1].text) == literals[-1]


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (literal(""), "at least 2 characters"),
        (literal("가\u200b"), "at least 2 characters"),
        (literal("가" * (LONGEST + 1)), f"at most {LONGEST}"),
        (expression("("), "missing )"),
        (expression(r"(a)\1"), "invalid escape sequence"),
        (expression("(?=a)"), "invalid perl operator"),
        (expression("a*"), "every text"),
        (expression("\ud800"), "surrogate"),
    ],
)
def test_what_cannot_be_used_is_told_and_left_out(pattern, why):
    assert why in fault(pattern)
    patterns = compiled(pattern, literal("sound", "sound"))
    assert list(patterns.refused) == [pattern.id]
    assert patterns.first("sound").id == "sound"


def test_an_evil_expression_is_no_danger():
    assert compiled(expression(r"(a+)+$")).first("a" * 3999 + "b") is None


@given(st.text(max_size=60), st.text(max_size=30), st.sampled_from(PatternKind))
def test_whatever_has_no_fault_compiles_and_nothing_raises(text, pattern, kind):
    made = Pattern("p", kind, pattern)
    patterns = compiled(made)
    assert bool(patterns.refused) == bool(fault(made))
    patterns.first(fold(text))
    if kind is PatternKind.LITERAL and not patterns.refused:
        assert patterns.first(fold(text + " " + pattern)) == made
