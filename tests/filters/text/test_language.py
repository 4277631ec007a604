"""Whose letters a text is written in."""

from __future__ import annotations

import pytest

from filters.text.language import Scripts

KNOWN = Scripts(("latin", "hangul", "han"))


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("내일 보자", True),
        ("see you, 내일 ★", True),
        ("明天见", True),
        ("café", True),
        ("привет", False),
        ("สวัสดี", False),
        ("مرحبا", False),
        ("내일 보자 привет", False),
        ("내일 도서관 앞에서 보자 п", True),
        ("12345 !!", False),
        ("", False),
    ],
)
def test_readable(text: str, readable: bool) -> None:
    assert KNOWN.readable(text) is readable


def test_a_model_of_no_script_reads_nothing() -> None:
    assert not Scripts(()).readable("abc")
