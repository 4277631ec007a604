"""Statistics: the tables of a span, and the files the command line writes of it."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import pytest

from smppproxy.admin.desk import statistics
from smppproxy.state.stats.counting import Heading
from smppproxy.state.stats.recount import replace


@pytest.fixture(autouse=True)
def counted(authority: Any, do: Any) -> None:
    do("codes.add", code="301150232", owner="Shop <x>")
    new = {
        Heading("2027-01-14", "acme", "smsc", "301150232", "domestic", "loan", "refuse", "text_loan"): [5, 5],
        Heading("2027-01-14", "<i>", "", "", "international", "ham", "forward", ""): [15, 15],
    }
    with authority.store.transaction() as cursor:
        replace(cursor, date(2027, 1, 14), {}, new)


async def test_tables(vera: Any) -> None:
    await vera.get("/desk/statistics")
    for told in ("January 2027", "Messages 20 (new)", "Spam found 5 (new)", "acme 5 5 100.0 % new 5",
                 "301150232 Shop <x> 5 5", "text loan 5", "total 20 5 100.0 % new 5"):  # fmt: skip
        assert told in vera.text, told
    assert "&lt;i&gt;" in vera.page
    assert "<i>" not in vera.page
    assert "<svg" in vera.page
    assert 'href="/desk/codes/301150232"' in vera.page
    assert 'href="/desk/statistics.csv?month=2027-01"' in vera.page


@pytest.mark.parametrize(
    ("query", "told"),
    [("day=2027-01-14", "2027-01-14"), ("half=2027-H1", "H1 2027"), ("month=2026-12", "December 2026")],
)
async def test_spans(vera: Any, query: str, told: str) -> None:
    await vera.get(f"/desk/statistics?{query}")
    assert told in vera.text


async def test_files_are_those_of_the_command_line(vera: Any, do: Any) -> None:
    answer = await vera.get("/desk/statistics.csv?month=2027-01")
    assert answer.headers["content-disposition"] == 'attachment; filename="statistics-2027-01.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {"table": "relay", "key": "acme", "spam": "5"}.items() <= rows[0].items()
    data = json.loads((await vera.get("/desk/statistics.json?month=2027-01")).text)
    asked = do("stats.report", kind="month", first="2027-01-01", last="2027-01-31", utc_offset=9.0, top=50)
    assert data == json.loads(json.dumps(asked, default=str))
    page = await vera.get("/desk/statistics.html?half=2027-H1")
    assert page.text.startswith("<!doctype html>")
    assert "sandbox" in page.headers["content-security-policy"]


async def test_the_rest_of_a_long_table(vera: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "TOP", 1)
    await vera.get("/desk/statistics")
    assert "1 others 15 0 0.0 %" in vera.text


async def test_counting_now(vera: Any, backend: Any) -> None:
    await vera.get("/desk/statistics?day=2027-01-14")
    await vera.post("/desk/statistics?day=2027-01-14", act="settle")
    assert "All that was sent is counted." in vera.text
    assert "2027-01-14" in vera.text
    assert any(each["do"] == "trace.settle" for each in backend.asked)
