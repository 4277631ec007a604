"""The page: whole, well-formed, without a script, in both languages; nothing a peer wrote becomes markup."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from xml.etree import ElementTree

import msgspec
import pytest

from smppproxy.admin.report.page import changed, page, percent
from smppproxy.admin.report.words import Language, Words
from smppproxy.state.stats.report import Report, Row, tables

EN, KO = Words(Language.EN), Words(Language.KO)


class Balanced(HTMLParser):
    """Raises where tags do not match."""

    VOID = frozenset({"meta"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("words", [EN, KO])
def test_the_page_is_whole(report: Report, words: Words) -> None:
    html = page(report, words, "Example <Telecom>")
    parser = Balanced()
    parser.feed(html)
    assert parser.open == []
    assert "script" not in parser.tags
    assert not re.search(r"(?:src|href)=|url\(|@import", html)
    assert "Example &lt;Telecom&gt;" in html
    assert "&lt;b&gt;&amp;&quot;O&#x27;Neil" in html
    assert "<b>&" not in html
    for svg in re.findall(r"<svg.*?</svg>", html):
        ElementTree.fromstring(svg)
    assert html.count("<svg") == 3


def test_both_languages(report: Report) -> None:
    english, korean = page(report, EN), page(report, KO)
    assert "October 2026 (2026-10-01 – 2026-10-31)" in english
    assert "2026년 10월 (2026-10-01 – 2026-10-31)" in korean
    for word in ("Spam distribution report", "gambling", "codes suspended", "2 files of the trace", "70 others"):
        assert word in english
    for word in ("스팸 유통현황", "도박", "불법대출", "식별코드 정지", "국외 발송", "그 외 70", 'lang="ko"'):
        assert word in korean
    assert not re.search(r"[가-힣]", english)


def test_an_empty_report_says_so(report: Report) -> None:
    empty = msgspec.structs.replace(report, tables=tables([], [], {}), steps=(), reported=(), sanctions=(), waiting=0)
    assert EN("none") in page(empty, EN)
    assert "<table" not in page(empty, EN)


def test_owners_stand_there_where_any_is_known(report: Report) -> None:
    row = Row("reseller1", "", "301150232", "domestic", "loan", "refuse", "text_loan", 7, 1)
    nobody = msgspec.structs.replace(report, tables=tables([row], [], {}))
    assert "301150232" in page(nobody, EN)
    assert EN("owner") not in page(nobody, EN)
    assert EN("owner") in page(msgspec.structs.replace(report, tables=tables([row], [], {"301150232": "ACME"})), EN)


def test_names_of_spans(report: Report) -> None:
    half = msgspec.structs.replace(report, kind="half", first=date(2026, 7, 1), last=date(2026, 12, 31))
    assert (EN.span(half), KO.span(half)[:9]) == ("H2 2026 (2026-07-01 – 2026-12-31)", "2026년 하반기")
    day = msgspec.structs.replace(report, kind="day", last=report.first)
    assert EN.span(day) == "2026-10-01"


def test_numbers_for_people() -> None:
    assert (percent(0.5), percent(0.0042), percent(0)) == ("50.0 %", "0.42 %", "0.0 %")
    assert [changed(*pair, EN) for pair in ((3, 2), (2, 3), (2, 2), (2, 0), (0, 0))] == [
        "+50.0 %", "−33.3 %", "±0.0 %", "new", "–",
    ]  # fmt: skip
