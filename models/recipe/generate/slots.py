"""Slots filled by code: numbers, money, dates, telephone numbers, names. All draw from the random source given."""

from __future__ import annotations

import random
import string

from models.recipe.generate import addresses
from models.recipe.generate.addresses import SYLLABLES, digits, token
from models.recipe.generate.grammar import Filler


def _words(text: str) -> list[str]:
    return text.split()


def money_ko(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.45:
        return f"{rng.randint(1, 999) * 10 ** rng.choice((2, 3, 3, 3, 4)):,}원"
    if kind < 0.75:
        return f"{rng.choice((rng.randint(1, 99), rng.randint(1, 50) * 100))}만<>원".replace(
            "<>", rng.choice(("", " "))
        )
    return f"{rng.randint(1, 9999) * 100}원"


def money_en(rng: random.Random) -> str:
    sign = rng.choice(("$", "$", "£", "€", "USD ", "Rs.", "RM"))
    return sign + rng.choice(
        (f"{rng.randint(1, 9999)}.{digits(rng, 2)}", f"{rng.randint(1, 999)}", f"{rng.randint(1, 99)},{digits(rng, 3)}")
    )


def money_zh(rng: random.Random) -> str:
    return rng.choice(
        (
            f"{rng.randint(1, 9999)}元",
            f"{rng.randint(1, 99)}.{digits(rng, 2)}元",
            f"{rng.randint(1, 50)}万",
            f"{rng.randint(1, 50)}万元",
            f"￥{rng.randint(10, 9999)}",
        )
    )


def time_of_day(rng: random.Random) -> str:
    hour, minute = rng.randint(0, 23), rng.choice((0, 0, 30, rng.randint(0, 59)))
    return rng.choice(
        (f"{hour:02}:{minute:02}", f"{hour}:{minute:02}", f"{hour:02}:{minute:02}:{rng.randint(0, 59):02}")
    )


def time_ko(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return time_of_day(rng)
    return (
        rng.choice(("오전", "오후", ""))
        + f" {rng.randint(1, 12)}시"
        + rng.choice(("", "", " 30분", f" {rng.randint(1, 59)}분"))
    )


def date_ko(rng: random.Random) -> str:
    month, day = rng.randint(1, 12), rng.randint(1, 28)
    week = rng.choice("월화수목금토일")
    year = rng.randint(2019, 2027)
    return rng.choice(
        (
            f"{month}월 {day}일",
            f"{month}월{day}일",
            f"{month}/{day}",
            f"{month}/{day}({week})",
            f"{year}.{month:02}.{day:02}",
            f"{year}-{month:02}-{day:02}",
            f"{month}월 {day}일({week})",
            f"{month:02}.{day:02}",
            "오늘",
            "내일",
            f"{year}년 {month}월 {day}일",
            f"이번 주 {week}요일",
            f"{week}요일",
        )
    )


def date_en(rng: random.Random) -> str:
    month = rng.choice("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())  # noqa: SIM905
    day = rng.randint(1, 28)
    return rng.choice(
        (
            f"{month} {day}",
            f"{day} {month}",
            f"{day}/{rng.randint(1, 12)}/{rng.randint(2019, 2027)}",
            "today",
            "tomorrow",
            rng.choice(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]),
            f"{day}-{month}-{rng.randint(19, 27)}",
        )
    )


def date_zh(rng: random.Random) -> str:
    month, day = rng.randint(1, 12), rng.randint(1, 28)
    return rng.choice(
        (
            f"{month}月{day}日",
            f"{rng.randint(2018, 2027)}年{month}月{day}日",
            f"{month}/{day}",
            "今天",
            "明天",
            "今日",
            "周" + rng.choice("一二三四五六日"),
        )
    )


def mobile(rng: random.Random) -> str:
    a, b = digits(rng, 4), digits(rng, 4)
    return rng.choice((f"010-{a}-{b}", f"010{a}{b}", f"010.{a}.{b}", f"010 {a} {b}"))


def landline(rng: random.Random) -> str:
    area = rng.choice(("02", "031", "032", "051", "053", "042", "062", "070", "070", "033", "055", "063"))
    return rng.choice(
        (
            f"{area}-{digits(rng, 3)}-{digits(rng, 4)}",
            f"{area}-{digits(rng, 4)}-{digits(rng, 4)}",
            f"{area}){digits(rng, 3)}-{digits(rng, 4)}",
        )
    )


def service_number(rng: random.Random) -> str:
    front = rng.choice(
        _words(
            """
    1588 1577 1544 1566 1599 1600 1644 1661 1670 1688 1800 1811 1833 1877 1899
"""
        )
    )
    return front + rng.choice(("-", "-", "")) + digits(rng, 4)


def any_phone(rng: random.Random) -> str:
    return rng.choice((service_number, service_number, landline, mobile))(rng)


def phone_en(rng: random.Random) -> str:
    return rng.choice(
        (
            f"1-800-{digits(rng, 3)}-{digits(rng, 4)}",
            f"0{digits(rng, 3)} {digits(rng, 3)} {digits(rng, 4)}",
            f"+1 ({digits(rng, 3)}) {digits(rng, 3)}-{digits(rng, 4)}",
            f"+44 7{digits(rng, 3)} {digits(rng, 6)}",
            digits(rng, 10),
            digits(rng, 5),
        )
    )


def phone_zh(rng: random.Random) -> str:
    return rng.choice(
        (
            f"1{rng.choice('35789')}{digits(rng, 9)}",
            f"400-{digits(rng, 3)}-{digits(rng, 4)}",
            f"95{digits(rng, 3)}",
            f"0{digits(rng, 2)}-{digits(rng, 8)}",
        )
    )


def masked_name(rng: random.Random) -> str:
    return (
        rng.choice("김이박최정강조윤장임한오서신권황안송류홍")
        + rng.choice(("*", "O", "○", "*"))
        + rng.choice("수민영준희진호연우현경미지훈아")
    )


def person_ko(rng: random.Random) -> str:
    first = rng.choice("민서지도하예수현은주유성재태승혜영정경미선동") + rng.choice(
        "준연우윤서현민지영희진호수아은원훈경석혁"
    )
    return rng.choice("김이박최정강조윤장임한오서신권황안송류홍") + first


def number_of(low: int, high: int) -> Filler:
    """A filler for whole numbers in a range."""
    return lambda rng: str(rng.randint(low, high))


def digits_of(low: int, high: int) -> Filler:
    """A filler for strings of digits."""
    return lambda rng: digits(rng, rng.randint(low, high))


def card_tail(rng: random.Random) -> str:
    return rng.choice(
        (digits(rng, 4), f"({digits(rng, 4)})", f"{digits(rng, 1)}*{digits(rng, 2)}", f"****{digits(rng, 4)}")
    )


def tracking(rng: random.Random) -> str:
    return rng.choice(
        (
            digits(rng, 12),
            digits(rng, 10),
            f"{digits(rng, 4)}-{digits(rng, 4)}-{digits(rng, 4)}",
            "".join(rng.choice(string.ascii_uppercase) for _ in range(2)) + digits(rng, 9) + "KR",
        )
    )


def join_code(rng: random.Random) -> str:
    return rng.choice((token(rng, 3, 5), digits(rng, 4), token(rng, 3, 4).upper(), token(rng, 2, 3) + digits(rng, 2)))


def plate(rng: random.Random) -> str:
    """A Korean number plate."""
    letter = rng.choice("가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주하허호")
    return rng.choice(
        (f"{rng.randint(10, 399)}{letter}{digits(rng, 4)}", f"{rng.randint(10, 99)}{letter} {digits(rng, 4)}")
    )


def case_number(rng: random.Random) -> str:
    """The number of a case, as courts and investigators write it."""
    kind = rng.choice(("고단", "형제", "가단", "고합", "조사", "수사", "타채", "차전"))
    return f"{rng.randint(2022, 2027)}{kind}{digits(rng, rng.randint(3, 6))}"


def variable(rng: random.Random) -> str:
    """A place that a firm's template leaves for what is filled in later, as some forget to do."""
    return "#{" + rng.choice(_words(_VARIABLES)) + "}"


_VARIABLES = """
    고객명 이름 성명 회원명 수신자 상품명 주문번호 금액 결제금액 날짜 일시 예약일시 예약번호 매장명 지점명 업체명 회사명
    담당자 연락처 전화번호 송장번호 택배사 배송지 링크 URL 쿠폰명 유효기간 포인트 잔여포인트 인증번호 계좌번호 은행명
    입금자 기한 신청번호 진료과 병원명 학원명 과목 차량번호 주차장 서비스명 요금제 청구월 name date
"""


FILLERS: dict[str, Filler] = {
    "var": variable,
    "lt": lambda rng: "<",
    "gt": lambda rng: ">",
    "plate": plate,
    "case_no": case_number,
    "link": addresses.brand_link,
    "short": addresses.short_link,
    "en_link": addresses.english_link,
    "en_short": addresses.english_short_link,
    "kr_short": addresses.korean_short_link,
    "public_link": addresses.public_link,
    "store_link": addresses.store_link,
    "odd": addresses.odd_link,
    "bad": addresses.bad_link,
    "smish": addresses.smish_link,
    "chat": addresses.chat_link,
    "won": money_ko,
    "usd": money_en,
    "yuan": money_zh,
    "time": time_ko,
    "clock": time_of_day,
    "date": date_ko,
    "date_en": date_en,
    "date_zh": date_zh,
    "mobile": mobile,
    "landline": landline,
    "rep": service_number,
    "phone": any_phone,
    "phone_en": phone_en,
    "phone_zh": phone_zh,
    "masked": masked_name,
    "person": person_ko,
    "card": card_tail,
    "tracking": tracking,
    "join_code": join_code,
    "n1": number_of(1, 9),
    "n2": number_of(10, 99),
    "n3": number_of(100, 999),
    "pct": number_of(3, 95),
    "otp": digits_of(4, 8),
    "serial": digits_of(6, 14),
    "d4": digits_of(4, 4),
    "small": number_of(1, 12),
    "days": number_of(1, 30),
    "free": lambda rng: f"080-{digits(rng, rng.choice((3, 4)))}-{digits(rng, 4)}",
    "account": lambda rng: f"{digits(rng, 3)}-{rng.choice((digits(rng, 2), digits(rng, 6)))}-{digits(rng, 6)}",
    "chat_id": lambda rng: rng.choice(SYLLABLES) + rng.choice(SYLLABLES) + digits(rng, rng.randint(1, 4)),
    "rate": lambda rng: f"{rng.randint(2, 19)}.{rng.randint(0, 9)}",
}
