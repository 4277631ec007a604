"""What people write is told from octets read in the wrong alphabet."""

from __future__ import annotations

import pytest

from smppproxy.smpp.text.coherence import Share

WRITTEN = [
    "안녕하세요 고객님, 오늘만 특가 http://example.com",
    "您好，您的包裹已经到达",
    "お荷物をお届けしましたが、不在でした",
    "Ваш заказ готов",
    "Το δέμα σας",
    "สวัสดีครับ",
    "नमस्ते दुनिया",
    "Déjà vu – 5 € 😀🎰",
    "ＦＵＬＬ　ｗｉｄｔｈ",
    "ㅋㅋㅋ ㅎㅎ",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_written_text_is_good(text: str) -> None:
    assert Share(text).good == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "안녕하세요고객님오늘만특가".encode("cp949").decode("utf-16-be"),
        b"Your parcel is waiting now".decode("utf-16-be"),
        "Ваш заказ готов".encode("utf-16-be").decode("cp949", "replace"),
        "\x01\x02\x03",
        "\ufffd\ufffda",
        "\U00010384\U0001d7ff",
    ],
)
def test_wrong_readings_are_not(text: str) -> None:
    assert Share(text).good < 0.85


def test_nothing_is_no_text() -> None:
    share = Share("")
    assert (share.good, share.korean, share.ascii) == (0.0, 0.0, 0.0)


def test_one_foreign_script_is_welcome_two_are_not() -> None:
    assert Share("абв").good == 1.0
    assert Share("абвאבג").good == 0.5


def test_only_a_sample_is_weighed() -> None:
    assert Share("a" * 2000 + "\0" * 60_000).good == 1.0
