"""The authority: books that always stand for the store, whatever happened between two starts."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from smppproxy.state import ledger
from smppproxy.state.authority import Authority
from smppproxy.state.errors import BusyError, CorruptStoreError, StoreError
from smppproxy.state.lock import ControlLock
from smppproxy.state.store import DATABASE, Store

A, B = "301150232", "301210079"

Take = Callable[[], Authority]

of_files = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For tests that do something to the files of SQLite."""


def test_only_one(authority: Authority, take: Take) -> None:
    with pytest.raises(BusyError):
        take()
    authority.close()
    take()


def test_books_lost_are_rebuilt(take: Take, state_dir: Path) -> None:
    first = take()
    first.codes.add(A, who="test")
    first.close()
    (state_dir / "books.lmdb").unlink()
    again = take()
    assert again.books.view().code(A) is not None


def test_books_that_missed_a_change_are_rebuilt(take: Take, state_dir: Path) -> None:
    first = take()
    first.codes.add(A, who="test")
    first.close()
    kept = state_dir.with_name("kept")
    shutil.copytree(state_dir, kept)
    second = take()
    second.codes.add(B, who="test")
    second.close()
    shutil.copy(kept / "books.lmdb", state_dir / "books.lmdb")
    third = take()
    assert third.books.view().code(B) is not None


@of_files
def test_a_restored_backup_counts(take: Take, state_dir: Path) -> None:
    first = take()
    first.codes.add(A, who="test")
    first.close()
    backup = (state_dir / DATABASE).read_bytes()
    second = take()
    second.codes.remove(A, who="test")
    second.codes.add(B, who="test")
    second.close()
    (state_dir / DATABASE).write_bytes(backup)
    third = take()
    books = third.books.view()
    assert books.code(A) is not None
    assert books.code(B) is None
    assert third.books.head() == ledger.head(third.store)


@of_files
def test_a_lost_database_is_not_replaced_by_an_empty_one(take: Take, state_dir: Path) -> None:
    first = take()
    first.codes.add(A, who="test")
    first.close()
    (state_dir / DATABASE).unlink()
    for _ in range(2):
        with pytest.raises(StoreError, match=r"stand for 1 changes: it was lost.* move books\.lmdb away"):
            take()
    ControlLock.take(state_dir).release()  # nothing was left locked


@of_files
def test_a_damaged_database_is_named_and_the_books_serve_on(take: Take, state_dir: Path) -> None:
    first = take()
    first.codes.add(A, who="test")
    first.close()
    (state_dir / DATABASE).write_bytes(b"no database, " * 1000)
    with pytest.raises(CorruptStoreError, match="restore a backup"):
        take()
    assert (state_dir / "books.lmdb").stat().st_size > 0


@of_files
def test_a_change_made_past_the_registry_is_not_shown_as_ours(take: Take, state_dir: Path) -> None:
    first = take()
    first.codes.add(A, who="test")
    first.close()
    connection = sqlite3.connect(state_dir / DATABASE)
    connection.executescript("DROP TRIGGER ledger_is_never_changed; UPDATE ledger SET who = 'nobody'")
    connection.close()
    store = Store.open(state_dir)
    assert "altered" in ledger.verify(store).fault
    store.close()
