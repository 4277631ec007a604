"""A data_coding that lies hides nothing, and one that tells the truth costs one reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu
from smppproxy.smpp.text import ALPHABETS, all_readings, decode, encode, plain_readings, readings, readings_of
from smppproxy.smpp.text.coherence import Share
from smppproxy.smpp.udh import build_udh

KOREAN = "[Web발신] (광고) 오늘만 특가, 지금 확인하세요 http://example.com"
SOLID = "안녕하세요고객님오늘만특가이벤트입니다지금확인하세요"
ENGLISH = "Your parcel is waiting, see http://example.com/track?id=12 today"
RUSSIAN = "Привет, ваш заказ готов"
CHINESE = "您好，您的包裹已经到达，请点击链接查看详情"
FRENCH = "Déjà vu à la crème brûlée, très bon marché"


@pytest.mark.parametrize("text", [KOREAN, SOLID, ENGLISH, RUSSIAN, CHINESE, FRENCH, "สวัสดีครับ", "안녕 😀", ""])
def test_honest_ucs2_has_one_reading(text: str) -> None:
    assert readings(text.encode("utf-16-be"), 0x08) == (text,)


@pytest.mark.parametrize("text", [KOREAN, SOLID, ENGLISH, "mail a_b@c.de"])
@pytest.mark.parametrize("data_coding", [0x0E, 0x84])
def test_honest_cp949_has_one_reading(text: str, data_coding: int) -> None:
    assert readings(text.encode("cp949"), data_coding) == (text,)


@pytest.mark.parametrize("data_coding", [0x00, 0x01, 0x03, 0x04, 0x06, 0x84, 0xF1, 0xF5])
def test_plain_ascii_has_one_reading_everywhere(data_coding: int) -> None:
    assert readings(ENGLISH.replace("_", "").encode(), data_coding) == (ENGLISH,)


@pytest.mark.parametrize("text", ["5€ for [all] {of} you", "ÄÖÜ ñandù à la carte"])
def test_honest_gsm7_has_one_reading(text: str) -> None:
    assert readings(encode(text, 0), 0) == (text,)


@pytest.mark.parametrize("data_coding", [0x00, 0x01, 0x03, 0x04, 0x06, 0x08, 0xF0, 0xF5])
@pytest.mark.parametrize("text", [KOREAN, SOLID])
def test_cp949_is_found_under_any_data_coding(text: str, data_coding: int) -> None:
    octets = text.encode("cp949")
    found = readings(octets, data_coding)
    assert found[0] in (decode(octets, data_coding), text)
    assert text in found


@pytest.mark.parametrize("data_coding", [0x00, 0x01, 0x03, 0x04, 0x0E, 0x84, 0xF0, 0xF5])
@pytest.mark.parametrize("text", [KOREAN, SOLID, ENGLISH, RUSSIAN, CHINESE])
def test_ucs2_is_found_under_any_data_coding(text: str, data_coding: int) -> None:
    assert text in readings(text.encode("utf-16-be"), data_coding)


@pytest.mark.parametrize("data_coding", [0x00, 0x01, 0x03, 0x04, 0x08, 0x84, 0xF5])
@pytest.mark.parametrize("text", [KOREAN, RUSSIAN, CHINESE, FRENCH])
def test_utf8_is_found_under_any_data_coding(text: str, data_coding: int) -> None:
    assert text in readings(text.encode(), data_coding)


@pytest.mark.parametrize("data_coding", [0x00, 0x01, 0x06, 0x84])
def test_latin1_is_found(data_coding: int) -> None:
    assert FRENCH in readings(FRENCH.encode("latin-1"), data_coding)


def test_ascii_is_found_under_ucs2() -> None:
    assert ENGLISH in readings(ENGLISH.encode(), 0x08)


def test_ascii_that_gsm7_reads_otherwise_is_read_both_ways() -> None:
    assert readings(b"a_b@c.de", 0x00) == ("a§b¡c.de", "a_b@c.de")


def test_gsm7_is_found_under_ascii() -> None:
    assert "mail a_b@c.de for 5€" in readings(encode("mail a_b@c.de for 5€", 0), 0x01)


def test_an_octet_that_breaks_a_decoder_does_not_hide_the_rest() -> None:
    broken = KOREAN.encode("cp949") + b"\xff"
    assert any("오늘만 특가" in text for text in readings(broken, 0x00))
    odd = KOREAN.encode("utf-16-be") + b"x"
    assert KOREAN in readings(odd, 0x04)
    assert any(KOREAN in text for text in readings(b"\xd8\x00" + KOREAN.encode("utf-16-be"), 0x08))
    lone = b"\xd8\x00" + KOREAN.encode("utf-16-be")
    assert any(KOREAN in text for text in readings(lone, 0x04))


def test_little_endian_with_a_mark_is_read() -> None:
    assert KOREAN in readings(b"\xff\xfe" + KOREAN.encode("utf-16-le"), 0x08)


def test_make_up_sequences_are_composed() -> None:
    assert readings("똠방각하".encode("euc_kr"), 0x84) == ("똠방각하",)


def test_the_smscs_default_is_declared() -> None:
    assert readings(KOREAN.encode("cp949"), 0x00, "cp949") == (KOREAN,)


def test_a_header_is_no_text() -> None:
    header = build_udh([(0x25, b"\x01")])
    assert readings(header + b"\x0b\x0c", 0x00, udhi=True)[0] == "Ğğ"
    assert readings(b"\x0b\x0c", 0x00, locking=1)[0] == "Ğğ"
    assert readings(b"\x30ab", 0x03, udhi=True) == ("0ab",)


def test_noise_is_not_taken_for_text() -> None:
    assert readings(bytes(range(0x80, 0x100)), 0x04) == (bytes(range(0x80, 0x100)).decode("latin-1"),)


@given(st.binary(max_size=80), st.integers(0, 255), st.booleans(), st.sampled_from(sorted(ALPHABETS)))
def test_any_octets_have_one_to_four_different_readings(
    octets: bytes, data_coding: int, udhi: bool, default: str
) -> None:
    found = readings(octets, data_coding, default, udhi=udhi)
    assert 1 <= len(found) <= 4
    assert len(set(found)) == len(found)
    declared = decode(octets, data_coding, udhi=udhi, default=default)
    if found[0].removeprefix("\ufeff") != declared.removeprefix("\ufeff"):  # one that nobody could read
        assert declared.count("\ufffd") * 4 >= len(declared)
        assert all("\ufffd" not in text for text in found)


@pytest.mark.parametrize(("data_coding", "codec"), [(0x00, "cp949"), (0x00, "utf-8"), (0xF1, "cp949")])
def test_a_reading_that_nobody_could_read_is_none(data_coding: int, codec: str) -> None:
    octets = KOREAN.encode(codec)
    assert decode(octets, data_coding).count("\ufffd") * 4 >= len(decode(octets, data_coding))
    assert KOREAN in readings(octets, data_coding)
    assert all("\ufffd" not in text for text in readings(octets, data_coding))
    few = b"An honest text in English with " + "é".encode("cp949", "ignore") + b"one stray octet \x9f"
    assert readings(few, 0x00)[0] == decode(few, 0x00)


@given(st.text(max_size=50))
def test_shares_are_shares(text: str) -> None:
    share = Share(text)
    assert 0 <= share.korean <= share.good <= 1
    assert 0 <= share.ascii <= 1


def frame_of(octets: bytes, data_coding: int, *, payload: bool = False) -> kernel.Frame:
    fields = {"short_message": b"" if payload else octets, "data_coding": data_coding}
    tlvs = [(c.TAG_MESSAGE_PAYLOAD, octets)] if payload else []
    frames, _, _ = kernel.cut(codec.encode(Pdu(c.SUBMIT_SM, sequence=1, fields=fields, tlvs=tlvs)), 70_000)
    return frames[0]


@given(
    st.one_of(
        st.binary(max_size=60),
        st.text(max_size=30).map(lambda text: text.encode("utf-16-be", "surrogatepass")),
        st.sampled_from([KOREAN, ENGLISH, CHINESE]).flatmap(
            lambda text: st.sampled_from([text.encode(name, "replace") for name in ("utf-16-be", "utf-8", "cp949")])
        ),
    ),
    st.integers(0, 255),
    st.booleans(),
)
def test_the_readings_of_a_request_are_those_of_its_octets(octets: bytes, data_coding: int, payload: bool) -> None:
    octets = octets[:254]
    frame = frame_of(octets, data_coding, payload=payload)
    expected = readings(octets, data_coding) if octets else ()
    assert readings_of(frame) == expected
    size = sum(len(text) if text.isascii() else 2 * len(text) for text in expected)
    assert plain_readings([frame], 1000) in (([], 0), (list(expected), size))


def test_all_are_read_as_each_is() -> None:
    octets = [(KOREAN.encode("utf-16-be"), 8), (KOREAN.encode("cp949"), 0x84), (b"", 0), (b"Hi", 0), (b"see you!", 8)]
    frames = [frame_of(*each) for each in [*octets, octets[1], octets[0]]]
    assert all_readings(frames) == [readings_of(frame) for frame in frames]
    assert all_readings([]) == []


def test_honest_texts_are_read_in_batches() -> None:
    frames = [frame_of(KOREAN.encode("utf-16-be"), 8), frame_of(b"Hello", 0), frame_of(KOREAN.encode("cp949"), 8)]
    size = 2 * len(KOREAN) + 5
    assert plain_readings(frames, 1000) == ([KOREAN, "Hello"], size)  # one needs a closer look
    assert plain_readings(frames, size) == ([KOREAN, "Hello"], size)
    assert plain_readings(frames, size - 1) == ([KOREAN], size - 5)
    assert plain_readings(frames, 1) == ([], 0)
    frames[1].note = ["more than a code"]
    assert plain_readings(frames, 1000) == ([KOREAN], size - 5)


@pytest.mark.parametrize(("text", "coding"), [(KOREAN * 600, 8), ("x" * 65_535, 3), ("x" * 32_767, 8)])
def test_the_longest_payload_is_read_whole_where_there_is_room(text: str, coding: int) -> None:
    octets = text.encode("utf-16-be" if coding == 8 else "ascii")
    frames = [frame_of(octets, coding, payload=True), frame_of(b"Hello", 0)]
    size = len(text) if text.isascii() else 2 * len(text)
    assert plain_readings(frames, size + 5) == ([text, "Hello"], size + 5)
    assert plain_readings(frames, size - 1) == ([], 0)
    assert readings_of(frames[0]) == (text,)
