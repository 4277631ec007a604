"""The advert rule: what an advertisement must hold, and which texts are none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.advert import AdvertRule, AdvertSettings
from filters.contract import Message, Mode, Reason

DAY = datetime(2027, 1, 15, 5, tzinfo=UTC).timestamp()  # 14:00 in Seoul
NIGHT = datetime(2027, 1, 15, 12, 30, tzinfo=UTC).timestamp()  # 21:30 in Seoul
LAWFUL = "(광고)[가나마트] 오늘만 할인합니다\n무료수신거부 080-123-4567"


def rule(**settings):
    return AdvertRule(AdvertSettings(mode=Mode.ENFORCE, **settings))


def fault(text, *, settings=None, **fields):
    message = Message(**{"account": "reseller1", "code": "301150232", "texts": (text,), "arrived": DAY, **fields})
    found = rule(**settings or {}).check(message)
    assert found is None or found.reason is Reason.ADVERT_RULE
    return found and found.evidence.partition(":")[0]


@pytest.mark.parametrize(
    "text",
    [
        LAWFUL,
        "[Web발신]\n" + LAWFUL,
        " [WEB발신]\n" + LAWFUL,
        "(광고) 가나마트 02-222-3333 할인 무료거부0801234567",
        "(광고)나라은행 안내 [무료 수신거부] 080 123 4567",
        "(광고)ABC shop sale 무료수신거부:080)1234567",
    ],
)
def test_lawful(text):
    assert fault(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "(광 고) 가나마트 무료수신거부 0801234567",
        "(광/고)가나마트 무료수신거부 0801234567",
        "[광고] 가나마트 무료수신거부 0801234567",
        "(대출광고) 나라은행 무료수신거부 0801234567",
        "（광고）가나마트 무료수신거부 0801234567",
        "[Web발신] <광고>가나마트",
        "(광\u200b고)가나마트",
        "(광고★)가나마트",
    ],
)
def test_altered_labels(text):
    assert fault(text) == "ad_label_altered"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("가나마트 할인 무료수신거부 0801234567", "ad_label_missing"),
        ("가나마트 (광고) 할인 수신거부 080-123-4567", "ad_label_missing"),
        ("(광고)가나마트 할인", "ad_optout_missing"),
        ("(광고)가나마트 할인 무료수신거부 02-222-3333", "ad_optout_missing"),
        ("(광고)가나마트 할인 수신거부 080-123-4567", "ad_optout_missing"),
        ("(광고)\n무료수신거부 0801234567", "ad_sender_missing"),
        ("(광고) https://example.com 무료수신거부 0801234567", "ad_sender_missing"),
        ("(광고) 010-1234-5678 무료수신거부 0801234567".replace(" 무", "\n무"), "ad_sender_missing"),
    ],
)
def test_what_is_missing(text, expected):
    assert fault(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "내일 광고 회의는 3시입니다",
        "[한국광고] 인증번호 123456",
        "광고주님, 이번 달 세금계산서가 발행되었습니다",
        "(주)가나기획입니다. 광고 시안 확인 부탁드립니다",
        "수신 거부는 고객센터로 연락 바랍니다",
        "080-123-4567 로 전화 주세요",
        "결제가 거부되었습니다. 문의 080-123-4567",
        "이 문자는 (광고)가 아닙니다",
        "Your code is 123456",
    ],
)
def test_ordinary_texts_are_no_advertisements(text):
    assert fault(text, arrived=NIGHT) is None


def test_whoever_was_marked_sends_advertisements_only():
    assert fault("오늘만 할인", settings={"accounts": frozenset({"reseller1"})}) == "ad_label_missing"
    assert fault("오늘만 할인", settings={"codes": frozenset({"301150232"})}) == "ad_label_missing"
    assert fault("오늘만 할인", settings={"accounts": frozenset({"reseller2"})}) is None


def test_no_advertisement_at_night():
    assert fault(LAWFUL, arrived=NIGHT) == "ad_night"
    assert fault(LAWFUL, arrived=NIGHT, settings={"night_consent": frozenset({"301150232"})}) is None
    assert fault(LAWFUL, arrived=NIGHT, settings={"night_consent": frozenset({"reseller1"})}) is None
    assert fault(LAWFUL, arrived=DAY, scheduled=NIGHT) == "ad_night"
    assert fault(LAWFUL, arrived=NIGHT, scheduled=NIGHT + 12 * 3600) is None
    assert fault(LAWFUL, arrived=NIGHT, scheduled=DAY) == "ad_night"  # scheduled in the past: sent at once


@pytest.mark.parametrize(
    ("hour", "minute", "night"), [(20, 59, False), (21, 0, True), (0, 0, True), (7, 59, True), (8, 0, False)]
)
def test_night_in_seoul(hour, minute, night):
    at = datetime(2027, 1, 16, hour, minute, tzinfo=UTC).timestamp() - 9 * 3600
    assert (fault(LAWFUL, arrived=at) == "ad_night") is night


def test_a_night_that_does_not_pass_midnight():
    hours = {"night_from": 60, "night_until": 120}
    at = datetime(2027, 1, 16, 1, 30, tzinfo=UTC).timestamp() - 9 * 3600
    assert fault(LAWFUL, arrived=at, settings=hours) == "ad_night"
    assert fault(LAWFUL, arrived=at + 3600, settings=hours) is None


def test_what_comes_last_is_not_missed_while_segments_are_missing():
    assert fault("(광고)가나마트 할인", complete=False) is None
    assert fault("(광 고)가나마트 할인", complete=False) == "ad_label_altered"


def test_one_lawful_reading_is_enough():
    assert fault("", texts=("漢光LAWFUL", LAWFUL)) is None
    assert fault("", texts=(LAWFUL, "(광 고)가나")) is None
    assert fault("", texts=("x", "(광 고)가나")) == "ad_label_altered"


def test_observing():
    observer = AdvertRule(AdvertSettings(mode=Mode.OBSERVE))
    assert observer.check(Message(account="a", texts=("(광 고)가나",), arrived=DAY)).enforce is False


@given(
    st.lists(
        st.text(st.sampled_from("(광고)[ \n080-123무료수신거부a가★"), max_size=60) | st.text(max_size=80), max_size=3
    )
)
def test_nothing_raises(texts):
    marked = rule(accounts=frozenset({"a"}))
    marked.check(Message(account="a", texts=tuple(texts), arrived=DAY))
