"""The ledger: a chain that shows every tampering."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppproxy.state import ledger
from smppproxy.state.errors import StoreError
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.store import DATABASE, Store

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
DRAFTS = st.builds(Draft, TEXT, TEXT, st.dictionaries(TEXT, TEXT | st.integers(-(2**53), 2**53) | st.none()), TEXT)


def _filled(directory: Path, entries: int = 5) -> Store:
    store = Store.open(directory)
    with store.transaction() as cursor:
        ledger.append(cursor, [Draft("code.add", f"code:{n}", {"n": n}) for n in range(entries)], who="test", at=1)
    return store


def _tamper(directory: Path, sql: str) -> None:
    connection = sqlite3.connect(directory / DATABASE)
    connection.executescript(f"DROP TRIGGER ledger_is_never_changed; DROP TRIGGER ledger_is_never_shortened; {sql}")
    connection.close()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(DRAFTS, max_size=4), max_size=4))
def test_whatever_is_recorded_verifies(tmp_path_factory: pytest.TempPathFactory, batches: list[list[Draft]]) -> None:
    store = Store.open(tmp_path_factory.mktemp("ledger"))
    for batch in batches:
        with store.transaction() as cursor:
            head = ledger.append(cursor, batch, who="someone", at=1)
        assert ledger.head(store) == head
    proof = ledger.verify(store)
    assert proof.fault == ""
    assert proof.entries == sum(map(len, batches)) == ledger.head(store).revision
    store.close()


def test_the_database_itself_refuses_changes(state_dir: Path) -> None:
    store = _filled(state_dir)
    for sql in ("UPDATE ledger SET who = 'x'", "DELETE FROM ledger"):
        with pytest.raises(StoreError, match="append-only"), store.transaction() as cursor:
            cursor.execute(sql)
    assert ledger.verify(store).entries == 5
    store.close()


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE ledger SET why = 'other' WHERE entry = 3", "entry 3 was altered"),
        ("UPDATE ledger SET hash = zeroblob(32) WHERE entry = 3", "entry 3 was altered"),
        ("UPDATE ledger SET previous = zeroblob(32) WHERE entry = 3", "entry 3 does not follow"),
        ("DELETE FROM ledger WHERE entry = 3", "entry 3 is missing"),
        ("UPDATE ledger SET entry = 9 WHERE entry = 5", "entry 5 is missing"),
    ],
)
def test_tampering_is_found(state_dir: Path, sql: str, fault: str) -> None:
    store = _filled(state_dir)
    _tamper(state_dir, sql)
    assert fault in ledger.verify(store).fault
    store.close()


def test_an_end_cut_off_is_found_by_a_head_kept_elsewhere(state_dir: Path) -> None:
    store = _filled(state_dir)
    known = ledger.head(store)
    _tamper(state_dir, "DELETE FROM ledger WHERE entry > 3")
    assert ledger.verify(store).fault == ""
    assert "entry 5 was seen earlier" in ledger.verify(store, known=known).fault
    assert "rewritten" in ledger.verify(store, known=Head(2, b"x" * 32)).fault
    store.close()


def test_history_is_newest_first_and_limited(state_dir: Path) -> None:
    store = _filled(state_dir)
    with store.transaction() as cursor:
        ledger.append(cursor, [Draft("code.suspend", "code:3", {}, "spam")], who="desk", at=2)
    assert [each.action for each in ledger.history(store, "code:3")] == ["code.suspend", "code.add"]
    assert [each.who for each in ledger.history(store, "code:3", limit=1)] == ["desk"]
    store.close()
