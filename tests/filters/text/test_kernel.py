"""The compiled normaliser and its pure twin say the same of every text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.text import confusables, kernel, normalise
from filters.text.tables import FOLD

compiled = pytest.mark.skipif(
    normalise.KERNEL == "pure", reason="the kernel was not compiled, or SMPPPROXY_PURE is set"
)

WORDS = """
[Web발신] [국제발신] (광고) [.] (.) 닷 쩜 点 컴 /login?order= ㄷ ㅗ ㅇ ㄳ ю щ ٣ 2024.05.06 ok.in/ a_. [은행발신]
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
@given(st.lists(TEXTS, max_size=3))
@settings(max_examples=1500)
def test_keys_are_those_of_the_pure_twin(texts: list[str]) -> None:
    assert normalise.keys(texts) == [normalise.prepare_pure(text).key for text in texts]


@compiled
@pytest.mark.parametrize(
    "text",
    [
        *(
            "가 나 다",
            "가 나 다a",
            "a가 나 다",
            "가 나다 라 마 바",
            "가. 나. 다.",
            "a b c",
            "a b c d",
            "a.b.c.d",
            "ab c d e f",
        ),
        *(
            "안.녕",
            "안a녕",
            "안.a.녕",
            "안1녕",
            "안  녕",
            "(광고)",
            "( web발신)",
            "[국외 발신] 가",
            "(with 가)",
            "가 (1)",
        ),
        *(
            "naver dot com",
            "x dot kr",
            "naver.com",
            "naver , com",
            "a. kr",
            "1점 com",
            "a 점 kr",
            "9점 5",
            "(.)",
            "'.'",
        ),
        *(
            "1o0",
            "o1",
            "lo 1",
            "1 lo",
            "010-1234-5678 02)123-4567",
            "공일공일이삼사",
            "일이삼사오육 칠",
            "十万원",
            "十万",
        ),
        *(
            "[Web발신](광고)가",
            " [국외발신]\n[광고] a",
            "[123456789발신](광고)",
            "[발신](광고)",
            "(광고]",
            "가(광고)",
            "[광고",
        ),
        *("[Web발신]광고", "[Web발신 (광고) 가", "[Web발신]\u3000(광고)", "( 광고 )", "[광.고] [Web발신](광고)"),
        *(
            "a.kr/login/login/x/y/z/order",
            "a.kr?login",
            "a.kr/?login=1&x",
            "a.kr/login)",
            "a.kr/...",
            "a.kr/~/~",
            "a.kr/~ab",
        ),
        *(
            "http://a1/login.",
            "1.2.3.4:80/x/app",
            "bit.ly/Abc#",
            "a.kr/order_order=order",
            "https://a.kr/ https://a.kr/",
        ),
        *(
            "ssg닷컴",
            "ssg닷컴에",
            "ssg 닷 컴",
            "naver점컴 점 kr",
            "x . com . kr",
            "a [.] com",
            "a(.)kr",
            "a {.} com",
            "a{.]com",
        ),
        *(
            "a. com",
            "a .com",
            "a.  com",
            "a , com",
            "a,com",
            "a dot dot com",
            "a dot com dot kr",
            "-닷cn",
            "a닷컴닷컴",
            "1쩜cc",
        ),
        *(
            "ㅋㅋ 네",
            "ㅠㅠ",
            "а1",
            "…",
            "x…com",
            "\ufe0f가",
            "\u3000",
            "가\n\n나\t",
            "가나다 " * 240,
            "x" * 960,
            "x" * 961,
        ),
    ],
)
def test_the_short_way_misses_nothing(text: str) -> None:
    assert normalise.keys([text]) == [normalise.prepare_pure(text).key]


#: Few pieces in many orders: what one pass leaves is what another looks for.
CLOSE = st.lists(PIECES, min_size=2, max_size=6, unique=True).flatmap(
    lambda pieces: st.lists(st.sampled_from([*pieces, " "]), max_size=16).map("".join)
)


@compiled
@given(CLOSE)
@settings(max_examples=1500)
def test_twins_agree_on_texts_of_few_pieces(text: str) -> None:
    pure = normalise.prepare_pure(text)
    assert normalise.prepare(text) == pure
    assert normalise.keys([text]) == [pure.key]
    assert normalise.prepare(pure.text).text == pure.text


@compiled
@pytest.mark.parametrize(
    "text",
    [
        *("[Web발신]3十万 x", "[Web발신] 一a", "3十", "가3十", "[국외발신]\n贷款39万", "十万원 3百 一二가"),
        *("[Web발신]ㄳㅜ", "(광고)ㄳㅏ 가", "[Web발신]ㅇㅏㄴ녕", "ㄷㅐㅊㅜㄹ", "ㅎㅏㄴ국 하ㄴ국 하ㅋ국"),
        *("ㄷHㅊ1ㅇr", "ㄷHa", "ㅇ|", "ㅋㅋㅋ 네", "아ㄱ", "각ㄴ나", "ㄱㄴㄷ ㅏ", "ㅗㅏㄱㅗㅏㅇㅏ"),
        *("раypal", "сср", "приvет", "щa", "ωα1a", "а а", "p а", "раураl.com аb а1"),
        *("a b c d", "a b c d e.", "a.b.c.d e", "f r e e m", "f-r_e*e x", "f  r e e", "1f r e e", "a.b.c.d.kr"),
        *("공일공일이삼사", "공일공 일이삼사", "일*이*삼*사*오*육*칠", "일 이 삼 사 오 육 칠", "일이삼사오육칠十"),
        *("http://٣.1.2.3", "http://1.2.3.٣/login", "http://1.2.3.4:٣٣ a", "1.2.3.4.com", "http://1.2.3.4.5"),
        *("2024.05.06", "3.7% a.kr", "2024.05.06. http://1.2.3.4", "_.com 1.2", "_.com a.kr", "a_.kr b.kr"),
        *("http://http://a.kr", "http:/ / a.kr b.kr", "ok.in/ x", "http://-.com/x a.kr", "가.com나.kr 다.한국"),
        *("a.kr/ , com", "a.kr. com", "a.kr 점 com", "a1.kr o1 l가.나a1.kr", "a1.kr/x)o1", "1o a1.kr 1l"),
        *("[웹발신](광고)가", "[은행발신](광고) 가", "[Web발신][Web발신] a", "a [국외발신] b (광고) c", "[Web발신]"),
        *("(광고)億.com\t.kr", "[Web발신]가.com .kr 나", "(광고) a1.kr .com", "億.com\t.kr"),
        *("광고 없음", "[국민은행] 국제", "(해외 승인)", "GS가KT나", "가ab나 가a.나", "가*****나", "가★a★나"),
    ],
)
def test_every_rewriting_is_compiled(text: str) -> None:
    pure = normalise.prepare_pure(text)
    assert normalise.FAST.keys([text], pytest.fail) == [pure.key]
    assert normalise.prepare(text) == pure


@compiled
@given(st.sampled_from(["[Web발신]", "[국외발신]\n", "(광고)", "[Web발신] [광고]", " [국내발신](광고) "]), CLOSE)
@settings(max_examples=1000)
def test_labels_in_front_are_as_the_pure_twin_takes_them(label: str, text: str) -> None:
    assert normalise.keys([label + text]) == [normalise.prepare_pure(label + text).key]


@compiled
def test_only_what_is_beyond_the_tables_is_left_to_the_caller() -> None:
    asked: list[str] = []
    texts = ["가", "x" * 9001, "\U00020000", "a" * 4000, "ﷺ" * 3000, "a.kr," * 900, "\u0375 \u055a", "\ufa6c"]
    normalise.FAST.keys(texts, lambda text: asked.append(text) or b"")
    assert asked == [texts[2]]


@compiled
def test_the_twin_is_not_asked_for_characters_of_far_planes(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["a\U000e0100b", "\U00020000\U0002f801 가나", "\U000f0000\U0010fffd 다", "바\U000e0041카" * 1000]
    expected = [normalise.prepare_pure(text) for text in texts]
    monkeypatch.setattr(normalise, "prepare_pure", None)
    assert [normalise.prepare(text) for text in texts] == expected
    assert normalise.keys(texts) == [each.key for each in expected]
    assert [each.text for each in expected[:3]] == ["ab", "㐀丸 가나", "\ufffd\ufffd 다"]
    assert expected[0].features == {"invisible": 1}


@compiled
def test_hosts_are_remembered_within_bounds() -> None:
    texts = [f"http://a{number}.kr/login b{number}.top" for number in range(5000)]
    first = normalise.keys(texts)
    assert normalise.keys(texts) == first
    assert first[::500] == [normalise.prepare_pure(text).key for text in texts[::500]]


@pytest.mark.parametrize(
    ("canonical", "settled"),
    [("a.kr", True), ("ok.in", False), ("ok.in/~", True), ("http://ok.in", True), ("com", False), ("a_.kr", False)],
)
def test_a_link_is_settled_when_it_is_read_as_itself(canonical: str, settled: bool) -> None:
    assert kernel.settled(canonical) is settled


LABELS = st.text("abz019-_", min_size=1, max_size=5) | st.sampled_from(["www", "http", "xn--a", "com", "ok", "a" * 64])
TLDS = st.sampled_from(["com", "kr", "in", "top", "zip", "4", "xn--p1ai", "한국", "go.kr", "a" * 25])


@given(st.lists(LABELS, min_size=1, max_size=10), TLDS, st.booleans(), st.booleans())
@settings(max_examples=1000)
def test_a_sites_form_says_whether_it_is_settled(labels: list[str], tld: str, schemed: bool, has_path: bool) -> None:
    told = kernel._read_site(".".join((*labels, tld)), schemed, has_path)
    if told is not None:
        assert told[2:] == (kernel.settled(told[0]), kernel.settled(told[0] + "/~"))


def test_what_folding_leaves_is_folded() -> None:
    left = set("".join(FOLD.values()))
    assert {letter for letter in left if FOLD.get(ord(letter), letter) != letter} == set()


def test_keys_are_made_without_the_kernel_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalise, "_kernel", None)
    assert normalise.keys(["Hello 12", "안녕"]) == [normalise.prepare_pure(text).key for text in ("Hello 12", "안녕")]


@compiled
def test_keys_are_asked_for_texts_only() -> None:
    with pytest.raises(TypeError):
        normalise.keys([b"octets"])  # type: ignore[list-item]


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
    pure = normalise.prepare_pure(text)
    assert normalise.prepare(text) == pure
    assert normalise.keys([text]) == [pure.key]


LONG_OF = st.one_of(PIECES, st.sampled_from(["ﷺ", "㌖", "\U000e0100", "\U00020003", "한.한국 "]))


@given(st.lists(LONG_OF, min_size=1, max_size=9), st.integers(1400, 6000), st.one_of(CLOSE, st.just("")))
@settings(max_examples=80)
def test_twins_agree_on_what_is_too_long(pieces: list[str], length: int, end: str) -> None:
    once = "".join(pieces)
    text = once * (length // len(once) + 1) + end
    pure = normalise.prepare_pure(text)
    assert len(pure.text) <= normalise.MAX_CHARS
    assert normalise.prepare(text) == pure
    assert normalise.keys([text]) == [pure.key]


def test_the_environment_forces_the_pure_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMPPPROXY_PURE", "1")
    assert kernel.load(10, 20, 10, 20, frozenset()) is None


def _class(code: int) -> int:
    """The class of one character, as it is defined."""
    character = chr(code)
    for span, number in ((" ", 1), ("09", 2), ("az", 3), ("가힣", 4), ("ㄱㅎ", 5), ("ㅏㅣ", 6)):
        if span[0] <= character <= span[-1]:
            return number
    if character in "()[]{}<>\"'":
        return 7
    if character.isspace():
        return 11
    if confusables.has_foreign(character):
        return 9
    return 8 if character.isalnum() else 0


def test_classes_are_as_defined():
    assert list(kernel.classes()) == [_class(code) for code in range(len(kernel.classes()))]
