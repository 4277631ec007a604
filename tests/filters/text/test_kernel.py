"""The compiled normaliser and its pure twin say the same of every text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.text import kernel, normalise

compiled = pytest.mark.skipif(
    normalise.KERNEL == "pure", reason="the kernel was not compiled, or SMPPPROXY_PURE is set"
)

WORDS = """
가 나 다 안녕 하세요 ㄱ ㄴ ㅏ ㅣ ㅋㅋ ㅠ . · / ★ - _ : , ( ) [ ] < > ' 광고 광 고 발신 Web 국외 점 닷컴 dot com kr me
top
h r l i 1 | o O 0 08 010 1588 080- 02 1234 5678 공일공 이삼사오 十 万 а е с о α β \u200b \u0301 \ufe0f Ａ ⓐ ① bit.ly
www.
http:// hxxp https:/ abc x1 ? # & = ~ /a1 /login 1.2.3.4 xn--a 카지노 한국 中国 @ ! \u00e9 é 😀 🄰 ½ ﷺ ば ไทย
"""
PIECES = st.sampled_from([*WORDS.split(), "\u2028", "\t", "\n", " "])
TEXTS = st.one_of(
    st.lists(st.one_of(PIECES, st.just(" ")), max_size=24).map("".join),
    st.text(max_size=60),
)


@compiled
@given(TEXTS)
@settings(max_examples=1500)
def test_twins_agree(text: str) -> None:
    assert normalise.prepare(text) == normalise.prepare_pure(text)


@compiled
@pytest.mark.parametrize(
    "text",
    [
        "\x7f",
        "a.kr" * 1000,
        "1.a.kr " * 570,
        "가.kr " * 800,
        "010-1234-5678 " * 250,
        "가 " * 1990,
        "[광고] " * 700,
        "\u337f" * 1500,
        "漢字" * 2000,
        "x" * 3999,
        "x" * 4001,
        "ｏ1" * 1999,
        "a" * 63 + "." + "b" * 64 + ".com",
        ".".join("ab" * 10) + ".com",
    ],
)
def test_twins_agree_on_long_texts(text: str) -> None:
    assert normalise.prepare(text) == normalise.prepare_pure(text)


def test_the_environment_forces_the_pure_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMPPPROXY_PURE", "1")
    assert kernel.load(10, 20, frozenset()) is None
