"""Whether a text's words are of a language the model has met."""

from __future__ import annotations

from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.text import dense
from filters.text.language import BLOCKS, Scripts
from filters.text.normalise import prepare
from filters.text.words import Words, pack, readable_pure, reader, words

MET = "your parcel is held please pay the fee at our office today and call us back free"
ENGLISH = Words(pack(dict.fromkeys(MET.split(), 20)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Your parcel is held.", ["your", "parcel", "is", "held"]),
        ("pay at www.example.com/fee or pay.me", ["pay", "at", "or"]),
        ("code ab12cd, x, mail me@example.org", ["code", "mail"]),
        ("it's (free) - call-back!", ["it", "free", "call", "back"]),
        ("두 단어 kb국민카드 안내", ["kb"]),
        ("", []),
        ("café señor", ["café", "señor"]),
    ],
)
def test_words_are_not_addresses_or_codes(text: str, found: list[str]) -> None:
    assert words(prepare(text).text) == [prepare(word).text for word in found]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("your parcel is held please pay the fee", True),
        ("your parcel is held please pay Haneulmaru the fee", True),  # one strange word is a name
        ("bayaran ninyo ang fee sa office today", False),
        ("please pay today para makuha ninyo ang parcel", False),
        ("택배가 보관 중입니다 확인 바랍니다 haneul maru", True),  # its letters are Hangul
        ("qwertz asdfgh", False),
        ("12345 http://qwertz.example/asdfgh", True),  # no word that tells
        ("", True),
    ],
)
def test_what_borrows_from_a_language_is_not_of_it(text: str, known: bool) -> None:
    assert ENGLISH.tell(prepare(text).key) is known


def test_it_holds_the_words_packed() -> None:
    assert "parcel" in ENGLISH
    assert "paquete" not in ENGLISH
    assert ENGLISH.strange("your paquete is here") == ["paquete", "here"]
    assert len(Words(pack({}))) == 0


def test_a_word_seldom_met_is_strange_in_part() -> None:
    known = Words(pack(dict.fromkeys(MET.split(), 0) | {"ang": 150, "po": 150, "sa": 60}))
    assert [known.strangeness(word) for word in ("parcel", "sa", "po", "ninyo")] == [0, 60, 150, 255]
    assert known.tell(b"please pay po the fee")  # too little that is strange
    assert known.tell(b"please pay the fee at our office po ang po ang")  # too much that is not
    assert not known.tell(b"fee po ang po")
    assert known.strange("ang fee sa ninyo") == ["ang", "ninyo"]


def test_of_two_words_with_one_mark_the_more_familiar_counts() -> None:
    one, other = "ykd", "csdaa"
    assert crc32(one.encode()) >> 8 == crc32(other.encode()) >> 8
    known = Words(pack({one: 200, other: 7}))
    assert len(known) == 1
    assert known.strangeness(one) == known.strangeness(other) == 7


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"\x01\x01\x00\x00\x00\x00\x00\x00", id="out of order"),
        pytest.param(b"\x01\x00\x00\x00\x02\x00\x00\x00", id="one twice"),
        pytest.param(b"\xff\x01\x00\x00", id="never met"),
        pytest.param(b"\x01\x00", id="cut"),
    ],
)
def test_what_is_no_list_of_words_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueError):
        Words(octets)


NEAR = st.text(st.sampled_from("abéßṽ 가한中п٣²½ⅷ.,:/@_-'()\n\u3000\U0001f600\U00020000"), max_size=60)


@given(st.text(max_size=80) | NEAR, st.sets(st.text("abéß", min_size=2, max_size=3), max_size=20))
def test_the_compiled_half_says_what_the_pure_one_says(text: str, met: set[str]) -> None:
    known = Words(pack(dict.fromkeys(met, 100)))
    for key in (prepare(text).key, dense.encode(text.encode("utf-8", "ignore").decode())):
        assert known.tell(key) is known.tell_pure(key)
        assert known.tell(key[: len(key) // 2]) is known.tell_pure(key[: len(key) // 2])


@given(st.binary(max_size=60))
def test_any_octets_are_told_something_of(octets: bytes) -> None:
    assert ENGLISH.tell(octets) is ENGLISH.tell_pure(octets)


SCRIPTS = st.sampled_from([("latin", "hangul", "han"), ("latin", "hangul"), ("hangul",), ("cyrillic", "latin"), ()])
LETTERS = "az 09가힣一龠、.!éяЯ한あ・A\u9fcf\U0001f600\U00010400▶£÷٣①ㅋ_"
TOKENS = st.sampled_from([b"", b"\x02ab\x03", b"\x02\x80\x81\x03\x02zz\x03"])


@given(
    st.text(LETTERS) | NEAR | st.text(max_size=40), TOKENS, SCRIPTS | st.just(tuple(BLOCKS)),
    st.none() | st.sets(st.text("azé", min_size=2, max_size=3), max_size=20),
)  # fmt: skip
def test_letters_and_words_are_read_alike(text, tokens, scripts, met) -> None:
    known, met = Scripts(scripts), None if met is None else Words(pack(dict.fromkeys(met, 100)))
    readable = reader(known, met)
    for key in (prepare(text).key, dense.encode(text.encode("utf-8", "ignore").decode()) + tokens):
        for some in (key, key[: len(key) // 2], key[1:]):
            assert readable(some) is readable_pure(known, met, some)


@given(st.binary(max_size=60), SCRIPTS)
def test_any_octets_are_read_alike(octets: bytes, scripts: tuple[str, ...]) -> None:
    assert reader(Scripts(scripts), ENGLISH)(octets) is readable_pure(Scripts(scripts), ENGLISH, octets)


@pytest.mark.parametrize("end", [b"\x80", b"\xff", b"\xff\x00", b"\xff\xd8\x00", b"\x02", b"\x02a", b"\xac\x31"])
@pytest.mark.parametrize("start", [b"qwertz asdfg.", b"qwertz asdfg", b"fee qwertz asdfg/", b"\x80\x01", b""])
def test_what_a_cut_leaves_is_no_letter(start: bytes, end: bytes) -> None:
    known = Scripts(("latin", "hangul"))
    for met in (ENGLISH, Words(pack({"qwertz": 9, "asdfg": 0}))):
        assert reader(known, met)(start + end) is readable_pure(known, met, start + end)
        assert met.tell(start + end) is met.tell_pure(start + end)


def test_every_character_is_read_alike() -> None:
    known = Scripts(("latin", "hangul", "han", "greek"))
    readable = reader(known, ENGLISH)
    for code in (*range(4, 0xD800), *range(0xE000, 0x11000)):
        key = dense.encode(chr(code))
        assert readable(key) is readable_pure(known, ENGLISH, key), hex(code)


def test_a_word_may_have_any_mark() -> None:
    """Even none."""
    word = "lkibailn"
    assert crc32(word.encode()) == 0
    text = f"{word} {word}".encode()
    assert not Words(pack({"az": 1})).tell(text)
    assert Words(pack({word: 0, "az": 1})).tell(text)
