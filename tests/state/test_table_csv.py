"""CSV files in general: encodings, head lines, faults told at once."""

from __future__ import annotations

import pytest

from smppproxy.state.errors import InputError
from smppproxy.state.table_csv import Columns, RowError, decode, instant_cell, parse, text_cell

COLUMNS = Columns("name", ("why",), ("who",))


def _parse(text: str) -> list[tuple[int, dict[str, str]]]:
    return parse(text, COLUMNS, lambda line, cells: (line, cells), str.isdigit)


def test_rows_by_column() -> None:
    assert _parse("\ufeffWhy, NAME ,who\n x , a ,me\n\n") == [(2, {"why": "x", "name": "a", "who": "me"})]
    assert _parse("12\n34\n") == [(1, {"name": "12"}), (2, {"name": "34"})]
    assert _parse("") == []


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


def test_cells() -> None:
    assert text_cell(1, "why", "x") == "x"
    assert instant_cell(1, "until", "", end=True) is None
    assert instant_cell(1, "until", "1970-01-01", end=True) == 86_400
    for wrong in (lambda: text_cell(1, "why", "a\tb"), lambda: instant_cell(1, "until", "soon", end=True)):
        with pytest.raises(RowError):
            wrong()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_encodings(encoding: str) -> None:
    assert decode("이름\n".encode(encoding)) == "이름\n"


def test_what_is_no_text() -> None:
    with pytest.raises(InputError, match="line 2: neither"):
        decode(b"a\n\xff\xff")
    with pytest.raises(InputError, match="NUL"):
        decode(b"PK\0\0")
