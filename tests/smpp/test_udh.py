"""The user data header: what it says, and what it must not be believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp.constants import ESME_RINVMSGLEN
from smppproxy.smpp.udh import Udh, UnreadableUdh, build_udh, concatenation, parse_udh

PORTS = (0x05, bytes.fromhex("0b840b84"))


def test_an_8_bit_reference() -> None:
    udh = parse_udh(bytes.fromhex("050003a70302") + b"text")
    assert (udh.length, udh.reference, udh.total, udh.number, udh.wide) == (6, 0xA7, 3, 2, False)


def test_a_16_bit_reference_behind_another_element() -> None:
    udh = parse_udh(build_udh([PORTS, concatenation(0x1234, 2, 1, wide=True)]))
    assert (udh.reference, udh.total, udh.number, udh.wide) == (0x1234, 2, 1, True)
    assert udh.elements[0] == PORTS


def test_national_languages() -> None:
    udh = parse_udh(build_udh([(0x24, b"\x01"), (0x25, b"\x0d")]))
    assert (udh.single, udh.locking, udh.total) == (1, 13, 0)


def test_the_last_of_two_elements_counts() -> None:
    udh = parse_udh(build_udh([concatenation(1, 2, 1), concatenation(9, 3, 3)]))
    assert (udh.reference, udh.total, udh.number) == (9, 3, 3)


@pytest.mark.parametrize("numbers", ["0000", "0001", "0200", "0203"])
def test_numbers_that_cannot_be_say_nothing(numbers: str) -> None:
    assert parse_udh(bytes.fromhex("050003a7" + numbers)).total == 0


@pytest.mark.parametrize("value", ["04000201ff", "0300010a", "050803010201"])
def test_an_element_of_another_length_says_nothing(value: str) -> None:
    assert parse_udh(bytes.fromhex(value)).total == 0


@pytest.mark.parametrize("octets", ["", "05", "050003a703", "0100", "03000301", "0500ff010203"])
def test_a_header_that_does_not_fit_is_unreadable(octets: str) -> None:
    with pytest.raises(UnreadableUdh, match="user data header") as caught:
        parse_udh(bytes.fromhex(octets))
    assert caught.value.command_status == ESME_RINVMSGLEN


def test_an_empty_header_is_none_of_these() -> None:
    assert parse_udh(b"\0text") == Udh(1, ())


def test_too_many_elements_do_not_fit() -> None:
    with pytest.raises(ValueError, match="255 octets"):
        build_udh([(0x70, bytes(200)), (0x70, bytes(60))])


@given(st.binary(max_size=40))
def test_any_octets_parse_or_are_unreadable(octets: bytes) -> None:
    try:
        udh = parse_udh(octets)
    except UnreadableUdh:
        return
    assert build_udh(list(udh.elements)) == octets[: udh.length]
    assert 0 <= udh.number <= udh.total
