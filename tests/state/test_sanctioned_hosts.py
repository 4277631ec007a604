"""The list of hosts under sanction: its own kind, told to the books, and taken over from older stores."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from smppproxy.state import list_store
from smppproxy.state.authority import Authority
from smppproxy.state.errors import InputError
from smppproxy.state.list_files import Item
from smppproxy.state.list_keys import ListKind
from smppproxy.state.sanctions.hands import ListHand
from smppproxy.state.sqlite_store import APPLICATION_ID
from smppproxy.state.store import DATABASE, Store, migrations


def test_the_books_tell_of_them_without_a_search(authority: Authority, clock: Any) -> None:
    lists, books = authority.lists, authority.books.view(clock)

    def told() -> bool:
        books.refresh()
        return books.blocks_hosts

    lists.create("hosts", ListKind.HOST, who="cli:anna")
    lists.add("hosts", ["bad.top"], Item(), who="cli:anna")
    assert not told()
    lists.create("struck", ListKind.HOST_SANCTION, who="cli:anna")
    lists.add("struck", ["Slot.TOP"], Item("", "strike"), who="cli:anna")
    assert told()
    assert books.listed("host_sanction", "slot.top") is not None
    lists.remove("struck", ["slot.top"], who="cli:anna")
    assert not told()


def test_a_shortener_cannot_be_put_there_and_one_that_is_there_can_go(authority: Authority) -> None:
    authority.lists.create("struck", ListKind.HOST_SANCTION, who="cli:anna")
    hand = ListHand(authority.lists, "struck", ListKind.HOST_SANCTION, "")
    with pytest.raises(InputError, match=r"bit\.ly.*everybody's"):
        hand.check("bit.ly")
    with pytest.raises(InputError, match="everybody's"):
        authority.lists.add("struck", ["www.bit.ly"], Item(), who="cli:anna")
    assert hand.state("bit.ly") is None
    authority.lists.remove("struck", ["bit.ly"], who="cli:anna")


def test_a_list_of_an_older_store_becomes_one(tmp_path: Path) -> None:
    steps = migrations()
    older = next(place for place, step in enumerate(steps) if "host_sanction" in step)
    with sqlite3.connect(tmp_path / DATABASE) as connection:
        for step in steps[:older]:
            connection.executescript(step)
        connection.executemany(
            "INSERT INTO lists (name, kind, created_at) VALUES (?, ?, 1)",
            [("sanctioned-hosts", "host"), ("mine", "host"), ("sanctioned-texts", "text_cluster")],
        )
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {older}")
    connection.close()
    store = Store.open(tmp_path)
    try:
        kinds = {each.name: str(each.kind) for each in list_store.lists(store)}
    finally:
        store.close()
    assert kinds == {"mine": "host", "sanctioned-hosts": "host_sanction", "sanctioned-texts": "text_cluster"}
