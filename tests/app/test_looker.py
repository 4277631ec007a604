"""Whose host a text's link counts against: somebody's own, never what everybody uses."""

from __future__ import annotations

import pytest

from smppproxy.app.looker import Looker


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("가입 https://join.slot.top/a", "slot.top"),
        ("가입 https://join.slot.co.kr/a", "slot.co.kr"),
        ("가입 https://slot-777.blogspot.com/a", "slot-777.blogspot.com"),
        ("가입 https://a.slot777.pages.dev/a", "slot777.pages.dev"),
        ("가입 http://203.0.113.7/a", "203.0.113.7"),
        ("문의 https://open.kakao.com/o/abc", ""),
        ("https://bit.ly/abc", ""),
        ("https://bit.ly/abc 또는 https://slot.top", "slot.top"),
        ("https://play.google.com/store/apps/details?id=x", ""),
        ("링크가 없습니다", ""),
    ],
)
def test_the_host_a_text_counts_against(text: str, host: str) -> None:
    assert Looker().host((text,)) == host


def test_the_first_reading_with_a_host_counts() -> None:
    assert Looker().host(("", "https://bit.ly/a", "https://slot.top/a")) == "slot.top"
