"""Jamo put together again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.text import hangul


@pytest.mark.parametrize(
    ("run", "text"),
    [
        ("ㄷㅗㅅㅓㄱㅗㅏㄴ", "도서관"),
        ("ㅎㅏㄱㄱㅛ", "학교"),
        ("ㄷㅏㄺ", "닭"),
        ("ㅋㅋㅋ", "ㅋㅋㅋ"),
        ("ㅠㅠ", "ㅠㅠ"),
        ("ㅇㅢㅈㅏ", "의자"),
        ("ㄲㅗㅊ", "꽃"),
    ],
)
def test_compose(run: str, text: str) -> None:
    assert hangul.compose(run) == text


@given(st.text(alphabet=hangul.LEADS + hangul.VOWELS, max_size=30))
def test_compose_never_lengthens(run: str) -> None:
    assert len(hangul.compose(run)) <= len(run)
