"""Slots filled by code: numbers, money, dates, telephone numbers, links. All draw from the random source given."""

from __future__ import annotations

import random
import string

from models.recipe.generate.grammar import Filler

_ODD_TLDS = (
    "com",
    "com",
    "com",
    "net",
    "top",
    "xyz",
    "vip",
    "cc",
    "info",
    "icu",
    "pw",
    "link",
    "shop",
    "club",
    "co",
    "me",
    "site",
    "online",
    "kr",
    "click",
    "live",
)
_SHORT = (
    "bit.ly",
    "han.gl",
    "me2.do",
    "url.kr",
    "vo.la",
    "c11.kr",
    "t.ly",
    "tinyurl.com",
    "buly.kr",
    "abit.ly",
    "is.gd",
    "reurl.kr",
    "zrr.kr",
    "cutt.ly",
    "t.co",
    "rb.gy",
    "muz.so",
    "naver.me",
    "lrl.kr",
)
_CHAT = ("open.kakao.com/o/", "t.me/", "t.me/", "line.me/ti/p/", "open.kakao.com/me/", "band.us/@", "wa.me/")
_SYLLABLES = "ka no ri ta mo su pa le go na ze ro vi ta bo lu xi da mi ha to be ce fi sol ten win max bet top star king lux ace neo big one play".split()  # noqa: E501, SIM905
_BRANDS = "hanbit daon nuri sejin woori mirae saebyeok haneul onmaru dasom narae pureun cheongsol bomnal gaon maru garam yeoreum hansol daol acme northfield riverton oakline brightway lakeside westmore greenfield sunrise harbor".split()  # noqa: E501, SIM905
_PATHS = (
    "",
    "",
    "/",
    "/event",
    "/order/{n}",
    "/track?no={n}",
    "/m/{r}",
    "/notice/{n}",
    "/my",
    "/bill",
    "/app",
    "/coupon",
    "/{r}",
    "/reserve/{n}",
    "/survey",
    "/shop/{n}",
)


def digits(rng: random.Random, count: int) -> str:
    """A number of so many digits, zeros allowed in front."""
    return "".join(rng.choice(string.digits) for _ in range(count))


def _token(rng: random.Random, low: int = 4, high: int = 8) -> str:
    return "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(rng.randint(low, high)))


def brand_host(rng: random.Random) -> str:
    """The host of some honest business."""
    name = rng.choice(_BRANDS) + rng.choice(
        ("", "", "mall", "bank", "card", "shop", "life", "food", "clinic", "edu", "mart")
    )
    return (
        rng.choice(("www.", "m.", "", "", "app."))
        + name
        + rng.choice((".co.kr", ".com", ".kr", ".com", ".co.kr", ".net"))
    )


def brand_link(rng: random.Random) -> str:
    path = rng.choice(_PATHS).replace("{n}", digits(rng, rng.randint(4, 12))).replace("{r}", _token(rng))
    return rng.choice(("https://", "http://", "", "https://")) + brand_host(rng) + path


def short_link(rng: random.Random) -> str:
    return rng.choice(("https://", "", "http://", "")) + rng.choice(_SHORT) + "/" + _token(rng)


def public_link(rng: random.Random) -> str:
    host = rng.choice(
        (
            "www.gov.kr",
            "www.hometax.go.kr",
            "www.safekorea.go.kr",
            "www.nhis.or.kr",
            "nip.kdca.go.kr",
            "www.nec.go.kr",
            "www.efine.go.kr",
            "www.seoul.go.kr",
            "www.wetax.go.kr",
            "www.nps.or.kr",
            "library.city.go.kr",
            "www.cleancity.go.kr",
            "www.bokjiro.go.kr",
        )
    )
    return (
        rng.choice(("https://", "", "http://"))
        + host
        + rng.choice(("", "", "/notice", "/main", f"/view?id={digits(rng, 5)}"))
    )


def store_link(rng: random.Random) -> str:
    return rng.choice(
        (
            "https://play.google.com/store/apps/details?id=kr.co." + rng.choice(_BRANDS),
            "https://apps.apple.com/kr/app/id" + digits(rng, 9),
            "https://pf.kakao.com/_" + _token(rng, 5, 6),
            "https://kko.to/" + _token(rng),
            "https://map.naver.com/p/entry/place/" + digits(rng, 8),
            "https://naver.me/" + _token(rng),
        )
    )


def odd_host(rng: random.Random) -> str:
    """A throw-away host: syllables, digits, a cheap top-level domain."""
    kind = rng.random()
    if kind < 0.35:
        name = "".join(rng.choice(string.ascii_lowercase) for _ in range(rng.randint(2, 5))) + digits(
            rng, rng.randint(1, 4)
        )
    elif kind < 0.75:
        name = "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(2, 3))) + rng.choice(
            ("", "", digits(rng, 2), "-" + digits(rng, 3))
        )
    else:
        name = "".join(rng.choice(string.ascii_lowercase + string.digits) for _ in range(rng.randint(4, 9)))
    front = rng.choice(
        (
            "",
            "",
            "www.",
            "m.",
            digits(rng, 2) + ".",
            "".join(rng.choice(string.ascii_lowercase) for _ in range(3)) + ".",
        )
    )
    return front + name + "." + rng.choice(_ODD_TLDS)


def odd_link(rng: random.Random) -> str:
    path = rng.choice(("", "", "", "/" + _token(rng), "/?code=" + _token(rng), "/join", "/m", "/" + digits(rng, 3)))
    link = rng.choice(("", "", "http://", "https://")) + odd_host(rng) + path
    return link if rng.random() < 0.85 else broken(link, rng)


def lookalike_link(rng: random.Random) -> str:
    """A host that pretends: a brand or an agency in front of a cheap domain."""
    front = rng.choice(
        (
            "cj",
            "hanjin",
            "lotte",
            "epost",
            "kb",
            "shinhan",
            "nhis",
            "police",
            "gov",
            "hometax",
            "efine",
            "minwon",
            "coupang",
            "naver",
            "kakao",
            "toss",
            "usps",
            "dhl",
            "fedex",
            "apple",
            "paypal",
            "netflix",
            "amazon",
            "bank",
            "customs",
            "parcel",
            "royalmail",
            "icbc",
            "ccb",
            "sf",
        )
    )
    middle = rng.choice(
        (
            "-go",
            "-kr",
            "",
            "-info",
            "-check",
            "24",
            "-delivery",
            "-secure",
            "login",
            "-" + digits(rng, 3),
            digits(rng, 2),
            "-verify",
            "-update",
        )
    )
    path = rng.choice(("", "", "/" + _token(rng), "/track", "/login", "/verify", "/m/" + digits(rng, 4)))
    return rng.choice(("", "http://", "https://")) + front + middle + "." + rng.choice(_ODD_TLDS) + path


def ip_link(rng: random.Random) -> str:
    return (
        "http://"
        + ".".join(str(rng.randint(1, 254)) for _ in range(4))
        + rng.choice(("", "/" + _token(rng), ":8080/m"))
    )


def bad_link(rng: random.Random) -> str:
    """Any link a spammer would use."""
    return rng.choice((odd_link, odd_link, odd_link, short_link, short_link, chat_link, lookalike_link))(rng)


def smish_link(rng: random.Random) -> str:
    return rng.choice((lookalike_link, lookalike_link, short_link, short_link, odd_link, odd_link, ip_link))(rng)


def chat_link(rng: random.Random) -> str:
    return rng.choice(("https://", "", "")) + rng.choice(_CHAT) + rng.choice((_token(rng), "+" + _token(rng, 8, 12)))


def broken(link: str, rng: random.Random) -> str:
    """A link written so that a machine should not see it."""
    head, dot, tail = link.rpartition(".")
    if not dot:
        return link
    return rng.choice(
        (
            head + " . " + tail,
            head + "점" + tail,
            head + " ." + tail,
            head + "[.]" + tail,
            head + "닷" + tail,
            link.replace("http", "hxxp"),
        )
    )


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
        (
            "1588",
            "1577",
            "1544",
            "1566",
            "1599",
            "1600",
            "1644",
            "1661",
            "1670",
            "1688",
            "1800",
            "1811",
            "1833",
            "1877",
            "1899",
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
    return rng.choice(
        (_token(rng, 3, 5), digits(rng, 4), _token(rng, 3, 4).upper(), _token(rng, 2, 3) + digits(rng, 2))
    )


FILLERS: dict[str, Filler] = {
    "link": brand_link,
    "short": short_link,
    "public_link": public_link,
    "store_link": store_link,
    "odd": odd_link,
    "bad": bad_link,
    "smish": smish_link,
    "chat": chat_link,
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
    "chat_id": lambda rng: rng.choice(_SYLLABLES) + rng.choice(_SYLLABLES) + digits(rng, rng.randint(1, 4)),
    "rate": lambda rng: f"{rng.randint(2, 19)}.{rng.randint(0, 9)}",
}
