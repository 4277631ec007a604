"""CSV in and out: encodings, columns, and errors that name the row."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.ports import CodeState
from smppproxy.state.codes import ANY_SHAPE, Code, check_text
from smppproxy.state.codes_csv import parse, render
from smppproxy.state.errors import InputError
from smppproxy.state.table_csv import decode

HEAD = "code,state,owner\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_encodings(encoding: str) -> None:
    text = decode((HEAD + "301150232,active,가나다통신\n").encode(encoding))
    (row,) = parse(text, ANY_SHAPE)
    assert row.owner == "가나다통신"


@pytest.mark.parametrize(
    ("octets", "told"),
    [(b"code\n1\n\xff\xff\n", "line 3"), (b"code\n1\0\n", "NUL"), (b"\x89PNG\r\n\x1a\n\0\0", "NUL|CP949")],
)
def test_files_that_are_no_text(octets: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        decode(octets)


def test_columns_in_any_order_and_quoted() -> None:
    (row,) = parse('Owner , CODE,valid_until\r\n"Kim, Lee ""&"" Co",301150232,2026-12-31\r\n\r\n', ANY_SHAPE)
    assert (row.code, row.owner, row.valid_until) == ("301150232", 'Kim, Lee "&" Co', 1_798_761_600)


def test_a_plain_list_is_read() -> None:
    assert [row.code for row in parse("301150232\n\n301150233\n", ANY_SHAPE)] == ["301150232", "301150233"]


def test_the_same_row_again_does_no_harm() -> None:
    assert len(parse(HEAD + "1,active,x\n1,active,x\n", ANY_SHAPE)) == 1


@pytest.mark.parametrize(
    ("text", "row", "column", "told"),
    [
        (HEAD + "1,active,x\n1,suspended,x\n", 3, "code", "row 2 says otherwise"),
        (HEAD + "1,asleep,x\n", 2, "state", "one of active"),
        (HEAD + ",active,x\n", 2, "code", "a code is expected"),
        (HEAD + "1,active\n", 2, "", "3 cells are expected, these are 2"),
        (HEAD + '1,active,"x\ny"\n', 3, "owner", "line break"),
        ("code,valid_from\n1,tomorrow\n", 2, "valid_from", "a date such as"),
        ("code,valid_from,valid_until\n1,2026-02-02,2026-02-01\n", 2, "valid_until", "after valid_from"),
        (HEAD + '1,active,"x\n', 2, "", "no CSV"),
        ("code,colour\n1,red\n", 1, "colour", "no such column"),
        ("code,code\n1,1\n", 1, "code", "twice"),
        ("number,owner\n1,x\n", 1, "", "columns: code"),
    ],
)
def test_faults_name_the_row(text: str, row: int, column: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, ANY_SHAPE)
    (fault,) = caught.value.faults
    assert (fault.row, fault.column) == (row, column)
    assert told in str(fault)


def test_all_faults_are_counted_a_hundred_shown() -> None:
    with pytest.raises(InputError, match=r"250 rows are wrong .*first 100") as caught:
        parse(HEAD + "1,asleep,x\n" * 250, ANY_SHAPE)
    assert len(caught.value.faults) == 100


def test_all_faults_of_a_row_are_told() -> None:
    row = "1" * 301 + ",asleep," + "x" * 501 + "," + ">".join("a" * 17) + ",soon"
    with pytest.raises(InputError, match="1 row is wrong") as caught:
        parse(f"code,state,owner,chain,valid_until\n{row}\n", ANY_SHAPE)
    assert sorted(fault.column for fault in caught.value.faults) == ["chain", "code", "owner", "state", "valid_until"]


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text, ANY_SHAPE)
    except InputError:
        pass


@given(st.binary())
def test_any_octets_are_text_or_refused(octets: bytes) -> None:
    try:
        decode(octets)
    except InputError:
        pass


WORDS = st.text().map(str.strip).filter(lambda text: not check_text("", text))
CODES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
INSTANTS = st.none() | st.integers(0, 253_402_300_799)


NUMBERS = st.text("0123456789ABCXYZ", max_size=20)
CHAINS = st.lists(WORDS.filter(lambda text: text and ">" not in text), max_size=4).map(tuple)


@given(
    st.dictionaries(
        CODES,
        st.tuples(
            st.sampled_from(["active", "suspended", "struck"]),
            *(WORDS, NUMBERS, CHAINS, st.integers(0, 253_402_300_799), INSTANTS, WORDS),
        ),
        min_size=1,
    )
)
def test_what_is_exported_can_be_imported(records: dict[str, tuple[Any, ...]]) -> None:
    codes = [
        Code(
            code=code, state=CodeState(state), owner=owner, owner_id=number, chain=chain, registered_at=since,
            valid_until=until, why=why, rate=3.0,
        )
        for code, (state, owner, number, chain, since, until, why) in records.items()
    ]  # fmt: skip
    names = ("code", "state", "owner", "owner_id", "chain", "registered_at", "valid_from", "valid_until", "why")
    told = attrgetter(*names)
    assert list(map(told, parse(render(codes), ANY_SHAPE))) == list(map(told, codes))


def test_a_chain_and_a_number_that_are_none() -> None:
    for column, cell in (("owner_id", "1" * 65), ("chain", ">".join("a" * 17)), ("registered_at", "soon")):
        with pytest.raises(InputError) as caught:
            parse(f"code,{column}\n301150232,{cell}\n", ANY_SHAPE)
        assert [(fault.row, fault.column) for fault in caught.value.faults] == [(2, column)]
