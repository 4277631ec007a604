"""data_coding to text and back."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp.text import ALPHABETS, alphabet_of, decode, encode, gsm7
from smppproxy.smpp.udh import build_udh, concatenation


@pytest.mark.parametrize(
    ("octets", "data_coding", "text"),
    [
        (b"\x00\x1be", 0x00, "@€"),
        (b"ab\xe9", 0x01, "ab\ufffd"),
        (b"ab\xe9", 0x02, "abé"),
        (b"ab\xe9", 0x03, "abé"),
        (b"ab\xe9", 0x04, "abé"),
        (b"\x93\xfa\x96\x7b", 0x05, "日本"),
        (b"\xbf\xe0\xd8\xd2\xd5\xe2", 0x06, "Привет"),
        (b"\xf9\xec\xe5\xed", 0x07, "שלום"),
        (b"\xd5\x5c\x00A", 0x08, "한A"),
        (b"\xd8\x3d\xde\x00", 0x08, "😀"),
        (b"\xd8\x3d\x00A", 0x08, "\ufffdA"),  # a surrogate alone
        (b"\x00A\xd8", 0x08, "A\ufffd"),
        (b"\xfe\xff\x00A", 0x08, "A"),
        (b"\xff\xfeA\x00", 0x08, "A"),
        (b"\x1b$BF|K\\\x1b(B", 0x0A, "日本"),
        (b"\xc6\xfc\xcb\xdc", 0x0D, "日本"),
        (b"\xc7\xd1\xb1\xdb", 0x0E, "한글"),
        (b"\xc7\xd1\xb1\xdb", 0x84, "한글"),
        (b"\xa4\xd4\xa4\xa8\xa4\xc7\xa4\xb1", 0x84, "똠"),
        (b"\xc7\xd1\xb1\xdb", 0x94, "한글"),
        (b"\x00", 0x0F, "@"),
        (b"\x00", 0x10, "@"),  # general data coding, class 0
        (b"\xe9", 0x14, "é"),
        (b"\xd5\x5c", 0x18, "한"),
        (b"\xd5\x5c", 0x58, "한"),  # to be deleted automatically
        (b"\xe9", 0x30, "é"),  # compressed: nothing to read, nothing lost
        (b"\x00", 0xC8, "@"),
        (b"\xd5\x5c", 0xE0, "한"),
        (b"\x00", 0xF0, "@"),
        (b"\xe9", 0xF4, "é"),
        (b"\xe9", 0xF7, "é"),
        (b"\x00", 0xF8, "@"),
    ],
)
def test_what_is_declared(octets: bytes, data_coding: int, text: str) -> None:
    assert decode(octets, data_coding) == text


@pytest.mark.parametrize(
    ("default", "octets", "text"),
    [
        ("gsm7", b"\x00", "@"),
        ("cp949", b"\xc7\xd1", "한"),
        ("latin1", b"\xe9", "é"),
        ("utf8", "é".encode(), "é"),
        ("gsm7-packed", bytes.fromhex("e8329bfd06"), "hello"),
    ],
)
def test_zero_is_what_the_smsc_makes_of_it(default: str, octets: bytes, text: str) -> None:
    assert decode(octets, 0, default=default) == text
    assert encode(text, 0, default=default) == octets


def test_an_unknown_default_is_named() -> None:
    with pytest.raises(ValueError, match="no alphabet 'ebcdic'; expected one of gsm7, "):
        alphabet_of(0, "ebcdic")


def test_a_header_is_skipped_and_its_languages_are_used() -> None:
    header = build_udh([concatenation(1, 2, 1), (0x24, b"\x01")])
    assert decode(header + b"\x1bg\x1bs", 0x00, udhi=True) == "ğş"
    assert decode(b"\x1bg", 0x00, single=1) == "ğ"
    assert decode(header + b"\xd5\x5c", 0x08, udhi=True) == "한"


def test_packed_text_behind_a_header_starts_at_a_septet() -> None:
    header = build_udh([concatenation(1, 2, 1)])
    octets = header + gsm7.pack(gsm7.encode("hello"), gsm7.fill_bits(len(header)))
    assert decode(octets, 0x00, udhi=True, default="gsm7-packed") == "hello"


def test_an_unreadable_header_is_text() -> None:
    assert decode(b"\x30ab", 0x03, udhi=True) == "0ab"


@pytest.mark.parametrize(
    ("text", "data_coding", "message"),
    [
        ("a한", 0x00, r"'한' \(U\+D55C\) at position 1 does not exist in gsm7 \(data_coding 0x00\)"),
        ("é", 0x01, "ascii"),
        ("\ud800", 0x08, r"U\+D800.*ucs2"),
        ("😀", 0x84, "cp949"),
    ],
)
def test_what_an_alphabet_lacks_is_named(text: str, data_coding: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode(text, data_coding)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.sampled_from(sorted(ALPHABETS)))
def test_what_can_be_written_is_read_back(text: str, name: str) -> None:
    alphabet = ALPHABETS[name]
    try:
        octets = alphabet.encode(text)
    except UnicodeEncodeError:
        return
    read = alphabet.decode(octets)
    if name == "iso-2022-jp" and "\x1b" in text:
        return  # says that other letters follow
    if name == "gsm7-packed" and read != text:
        assert text[-1] in "@\r"
        assert read == text[:-1]
    elif name == "ucs2" and text[:1] in ("\ufeff", "\ufffe"):
        assert read in (text[1:], codecs.utf_16_le_decode(octets[2:], "replace", True)[0])
    elif name in ("shift-jis", "iso-2022-jp", "euc-jp"):
        assert alphabet.encode(read) == octets  # a few signs of these standards share octets
    elif name == "cp949" and "\u3164" in text:
        assert len(read) <= len(text)
    else:
        assert read == text


@given(st.binary(max_size=60), st.integers(0, 255), st.booleans(), st.sampled_from(sorted(ALPHABETS)))
def test_no_octets_break_any_data_coding(octets: bytes, data_coding: int, udhi: bool, default: str) -> None:
    text = decode(octets, data_coding, udhi=udhi, default=default)
    assert not any("\ud800" <= character <= "\udfff" for character in text)
