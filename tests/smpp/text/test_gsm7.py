"""The GSM 7-bit alphabet, unpacked and packed."""

from __future__ import annotations

import pytest
from aiosmpplib.codec import GSM7BitCodec, GSM7BitPackedCodec
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp.text import gsm7
from smppproxy.smpp.text.national import DEFAULT, ESCAPE, EXTENSION

ALPHABET = DEFAULT.replace(ESCAPE, "") + "".join(EXTENSION.values())
TEXTS = st.text(st.sampled_from(ALPHABET), max_size=170)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"hello", "hello"),
        (b"\x00\x02\x11", "@$_"),
        (b"\x1be\x1b<x\x1b>", "€[x]"),
        (b"\x1b\x0a", "\f"),
        (b"\x1bA", "A"),  # no such extension: the character of the alphabet (TS 23.038 s. 6.2.1.1)
        (b"a\x1b\x1bb", "a b"),  # escape to a table not yet defined: a space
        (b"a\x1b", "a "),
        (b"\x1b\x1b\x1be", " €"),
        (b"\x1b\x1b\x1b", "  "),
        (b"a\x80\xff", "a\ufffd\ufffd"),
        (b"\x1b\x80", "\ufffd"),
        (b"", ""),
    ],
)
def test_unpacked(octets: bytes, text: str) -> None:
    assert gsm7.decode(octets) == text


@pytest.mark.parametrize(
    ("packed", "text"),
    [
        ("e8329bfd06", "hello"),
        ("e8329bfd4697d9ec37", "hellohello"),
        ("31d98c56b3dd70", "12345678"),
        ("31d98c56b3dd1a", "1234567"),  # seven spare bits hold a carriage return
        ("31d98c56b3dd00", "1234567"),  # or zeros, which might have been "@"
        ("9b32", "\x1b"),
    ],
)
def test_packed(packed: str, text: str) -> None:
    if text == "\x1b":
        assert gsm7.decode(gsm7.unpack(bytes.fromhex("9b32"))) == "€"
        assert gsm7.pack(gsm7.encode("€")).hex() == "9b32"
        return
    assert gsm7.decode(gsm7.unpack(bytes.fromhex(packed))) == text


def test_seven_spare_bits_are_filled() -> None:
    assert gsm7.pack(b"1234567").hex() == "31d98c56b3dd1a"


@pytest.mark.parametrize(("header", "fill"), [(0, 0), (6, 1), (7, 0), (5, 2), (8, 6)])
def test_text_starts_at_a_septet_boundary_behind_a_header(header: int, fill: int) -> None:
    assert gsm7.fill_bits(header) == fill
    assert (header * 8 + fill) % 7 == 0


@given(TEXTS)
def test_unpacked_text_comes_back(text: str) -> None:
    assert gsm7.fits_gsm7(text)
    assert gsm7.decode(gsm7.encode(text)) == text


@given(TEXTS, st.integers(0, 6))
def test_packed_text_comes_back(text: str, fill: int) -> None:
    septets = gsm7.encode(text)
    unpacked = gsm7.unpack(gsm7.pack(septets, fill), fill)
    assert unpacked == septets or unpacked + septets[-1:] == septets
    if unpacked != septets:
        assert septets[-1] in (0x00, 0x0D), "only what looks like filling may be lost"


@given(st.binary(max_size=50), st.integers(0, 20), st.integers(0, 20), st.integers(0, 6))
def test_no_octets_break_a_decoder(octets: bytes, locking: int, single: int, fill: int) -> None:
    assert len(gsm7.decode(octets, locking, single)) <= len(octets)
    assert max(gsm7.unpack(octets, fill), default=0) < 0x80


@pytest.mark.parametrize("text", ["한", "`", "ç", "a\x1b"])
def test_what_has_no_cell_does_not_fit(text: str) -> None:
    assert not gsm7.fits_gsm7(text)
    with pytest.raises(UnicodeEncodeError):
        gsm7.encode(text)


def test_a_national_table_may_write_what_the_default_cannot() -> None:
    assert gsm7.encode("ığş", single=1) == b"\x1bi\x1bg\x1bs"
    assert gsm7.encode("ığş", locking=1) == b"\x07\x0c\x1d"


def test_the_default_alphabet_agrees_with_an_independent_codec() -> None:
    other, packing = GSM7BitCodec(), GSM7BitPackedCodec()
    for character in ALPHABET:
        assert gsm7.encode(character) == other.encode(character)[0]
        assert gsm7.decode(other.encode(character)[0]) == character
    for length in range(60):
        text = ALPHABET[:length]
        septets = gsm7.encode(text)
        if len(septets) % 8 != 7:  # seven spare bits: zeros there, a carriage return here
            assert gsm7.pack(septets) == packing.encode(text)[0]
