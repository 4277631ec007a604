"""The spreadsheet: columns by name, rows that are wrong told one by one, files that are wrong told as a whole."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from smppproxy.state.errors import InputError
from smppproxy.state.reports.files import Form, digest_of, form_of, reports
from smppproxy.state.reports.record import Reject, Report

COLUMNS = ["seq", "신고유형", "스팸유형", "회신번호", "원발신번호", "중계사", "수신시간", "신고시간", "메시지",
           "메시지 타입", "저장시간", "파일이름"]  # fmt: skip
ROW = ["1", "문자", "도박", "010-1234-5678", "00000000000", "Relay", "2027-02-01 15:30:00", "2027-02-01 16:00:00",
       "첫 줄\n둘째 줄", "SMS", "2027-02-02", ""]  # fmt: skip


def _csv(path: Path, *rows: list[str], encoding: str = "utf-8") -> Path:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def _xlsx(path: Path, *rows: list[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_a_table_under_a_title(tmp_path: Path, encoding: str) -> None:
    (report,) = reports(_csv(tmp_path / "a.csv", ["신고 내역"], COLUMNS, ROW, encoding=encoding))
    assert isinstance(report, Report)
    assert (report.sender, report.origin, report.relay, report.number) == ("821012345678", "", "Relay", "1")
    assert (report.reported - report.received, report.channel, report.text) == (1800, "문자 SMS", ROW[8])
    assert (report.place, report.category, report.counts) == (3, "gambling", True)


def test_a_workbook(tmp_path: Path) -> None:
    moment = datetime(2027, 2, 1, 15, 30)
    row: list[Any] = [1, "음성", "비스팸", 1012345678, 0, None, moment, moment, "말", "SMS"]
    path = _xlsx(tmp_path / "a.xlsx", ["신고 내역"], COLUMNS, row, [None] * 5, [*row[:6], "soon", *row[7:]])
    report, reject = reports(path)
    assert form_of(path) is Form.XLSX
    assert isinstance(report, Report)
    assert (report.sender, report.origin, report.category, report.counts) == ("821012345678", "", "ham", False)
    assert isinstance(reject, Reject)
    assert (reject.place, "'soon' is no time" in reject.expected) == (5, True)


def test_rows_that_are_wrong_are_told_and_the_others_read(tmp_path: Path) -> None:
    path = _csv(tmp_path / "a.csv", COLUMNS, ROW, ROW[:4], [*ROW[:6], "2027-13-01", *ROW[7:]], ROW)
    found = list(reports(path))
    assert [type(each) for each in found] == [Report, Reject, Reject, Report]
    assert [each.place for each in found] == [2, 4, 5, 7]


def test_a_row_in_another_encoding_is_read(tmp_path: Path) -> None:
    path = _csv(tmp_path / "a.csv", COLUMNS, ROW)
    line = ",".join([*ROW[:8], "말", "SMS", "", ""])
    path.write_bytes(path.read_bytes() + line.encode("cp949") + b"\r\n" + b"1,\xff\xff,c,d,e,f,,,t,SMS,,\r\n")
    _, other, neither = reports(path)
    assert isinstance(other, Report)
    assert (other.text, other.label) == ("말", "도박")
    assert isinstance(neither, Reject)
    assert neither.expected == "neither UTF-8 nor CP949"


def test_half_a_row_is_told(tmp_path: Path) -> None:
    path = _csv(tmp_path / "a.csv", COLUMNS, ROW, ROW)
    path.write_bytes(path.read_bytes()[:-60])
    found = list(reports(path))
    assert [type(each) for each in found] == [Report, Reject]


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9, "before 2007"),
        (b"\x00\x01\x02" * 9, "neither a dump"),
        (b"one,two\n1,2\n", "name the columns"),
        (b"one,two\n" * 20, "name the columns"),
        (b"PK\x03\x04" + b"x" * 99, "damaged"),
        ("메시지".encode("utf-16")[:-1], "name the columns"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, octets: bytes, told: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(octets)
    with pytest.raises(InputError, match=told):
        list(reports(path))


def test_half_a_workbook_is_told(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "a.xlsx", COLUMNS, *[ROW] * 50)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="cut off"):
        list(reports(path))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for act in (digest_of, lambda path: list(reports(path))):
        with pytest.raises(InputError, match="No such file"):
            act(tmp_path / "none")


@given(st.binary(max_size=300))
def test_garbage_raises_what_is_documented(tmp_path_factory: pytest.TempPathFactory, octets: bytes) -> None:
    path = tmp_path_factory.mktemp("garbage") / "a"
    for head in (b"", ",".join(COLUMNS).encode() + b"\n", b"PK\x03\x04"):
        path.write_bytes(head + octets)
        try:
            assert all(isinstance(each, (Report, Reject)) for each in reports(path))
        except InputError:
            pass


@given(st.lists(st.lists(st.text(max_size=12), min_size=12, max_size=12), max_size=5))
def test_any_table_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("table") / "a.csv"
    out = io.StringIO(newline="")
    csv.writer(out).writerows([COLUMNS, *rows])
    path.write_bytes(out.getvalue().encode("utf-8", "surrogatepass"))
    found = list(reports(path))
    assert len(found) <= len(rows)
