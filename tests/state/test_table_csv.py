"""CSV files in general: encodings, head lines, faults told at once."""

from __future__ import annotations

from enum import StrEnum

import pytest

from smppproxy.state.errors import InputError
from smppproxy.state.table_csv import Cells, Columns, decode, parse

COLUMNS = Columns("name", ("why",), ("who",))


def _parse(text: str) -> list[tuple[int, dict[str, str]]]:
    def convert(cells: Cells) -> tuple[int, dict[str, str]]:
        return cells.line, {column: cells.get(column) for column in ("why", "name", "who") if column in cells}

    return parse(text, COLUMNS, convert, str.isdigit)


def test_rows_by_column() -> None:
    assert _parse("\ufeffWhy, NAME ,who\n x , a ,me\n\n") == [(2, {"why": "x", "name": "a", "who": "me"})]
    assert _parse("12\n34\n") == [(1, {"name": "12"}), (2, {"name": "34"})]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("why\nx\n", "`name` is not among them"),
        ("name,colour\na,b\n", "cannot be read"),
        ("name,name\na,b\n", "cannot be read"),
        ('name\n"a\n', "1 row is wrong"),
        ("name,why\na\nb\n", "2 rows are wrong"),
    ],
)
def test_faults(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        _parse(text)
    assert caught.value.faults


@pytest.mark.parametrize(("text", "told"), [("", "is empty"), ("\n \n", "is empty"), ("name,why\n\n", "no rows, only")])
def test_a_file_without_rows_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        _parse(text)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def test_cells() -> None:
    cells = Cells(7, {"why": "x", "until": "1970-01-01", "colour": "RED", "rate": "2", "empty": ""})
    assert (cells.text("why"), cells.text("empty", "y"), cells.text("absent")) == ("x", "y", "")
    assert (cells.instant("until", end=True), cells.instant("empty", end=True)) == (86_400, None)
    assert (cells.one_of("colour", Colour), cells.one_of("empty", Colour)) == (Colour.RED, None)
    assert (cells.read("rate", int, None), cells.read("absent", int, None)) == (2, None)
    assert cells.faults == []


def test_a_row_tells_all_its_faults() -> None:
    cells = Cells(7, {"why": "a\tb", "until": "soon", "colour": "green", "rate": "x"})
    cells.text("why")
    assert (cells.instant("until", end=True), cells.one_of("colour", Colour), cells.read("rate", int, 5)) == (
        None,
        None,
        5,
    )
    assert [(fault.row, fault.column) for fault in cells.faults] == [
        (7, "why"), (7, "until"), (7, "colour"), (7, "rate")
    ]  # fmt: skip
    assert "one of red, blue is expected" in str(cells.faults[2])


def test_rows_are_counted_not_faults() -> None:
    def convert(cells: Cells) -> None:
        cells.fault("name", "another name is expected")
        cells.fault("why", "a reason is expected")

    with pytest.raises(InputError, match="2 rows are wrong; nothing") as caught:
        parse("name,why\na,\nb,\n", COLUMNS, convert, str.isdigit)
    assert [str(fault) for fault in caught.value.faults][2:] == [
        "row 3, name: 'b': another name is expected", "row 3, why: a reason is expected"
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_encodings(encoding: str) -> None:
    assert decode("이름\n".encode(encoding)) == "이름\n"


def test_what_is_no_text() -> None:
    with pytest.raises(InputError, match="line 2: neither"):
        decode(b"a\n\xff\xff")
    with pytest.raises(InputError, match="NUL"):
        decode(b"PK\0\0")
