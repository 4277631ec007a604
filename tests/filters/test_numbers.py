"""Numbers: the Korean plan in full, every spelling of one number alike, and no input that raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters import numbers
from filters.numbers import CALLING_CODES, KOREAN_PLAN, MEMO_LIMIT, Kind, Numbers, calling_code, canonical
from smppproxy.smpp.kernel import BUILD_COMMAND


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("01012345678", Kind.MOBILE),
        ("0112345678", Kind.MOBILE),
        ("01623456789", Kind.MOBILE),
        ("0212345678", Kind.INVALID),  # no Seoul subscriber begins with 1
        ("0222345678", Kind.LANDLINE),
        ("022345678", Kind.LANDLINE),
        ("0312345678", Kind.LANDLINE),
        ("06423456789", Kind.LANDLINE),
        ("07012345678", Kind.VOIP),
        ("03012345678", Kind.PERSONAL),
        ("050123456789", Kind.PERSONAL),
        ("0802345678", Kind.PERSONAL),
        ("0602345678", Kind.PERSONAL),
        ("15881234", Kind.REPRESENTATIVE),
        ("16001234", Kind.REPRESENTATIVE),
        ("18991234", Kind.REPRESENTATIVE),
        ("112", Kind.SPECIAL),
        ("1335", Kind.SPECIAL),
    ],
)
def test_korean_plan(number, kind):
    found = canonical(number)
    assert found.kind is kind
    assert bool(found.fault) == (kind is Kind.INVALID)
    if kind is not Kind.INVALID:
        assert (found.national, found.country) == (number, "82")


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("", "no number given"),
        ("0000", "zeros only"),
        ("00000000000", "zeros only"),
        ("2345678", "no area code"),
        ("79421234", "no area code"),  # a block that is not assigned
        ("11111234", "no area code"),
        ("0215881234", "no such area code or prefix"),  # a representative number with an area code
        ("158812345", "no area code"),  # with an extension
        ("0101234567", "10 digits, 11 expected after 010"),
        ("010123456789", "12 digits, 11 expected after 010"),
        ("0341234567", "no such area code or prefix"),
        ("0310234567", "no subscriber's number begins with 0 or 1"),
        ("1012345678", "no area code"),
        ("1" * 16, "16 digits, at most 15 make a number"),
        ("---", "neither a number nor a name"),
        ("+82 10 1234", "no such number"),
        ("+210123456", "no country has this calling code"),
    ],
)
def test_what_is_wrong_is_said(number, fault):
    found = canonical(number)
    assert (found.kind, found.fault) == (Kind.INVALID, fault)


@pytest.mark.parametrize(
    ("number", "ton"),
    [
        ("01012345678", 0),
        ("01012345678", 1),  # the type of number is wrong: none begins with 0
        ("01012345678", 5),  # digits are a number, whatever they are called
        ("010-1234-5678", 0),
        ("+82-10-1234-5678", 0),
        ("+82 (0)10 1234 5678", 0),
        ("821012345678", 0),
        ("821012345678", 1),
        ("8201012345678", 1),
        ("00821012345678", 0),
        ("1012345678", 2),
    ],
)
def test_spellings_of_one_number(number, ton):
    found = canonical(number, ton)
    assert (found.e164, found.national, found.kind) == ("821012345678", "01012345678", Kind.MOBILE)


@pytest.mark.parametrize(("number", "ton"), [("15881234", 0), ("15881234", 1), ("8215881234", 1), ("+82 1588-1234", 0)])
def test_spellings_of_a_representative_number(number, ton):
    assert canonical(number, ton).e164 == "8215881234"


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+8613800138000", "86"),
        ("8613800138000", "86"),
        ("13125551234", "1"),
        ("+6591234567", "65"),
        ("008613800138000", "86"),
    ],
)
def test_foreign(number, country):
    found = canonical(number)
    assert (found.kind, found.country, found.fault) == (Kind.FOREIGN, country, "")


def test_names():
    assert canonical("My  Bank", 5).e164 == "my bank"
    assert canonical("MyBank").kind is Kind.ALPHANUMERIC  # letters are a name, whatever the type of number says
    assert "at most 11" in canonical("A far too long name", 5).fault
    assert canonical("０１０１２３４５６７８").kind is Kind.ALPHANUMERIC  # fullwidth digits are no digits here
    assert canonical("\0\x07").kind is Kind.INVALID


def test_a_plan_for_data_is_none_for_telephones():
    assert canonical("01012345678", 0, 3).kind is Kind.INVALID
    assert canonical("01012345678", 0, 9).kind is Kind.MOBILE


def test_another_home_country():
    assert canonical("91234567", 2, country="65").e164 == "6591234567"
    assert canonical("+6591234567", country="65").kind is Kind.NATIONAL
    assert canonical("07911123456", country="44").e164 == "447911123456"
    assert canonical("+821012345678", country="65").kind is Kind.FOREIGN
    assert canonical("0000", country="65").fault == "zeros only"


def test_no_calling_code_begins_another():
    for code in CALLING_CODES:
        assert calling_code(code + "5555555"[: 7 - len(code)]) == code
    assert calling_code("0") == ""


@st.composite
def korean(draw):
    head = draw(st.sampled_from(sorted(KOREAN_PLAN)))
    block = KOREAN_PLAN[head]
    length = draw(st.integers(block.shortest, block.longest)) - len(head)
    rest = draw(st.text("0123456789", min_size=length, max_size=length))
    if block.subscriber:
        rest = draw(st.sampled_from("23456789")) + rest[1:]
    return head + rest


@given(korean())
def test_every_korean_number_reads_alike_in_every_spelling(significant):
    found = canonical("0" + significant)
    assert found.fault == ""
    for number, ton in (("82" + significant, 1), ("+82" + significant, 0), ("820" + significant, 1), (significant, 2)):
        assert canonical(number, ton) == found
    assert canonical(found.e164, 1) == found
    assert canonical(found.national) == found


@given(
    st.one_of(st.text(max_size=24), st.text("0123456789+- ", max_size=20)),
    st.integers(0, 255),
    st.integers(0, 255),
    st.sampled_from(["82", "65", "1", "44"]),
)
def test_nothing_raises_and_the_form_is_canonical(number, ton, npi, country):
    found = canonical(number, ton, npi, country)
    assert (found.kind is Kind.INVALID) <= bool(found.fault)
    if found.kind not in {Kind.INVALID, Kind.ALPHANUMERIC}:
        assert found.e164.isdigit()
        assert found.e164.startswith(found.country)
        assert canonical(found.e164, 1, 0, country).e164 == found.e164


@given(
    st.lists(st.sampled_from(["01011112222", "0101111222٢", "01111112222", "0101111222", ""]) | st.text(max_size=12))
)
def test_mobiles_are_known_alike_by_the_compiled_twin(recipients):
    compiled = pytest.importorskip("filters._numbers", reason=f"not compiled; run `{BUILD_COMMAND}`")
    several = tuple(recipients)
    assert compiled.are_korean_mobiles(several) == numbers.are_korean_mobiles_pure(several)


def test_numbers_are_remembered_as_they_are_read():
    remembered = Numbers("1")
    assert remembered["12125550100"] == canonical("12125550100", country="1")
    for number in range(MEMO_LIMIT + 5):
        assert remembered[str(number)].e164 == canonical(str(number), country="1").e164
    assert len(remembered) <= MEMO_LIMIT
