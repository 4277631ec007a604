"""The writer of the books: tables beside that of the codes, and orders that would lose records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from filters.ports import ListEntry
from smppproxy.state.book_layout import FILE, LISTS, SENDERS, ListRow, key_of
from smppproxy.state.book_writer import BookWriter
from smppproxy.state.errors import BooksError
from smppproxy.state.ledger import Head

HOSTS = LISTS["host"]
ROW = ListRow("feed", "", None)
HEAD = Head(1, bytes(32))


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[BookWriter]:
    writer = BookWriter(tmp_path / FILE)
    yield writer
    writer.close()


def test_records_out_of_order_are_not_lost_in_silence(writer: BookWriter) -> None:
    with pytest.raises(BooksError, match="1 records came out of order"):
        writer.rebuild({HOSTS: lambda: [("b", ROW), ("a", ROW)]}, HEAD)
    assert writer.head() is None
    writer.apply([("b", ROW), ("a", ROW), ("c", None)], HEAD, HOSTS)
    books = writer.view()
    assert [books.listed("host", key) for key in "abc"] == [ListEntry("feed"), ListEntry("feed"), None]
    books.close()


def test_long_keys_are_hashed(writer: BookWriter) -> None:
    long = ["a" * 600, "a" * 601, "한" * 300]
    assert len({key_of(each) for each in long}) == 3
    writer.rebuild({HOSTS: lambda: [(each, ROW) for each in ["a", *long]]}, HEAD)
    books = writer.view()
    assert all(books.listed("host", each) for each in long)
    writer.apply([(long[0], None)], Head(2, bytes(32)), HOSTS)
    books.refresh()
    assert [bool(books.listed("host", each)) for each in long] == [False, True, True]
    books.close()


@pytest.mark.parametrize("key", ["", "\ud800"])
def test_what_is_no_text_is_not_there(writer: BookWriter, key: str) -> None:
    books = writer.view()
    assert books.listed("host", key) is None
    assert books.sender(key) is None
    books.close()


def test_tables_are_apart(writer: BookWriter) -> None:
    writer.apply([("a", ROW)], HEAD, HOSTS)
    books = writer.view()
    assert books.listed("url", "a") is None
    assert books.sender("a") is None
    assert SENDERS.name != HOSTS.name
    books.close()
