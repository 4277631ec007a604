"""The normaliser: what it must never do, and what it undoes. All texts are made up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.text.normalise import MAX_CHARS, MAX_KEY, clip, prepare

#: Letters, marks and disguises from every corner, dense enough that random texts hit the rewriting rules.
TRICKY = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            "가나다하ㄱㄴㅏㅣㅗㅇㅋ안녕.·/★ -_:,()[]광고발신web국외점닷컴"
            "dotchomhrli1|o08공일이十万аесоαβ\u200b\u0301\ufe0fＡⓐ①"
        ),
        st.characters(),
    ),
    max_size=80,
)
LINKS = st.lists(
    st.sampled_from(
        [
            "abc",
            ".",
            " . ",
            "점",
            "com",
            "http://",
            "hxxp://",
            "www.",
            "/",
            "?x=1",
            "1.2.3.4",
            "kr",
            "me",
            " ",
            "o",
            "0",
            "가",
            "-",
            "@",
            "xn--a",
            ":80",
            "bit.ly",
            "login",
            "~",
        ]
    ),
    max_size=14,
).map("".join)


@given(TRICKY)
@settings(max_examples=400)
def test_any_string_is_taken_and_the_result_is_bounded(text: str) -> None:
    prepared = prepare(text)
    assert len(prepared.key) <= MAX_KEY
    assert len(prepared.text) <= MAX_CHARS
    assert b"\0" not in prepared.text.encode()
    assert all(count > 0 for count in prepared.features.values())


@given(st.one_of(TRICKY, LINKS))
@settings(max_examples=600)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = prepare(text).text
    assert prepare(once).text == once


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "\ud800", "\U0010ffff", "\u200b" * 50, "ﷺ" * 5000, "가 " * 9000, "a." * 5000]
)
def test_extremes(text: str) -> None:
    once = prepare(text)
    assert len(once.key) <= MAX_KEY
    assert prepare(once.text).text == once.text


def test_a_long_text_keeps_its_head_and_its_tail() -> None:
    text = "시작" + "중간" * MAX_CHARS + "마지막"
    assert clip(text).startswith("시작")
    assert clip(text).endswith("마지막")
    assert "long" in prepare(text).features


@pytest.mark.parametrize(
    ("disguised", "plain", "feature"),
    [
        ("도★서★관에서 만나자", "도서관에서 만나자", "separator"),
        ("도.서.관에서 만나자", "도서관에서 만나자", "separator"),
        ("도i서관에서 만나자", "도서관에서 만나자", "separator"),
        ("도 서 관 앞에서 만나자", "도서관 앞에서 만나자", "spaced"),
        ("ㄷㅗㅅㅓㄱㅗㅏㄴ에서 만나자", "도서관에서 만나자", "split_jamo"),
        ("점심ㅎH요", "점심해요", "lookalike_jamo"),
        ("하ㄴ강에서", "한강에서", "split_jamo"),
        ("도\u200b서\u2060관에서 만나자", "도서관에서 만나자", "invisible"),
        ("lib\u0301ra\u0300ry", "library", "combining"),
        ("ｌｉｂｒａｒｙ", "library", "styled"),
        ("ⓛⓘⓑⓡⓐⓡⓨ", "library", "styled"),
        ("𝐥𝐢𝐛𝐫𝐚𝐫𝐲", "library", "styled"),
        ("libгаry оpеn", "libгаry open", "mixed_script"),
        ("l i b r a r y", "library", "spaced"),
        ("책 3O권", "책 00권", "letter_digit"),
        ("책 ①②권", "책 00권", "styled"),
        ("공일공일이삼사오육칠팔 연락", "00000000000 연락", "numeral"),
    ],
)
def test_disguises_are_taken_off_and_counted(disguised: str, plain: str, feature: str | None) -> None:
    prepared = prepare(disguised)
    if disguised != "libгаry оpеn":  # г has no Latin look-alike: that word stays as it is, the other does not
        assert prepared.text == plain
    else:
        assert prepared.text.endswith("open")
    if feature:
        assert prepared.features[feature] > 0


def test_a_word_wholly_in_another_script_is_left_alone() -> None:
    assert prepare("привет всем").text == "привет всем"
    assert prepare("καλημέρα").features == {}


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("방문 https://www.example.com/", "example.com"),
        ("방문www.example.com", "example.com"),
        ("example . com 으로", "example.com"),
        ("example점com 으로", "example.com"),
        ("example닷컴 으로", "example.com"),
        ("hxxp://example[.]com 으로", "example.com"),
        ("http://example.com:8080/login?next=1", "example.com/login/~"),
        ("http://192.0.2.7/a", "http://192.0.2.7/~"),
        ("bit.ly/aB3x9", "bit.ly/~"),
        ("도서관.com 에서", "도서관.com"),
    ],
)
def test_links_are_put_together(text: str, link: str) -> None:
    prepared = prepare(text)
    assert link in prepared.text.split()
    assert prepared.features["link"] == 1


@pytest.mark.parametrize(
    "text", ["version 1.2.3 is out", "ok.in a minute", "끝.그럼 내일", "mail a@example.com", "3.5점"]
)
def test_what_is_no_link(text: str) -> None:
    assert "link" not in prepare(text).features


def test_digits_are_alike_outside_links_only() -> None:
    assert prepare("인증번호 482913").key == prepare("인증번호 105577").key
    assert prepare("abc12.com").text != prepare("abc34.com").text


def test_the_random_path_of_a_link_does_not_matter() -> None:
    assert prepare("확인 bit.ly/aB3x9").key == prepare("확인 bit.ly/Zq71P").key


def test_labels_come_off_and_stay_as_features() -> None:
    prepared = prepare("[Web발신]\n(광고)새봄서점 책 할인 무료수신거부 080-123-4567")
    assert prepared.text.startswith("새봄서점")
    assert prepared.features["carrier_tag"] == 1
    assert prepared.features["advert_label"] == 1
    assert prepared.features["phone_free"] == 1
    assert prepare("( 광.고 )새봄서점 책 할인").features["advert_label_broken"] == 1


def test_a_carriers_label_does_not_change_the_key() -> None:
    assert prepare("[Web발신] 내일 보자").key == prepare("내일 보자").key


def test_no_text_can_forge_a_feature_token() -> None:
    assert b"\x02" not in prepare("\x02\x10\x11\x03 내일").key
