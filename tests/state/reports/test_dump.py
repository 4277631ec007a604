"""The dump: its records, and every way a file can be less than it should be."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state.reports import dump
from smppproxy.state.reports.dump import read
from smppproxy.state.reports.record import Reject, Report

SOL, SEP, EOL = "[(KISA:SOL)]", "[(KISA)]", "[(KISA:EOL)]"
HEAD = "received[(KISA)]reported[(KISA)]type[(KISA)]text[(KISA)]title\n"


def _record(*fields: str) -> str:
    return SOL + SEP.join(fields) + EOL + "\n"


def _read(text: str | bytes, encoding: str = "utf-8") -> list[Report | Reject]:
    return list(read(io.BytesIO(text if isinstance(text, bytes) else text.encode(encoding))))


GOOD = ("202702011530", "202702011600", "도박", "첫 줄\n둘째 줄", "SMS/-")


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_a_record(encoding: str) -> None:
    (report,) = _read(HEAD + _record(*GOOD), encoding)
    assert isinstance(report, Report)
    assert report.received == int(datetime(2027, 2, 1, 6, 30, tzinfo=UTC).timestamp())
    assert report.reported - report.received == 1800
    assert (report.label, report.category, report.text, report.channel) == ("도박", "gambling", GOOD[3], "SMS/-")
    assert (report.place, report.sender, report.recipient) == (2, "", "")


def test_times_come_in_either_order() -> None:
    one, other = _read(_record(*GOOD) + _record(GOOD[1], GOOD[0], *GOOD[2:]))
    assert isinstance(one, Report)
    assert isinstance(other, Report)
    assert (one.received, one.reported) == (other.received, other.reported)


@pytest.mark.parametrize(
    ("fields", "text", "tail"),
    [
        (GOOD[:4], GOOD[3], ""),  # no tail
        ((*GOOD, ""), GOOD[3], "SMS/-"),  # one separator more
        ((*GOOD[:3], "a", "b", "SMS"), f"a{SEP}b", "SMS"),  # the text holds a separator
    ],
)
def test_the_last_separator_is_there_or_not(fields: tuple[str, ...], text: str, tail: str) -> None:
    (report,) = _read(_record(*fields))
    assert isinstance(report, Report)
    assert (report.text, report.channel) == (text, tail)


def test_records_that_are_wrong_are_told_with_their_lines() -> None:
    text = HEAD + _record("yesterday", *GOOD[1:]) + _record(*GOOD) + _record("202702011530", "x") + _record(*GOOD)
    wrong, first, short, second = _read(text)
    assert isinstance(wrong, Reject)
    assert isinstance(short, Reject)
    assert (wrong.place, first.place, short.place, second.place) == (2, 4, 6, 7)
    assert "'yesterday' is no time" in wrong.expected
    assert "these are 2 fields" in short.expected


def test_a_file_that_was_cut_off_tells_its_last_record() -> None:
    report, half = _read((HEAD + _record(*GOOD) * 2)[:-30])
    assert isinstance(report, Report)
    assert isinstance(half, Reject)
    assert "cut off" in half.expected


def test_a_record_without_its_end_is_told_and_the_next_one_read() -> None:
    lost, report = _read(SOL + SEP.join(GOOD) + "\n" + _record(*GOOD))
    assert isinstance(lost, Reject)
    assert "no end" in lost.expected
    assert isinstance(report, Report)
    assert (lost.place, report.place) == (1, 3)
    (stray,) = _read("nothing" + EOL)
    assert isinstance(stray, Reject)


def test_each_record_is_decoded_by_itself() -> None:
    mixed = _record(*GOOD).encode() + _record(*GOOD).encode("cp949") + SOL.encode() + b"\xff\xff" + EOL.encode()
    one, other, neither = _read(mixed)
    assert isinstance(one, Report)
    assert isinstance(other, Report)
    assert one.text == other.text
    assert isinstance(neither, Reject)
    assert neither.expected == "neither UTF-8 nor CP949"


def test_a_record_that_never_ends_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dump, "READ", 64)
    monkeypatch.setattr(dump, "RECORD_LIMIT", 300)
    long, report = _read(SOL + "long\n" * 1000 + EOL + _record(*GOOD))
    assert isinstance(long, Reject)
    assert "octets at most" in long.expected
    assert isinstance(report, Report)
    assert (long.place, report.place) == (1, 1001)
    (half,) = _read(SOL + "long\n" * 1000)
    assert isinstance(half, Reject)
    assert "cut off" in half.expected


@given(st.binary(max_size=400), st.integers(1, 40))
def test_garbage_is_read_alike_however_it_comes(octets: bytes, piece: int) -> None:
    parts = [SOL.encode(), SEP.encode(), EOL.encode(), b"202702011530", b"\n"]
    for at, part in enumerate(parts):
        octets = octets.replace(bytes([at]), part)
    whole = _read(octets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dump, "READ", piece)
        assert _read(octets) == whole
    assert all(isinstance(each, (Report, Reject)) for each in whole)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["202702011530", "20270201153000", ""]),
            st.sampled_from(["도박", "비스팸", "nobody knows"]),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="[\0"), max_size=30),
        ),
        max_size=8,
    )
)
def test_what_is_written_is_read(rows: list[tuple[str, str, str]]) -> None:
    found = _read(HEAD + "".join(_record(at, at, label, text, "SMS") for at, label, text in rows))
    assert [each.text for each in found if isinstance(each, Report)] == [text.strip() for _, _, text in rows]
