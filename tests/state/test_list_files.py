"""Files of lists: formats told apart, what is read of them, and rows that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state.errors import InputError
from smppproxy.state.list_files import Format, Item, detect, parse, render
from smppproxy.state.list_keys import Keys, ListKind, read_host, read_pattern, read_url
from smppproxy.state.pseudonyms import Pseudonymiser

HOST = ListKind.HOST


@pytest.mark.parametrize(
    ("text", "kind", "form"),
    [
        ("# list\n0.0.0.0 a.example\n", HOST, Format.HOSTS),
        ("::1 a.example\n", HOST, Format.HOSTS),
        ("a.example\n", HOST, Format.PLAIN),
        ("Host,reason\na.example,x\n", HOST, Format.CSV),
        ("domain\na.example\n", HOST, Format.CSV),
        ("casino, bonus\n", ListKind.PATTERN, Format.PLAIN),
        ("", HOST, Format.PLAIN),
    ],
)
def test_formats_are_told_apart(text: str, kind: ListKind, form: Format) -> None:
    assert detect(text, kind) is form


def test_a_hosts_file() -> None:
    text = "127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 0.0.0.0\n# bad ones\n0.0.0.0 A.example b.example # both\n\n"
    assert set(parse(text, HOST, read_host, Format.AUTO, Item("feed"))) == {"a.example", "b.example"}


def test_plain_text_and_its_comments() -> None:
    assert set(parse("#x\na.example # why\n\n b.example\n", HOST, read_host, Format.AUTO, Item())) == {
        "a.example",
        "b.example",
    }
    patterns = parse("# x\nwin # 1\n", ListKind.PATTERN, read_pattern, Format.AUTO, Item())
    assert set(patterns) == {"win # 1"}


def test_csv_says_more_and_the_rest_is_filled() -> None:
    text = "\ufeffhost,source,expires\na.example,kisa,2027-01-31\nb.example,,\n"
    found = parse(text, HOST, read_host, Format.AUTO, Item("feed", "phish", 7))
    assert found == {"a.example": Item("kisa", "phish", 1801440000), "b.example": Item("feed", "phish", 7)}


@pytest.mark.parametrize(
    ("text", "row", "told"),
    [
        ("host\nx\n", 2, "a dot"),
        ("host,source\na.example,x\nA.example,y\n", 3, "earlier row"),
        ("host,expires\na.example,soon\n", 2, "2026-12-31"),
        ("host,colour\na.example,red\n", 1, "no such column"),
        ("a.example\nhttp://b.example/x\n", 2, "without a scheme"),
    ],
)
def test_rows_that_are_wrong(text: str, row: int, told: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, HOST, read_host, Format.AUTO, Item())
    (fault,) = caught.value.faults
    assert fault.row == row
    assert told in fault.expected


def test_a_file_of_the_wrong_kind_shows_a_hundred_faults() -> None:
    with pytest.raises(InputError, match="150 rows") as caught:
        parse("a b\n" * 150, HOST, read_host, Format.AUTO, Item())
    assert len(caught.value.faults) == 100


def test_all_faults_of_a_row_are_told() -> None:
    with pytest.raises(InputError, match="1 row is wrong") as caught:
        parse(f"entry,source,expires\na b,{'x' * 501},soon\n", HOST, read_host, Format.AUTO, Item())
    assert [fault.column for fault in caught.value.faults] == ["entry", "source", "expires"]
    with pytest.raises(InputError, match="holds no rows"):
        parse("entry,source\n", HOST, read_host, Format.AUTO, Item())


@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}\.example", fullmatch=True), st.booleans(), min_size=1))
def test_what_is_written_is_read(hosts: dict[str, bool]) -> None:
    items = {
        host: Item("a,b" if odd else "", 'say "x"' if odd else "", 5 if odd else None) for host, odd in hosts.items()
    }
    text = "".join(render(HOST, items.items()))
    assert parse(text, HOST, read_host, Format.AUTO, Item()) == items


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Example.COM.", "example.com"),
        ("*.example.com", "example.com"),
        ("예시.한국", "xn--vv4b11d.xn--3e0b707e"),
        ("1.2.3.4", "1.2.3.4"),
        ("0x7f.1.", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("a_b.example", "a_b.example"),
    ],
)
def test_hosts(text: str, host: str) -> None:
    assert read_host(text) == host


@pytest.mark.parametrize("text", ["", "com", "a b.c", "http://a.example", "a.example/x", "a..", "xn--a.example" * 30])
def test_what_is_no_host(text: str) -> None:
    with pytest.raises(ValueError):
        read_host(text)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://A.example:8443/B/?q=1#x", "a.example/B"),
        ("a.example/한", "a.example/%ED%95%9C"),
        ("a.example", "a.example"),
        ("hxxp://a.example/x/../y", "a.example/y"),
    ],
)
def test_urls(text: str, url: str) -> None:
    assert read_url(text) == url


@pytest.mark.parametrize("text", ["", "x" * 3000, "nodot/x", "http://[::1"])
def test_what_is_no_url(text: str) -> None:
    with pytest.raises(ValueError):
        read_url(text)


def test_patterns() -> None:
    assert read_pattern("casino") == "casino"
    assert read_pattern("text:re:x") == "text:re:x"
    assert read_pattern("text:xy") == "xy"
    assert read_pattern(r"re:ca+sino") == r"re:ca+sino"
    assert read_pattern("x", old=True) == "x"  # it can be taken out of the list it came into earlier
    for wrong in ("re:(", r"re:(a)\1", " ", "x" * 501, "x", "re:a*"):
        with pytest.raises(ValueError):
            read_pattern(wrong)


def test_numbers_and_recipients(tmp_path: Path) -> None:
    keys = Keys(lambda: Pseudonymiser.load(tmp_path))
    assert keys.reader(ListKind.SENDER_BLACKLIST)("010-2345-6789") == "821023456789"
    recipient = keys.reader(ListKind.RECIPIENT_OPTOUT)
    assert recipient("010-2345-6789") == recipient("+821023456789") != recipient("01023456780")
    assert recipient("#" + "a" * 32) == "a" * 32
    for wrong in ("#12", "7777", ""):
        with pytest.raises(ValueError):
            recipient(wrong)


@given(st.text(max_size=60))
def test_nothing_raises_anything_else(text: str) -> None:
    for read in (read_host, read_url, read_pattern):
        try:
            assert read(text)
        except ValueError:
            pass
