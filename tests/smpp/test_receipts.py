"""Receipts as the appendix writes them and as the field does."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp import constants as c
from smppproxy.smpp.receipts import (
    MESSAGE_STATES,
    build_receipt,
    message_id_spellings,
    parse_receipt,
    receipt_date,
    receipt_tlvs,
)

BY_THE_BOOK = (
    b"id:1234567890 sub:001 dlvrd:001 submit date:2611211030 done date:2611211031 stat:DELIVRD err:000 Text:Hello there"
)


def test_the_receipt_of_appendix_b() -> None:
    receipt = parse_receipt(BY_THE_BOOK)
    assert (receipt.message_id, receipt.state, receipt.error, receipt.text) == (
        "1234567890",
        "DELIVRD",
        "000",
        "Hello there",
    )
    assert (receipt.submitted, receipt.delivered) == ("001", "001")
    assert (receipt.submit_date, receipt.done_date) == ("2611211030", "2611211031")
    assert receipt.final


@pytest.mark.parametrize(
    ("text", "message_id", "state", "error"),
    [
        (b"ID:0A1B SUB:001 STAT:undeliv ERR:0451", "0A1B", "UNDELIV", "0451"),
        (b"id:77 submit_date:261121103059 done_date:261121103105 stat:EXPIRED err:21 text:", "77", "EXPIRED", "21"),
        (b"id: 77, stat: ACCEPTED, err: 0", "77", "ACCEPTD", "0"),
        (b"id:77;status:REJECTED;error:12\0", "77", "REJECTD", "12"),
        (b"stat:DELIVRD id:77", "77", "DELIVRD", ""),
        (b"id:5f3c-88aa stat:NOROUTE err:1", "5f3c-88aa", "NOROUTE", "1"),
        (b"Your parcel is waiting", "", "", ""),
        (b"", "", "", ""),
    ],
)
def test_receipts_of_the_field(text: bytes, message_id: str, state: str, error: str) -> None:
    receipt = parse_receipt(text)
    assert (receipt.message_id, receipt.state, receipt.error) == (message_id, state, error)


def test_keys_inside_the_text_are_its_own_words() -> None:
    receipt = parse_receipt(b"id:1 stat:DELIVRD text:id:2 stat:EXPIRED")
    assert (receipt.message_id, receipt.state, receipt.text) == ("1", "DELIVRD", "id:2 stat:EXPIRED")


def test_the_first_of_two_keys_counts() -> None:
    assert parse_receipt(b"id:1 id:2").message_id == "1"


def test_tlvs_beat_the_text() -> None:
    tlvs = [
        (c.TAG_RECEIPTED_MESSAGE_ID, b"4d2\0"),
        (c.TAG_MESSAGE_STATE, b"\x05"),
        (c.TAG_NETWORK_ERROR_CODE, b"\x03\x00\x1b"),
    ]
    receipt = parse_receipt(b"id:1234 stat:UNKNOWN", tlvs)
    assert (receipt.message_id, receipt.text_id, receipt.state) == ("4d2", "1234", "UNDELIV")
    assert receipt.network_error == (3, 27)
    assert {"4d2", "1234"} <= set(receipt.spellings())


def test_tlvs_of_another_form_say_nothing() -> None:
    tlvs = [(c.TAG_MESSAGE_STATE, b""), (c.TAG_MESSAGE_STATE, b"\xff"), (c.TAG_NETWORK_ERROR_CODE, b"\1")]
    receipt = parse_receipt(b"stat:ENROUTE", tlvs)
    assert (receipt.state, receipt.network_error, receipt.final) == ("ENROUTE", None, False)


@pytest.mark.parametrize(
    ("answered", "receipted"),
    [
        ("4D2", "1234"),
        ("4d2", "1234"),
        ("1234", "4d2"),
        ("000004D2", "1234"),
        ("1234", "0000001234"),
        ("0000001234", "1234"),
        ("0000001234", "00000000000000001234"),
        ("abcdef", "ABCDEF"),
        ("5F3C-88AA", "5f3c-88aa"),
        ("1234", " 1234"),
    ],
)
def test_an_answer_is_found_by_its_receipt(answered: str, receipted: str) -> None:
    assert answered in message_id_spellings(receipted)


def test_spellings_start_with_the_id_itself_and_stay_few() -> None:
    for message_id in ("1234567890", "0A1B", "c5a6e0b2-0000-4000-8000-1234567890ab", "0" * 64, "１２３"):
        spellings = message_id_spellings(message_id)
        assert spellings[0] == message_id
        assert len(set(spellings)) == len(spellings) <= 32
    assert message_id_spellings("") == ()


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2611211030", datetime(2026, 11, 21, 10, 30)),
        ("261121103059", datetime(2026, 11, 21, 10, 30, 59)),
        ("20261121103059", datetime(2026, 11, 21, 10, 30, 59)),
        ("203011211030", datetime(2030, 11, 21, 10, 30)),
        ("2613211030", None),
        ("yesterday", None),
        ("", None),
        ("26112110", None),
    ],
)
def test_dates(written: str, date: datetime | None) -> None:
    assert receipt_date(written) == date


@given(
    st.from_regex(r"[0-9a-zA-Z-]{1,64}", fullmatch=True),
    st.sampled_from(sorted(MESSAGE_STATES.values())),
    st.datetimes(datetime(2001, 1, 1), datetime(2068, 1, 1)),
    st.text(max_size=30),
)
def test_what_is_built_is_read_back(message_id: str, state: str, done: datetime, text: str) -> None:
    built = build_receipt(message_id, state, done, done, text=text)
    receipt = parse_receipt(built, receipt_tlvs(message_id, state))
    assert (receipt.message_id, receipt.text_id, receipt.state) == (message_id, message_id, state)
    assert receipt_date(receipt.done_date) == done.replace(second=0, microsecond=0)
    assert receipt.delivered == ("001" if state == "DELIVRD" else "000")


def test_a_state_without_a_number_has_no_tlv() -> None:
    with pytest.raises(ValueError, match="no message_state for 'LOST'"):
        receipt_tlvs("1", "LOST")


@given(st.binary(max_size=200), st.lists(st.tuples(st.sampled_from([0x001E, 0x0427, 0x0423]), st.binary(max_size=8))))
def test_no_octets_break_the_parser(text: bytes, tlvs: list[tuple[int, bytes]]) -> None:
    receipt = parse_receipt(text, tlvs)
    receipt.spellings()
    receipt_date(receipt.done_date)


@given(st.text(max_size=70))
def test_no_id_breaks_its_spellings(message_id: str) -> None:
    spellings = message_id_spellings(message_id)
    assert message_id in spellings or not message_id
