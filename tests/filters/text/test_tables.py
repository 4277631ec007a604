"""Code points and what they become: the tables are as defined, by taking one character after the other."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.text import tables
from filters.text.tables import COMBINING, FOLD, INVISIBLE, KIND, STYLED, near


def once(code: int) -> str:
    """The definition of one step."""
    character = chr(code)
    if character.isspace() or code == 0x2800:
        return " "
    if code in tables._BLANKS or any(code in block for block in tables._VARIATION):
        return ""
    if unicodedata.category(character) in ("Cc", "Cf", "Cs"):
        return ""
    for table in (tables._DISGUISES, tables._PUNCTUATION, tables._JAMO):
        if code in table:
            return table[code]
    if is_combining(code):
        return ""
    return character if 0x3131 <= code <= 0x318E else plain(character)


def plain(character: str) -> str:
    """One character without accents (Latin and Greek only), without case and in its compatibility form."""
    out = []
    for part in unicodedata.normalize("NFKC", character).lower():
        decomposed = unicodedata.normalize("NFD", part)
        if len(decomposed) > 1 and (decomposed[0].isascii() or 0x0370 <= ord(decomposed[0]) < 0x0400):
            part = "".join(each for each in decomposed if not is_combining(ord(each)))
        out.append(part)
    return "".join(out)


def is_combining(code: int) -> bool:
    return any(first <= code < last for first, last in tables._COMBINING_BLOCKS)


def is_styled(code: int, becomes: str) -> bool:
    if not all(part.isalnum() or part in "()" for part in becomes):
        return False
    compatibility = unicodedata.decomposition(chr(code)).startswith("<") and not 0x1100 <= code < 0x1200
    return code in tables._DISGUISES or compatibility


def defined() -> tuple[dict[int, str], dict[int, int]]:
    """Both tables as they are defined."""
    fold = dict.fromkeys(range(0xD800, 0xE000), "")
    kind = dict.fromkeys(fold, INVISIBLE)
    simplified = {ord(old): new for old, new in zip(tables._HAN_FROM, tables._HAN_TO, strict=True) if old != new}
    for code in (code for first, last in tables._SCANNED for code in range(first, last)):
        becomes = once(code)
        if becomes == chr(code):
            continue
        for _ in range(3):
            becomes = "".join(once(ord(part)) for part in becomes)
        fold[code] = becomes.translate(simplified)
        if becomes == "" and code >= 0x80:
            kind[code] = COMBINING if is_combining(code) else INVISIBLE
        elif code > 0xFF and becomes != " " and is_styled(code, becomes):
            kind[code] = STYLED
    fold |= simplified
    for code, becomes in fold.items():
        if any(ord(letter) > 0x1FFFF for letter in becomes):
            fold[code] = "㐀"
    for code in (*range(0x370, 0x530), *range(0x531, 0x588)):
        if not chr(code).isalnum():
            fold.setdefault(code, "'")
    return fold, kind


def test_tables_are_as_defined():
    fold, kind = defined()
    assert fold == FOLD
    assert kind == KIND


@pytest.mark.parametrize(
    ("letters", "become", "kinds"),
    [
        ("AZ", "az", [None, None]),
        ("\n\t\u3000", "   ", [None, None, None]),
        ("É", "e", [None]),
        ("Ｗ①🅰🇰", "w1ak", [STYLED] * 4),
        ("ﬁ㈜", "fi(주)", [STYLED, STYLED]),
        ("\u200b\u3164\ufe0f", "", [INVISIBLE] * 3),
        ("\u0301\u20d0", "", [COMBINING] * 2),
        ("ᄀ", "ㄱ", [None]),
        ("獎", "奖", [None]),
        ("。", ".", [None]),
        ("ㄱ가奖й", "ㄱ가奖й", [None] * 4),
    ],
)
def test_what_some_become(letters, become, kinds):
    assert letters.translate(FOLD) == become
    assert [KIND.get(ord(letter)) for letter in letters] == kinds


def test_what_a_fold_yields_stands_for_itself():
    assert all(becomes.translate(FOLD) == becomes for becomes in FOLD.values())


@given(st.integers(0x20000, 0x10FFFF))
def test_what_stands_for_a_far_character_is_near_and_counted_alike(code: int) -> None:
    becomes = near(code)
    assert len(becomes) == 1
    assert ord(becomes) < 0x20000
    assert KIND.get(ord(becomes)) == KIND.get(code)
    if code in FOLD:
        assert FOLD.get(ord(becomes), becomes) == FOLD[code]
