"""Texts at rest: found by trace id and by fingerprint, unreadable without the key, dropped by the day."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state import sealed
from smppproxy.state.errors import NewerSchemaError, StoreError
from smppproxy.state.sealed import SealError
from smppproxy.state.texts import FOLDER, KeptText, TextStore

NOON = 1_800_014_400.0
DAY = 86_400.0


def _text(text: str, trace_id: str = "", at: float = NOON) -> KeptText:
    return KeptText(at, trace_id, text.encode().ljust(16, b".")[:16], b"s" * 64, text)


def _files(state_dir: Path) -> list[Path]:
    return sorted((state_dir / FOLDER).glob("*.db"))


def test_texts_are_found_and_sealed(state_dir: Path) -> None:
    store = TextStore(state_dir)
    assert (
        store.keep([_text("a secret", "t1"), _text("a secret"), _text("a secret"), _text("other", "t2", NOON - DAY)])
        == 4
    )
    assert store.keep([_text("never", "t3", float("inf"))]) == 0
    assert (store.of_trace("t1"), store.of_trace("t2"), store.of_trace("t3")) == ("a secret", "other", None)
    assert store.of_trace("") is None
    assert store.reported(b"a secret........") == "a secret"
    assert store.reported(b"other...........") is None
    assert store.alike(b"other...........") == "other"
    assert dict(store.signatures(NOON, NOON)) == {b"a secret........": b"s" * 64}
    for path in _files(state_dir):
        assert path.stat().st_mode & 0o777 == 0o600
        for part in path.parent.glob(path.name + "*"):
            assert b"a secret " not in part.read_bytes()
    with closing(sqlite3.connect(_files(state_dir)[1])) as connection:
        assert connection.execute("SELECT count(*) FROM texts").fetchone() == (2,)  # reported twice, kept once


def test_a_day_that_is_only_being_made_holds_nothing_yet(state_dir: Path) -> None:
    store = TextStore(state_dir)
    store.keep([_text("a", "t1", NOON - DAY)])
    begun = state_dir / FOLDER / "2027-01-15.db"
    begun.touch(mode=0o600)
    assert (store.of_trace("t1"), store.of_trace("t2")) == ("a", None)
    assert len(list(store.signatures(NOON - DAY, NOON))) == 1
    with closing(sqlite3.connect(begun, isolation_level=None)) as other:  # who is making it was a moment earlier
        other.execute("BEGIN IMMEDIATE")
        other.execute("CREATE TABLE texts (half)")
        assert store.of_trace("t2") is None
        other.execute("ROLLBACK")
    store.keep([_text("b", "t2")])
    assert store.of_trace("t2") == "b"


def test_days_are_dropped_whole(state_dir: Path) -> None:
    store = TextStore(state_dir)
    store.keep([_text("a", "t1"), _text("b", "t2", NOON - DAY)])
    assert store.drop_before(date(2027, 1, 15)) == ["2027-01-14"]
    assert (store.of_trace("t1"), store.of_trace("t2")) == ("a", None)


def test_keys_rotate(state_dir: Path) -> None:
    TextStore(state_dir).keep([_text("old", "t1")])
    sealed.rotate(state_dir)
    store = TextStore(state_dir)
    store.keep([_text("new", "t2")])
    assert (store.of_trace("t1"), store.of_trace("t2")) == ("old", "new")
    sealed.retire(state_dir)
    with pytest.raises(SealError, match="does not hold"):
        TextStore(state_dir).of_trace("t1")


def test_a_text_moved_to_another_row_does_not_open(state_dir: Path) -> None:
    store = TextStore(state_dir)
    store.keep([_text("a", "t1")])
    with closing(sqlite3.connect(_files(state_dir)[0])) as connection:
        connection.execute("UPDATE texts SET trace_id = 't2'")
        connection.commit()
    with pytest.raises(SealError, match="altered or moved"):
        store.of_trace("t2")


def test_a_damaged_or_newer_day_is_told(state_dir: Path) -> None:
    store = TextStore(state_dir)
    store.keep([_text("a", "t1")])
    (path,) = _files(state_dir)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(NewerSchemaError, match="newer"):
        store.keep([_text("b", "t2")])
    for part in path.parent.glob(path.name + "*"):
        part.unlink()
    path.write_bytes(b"no database" * 400)
    with pytest.raises(StoreError, match="damaged"):
        store.of_trace("t1")


@given(st.text())
def test_any_text_is_kept(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    store = TextStore(tmp_path_factory.mktemp("texts"))
    store.keep([_text("a", "t")._replace(text=text)])
    assert store.of_trace("t") == text.encode("utf-8", "replace").decode()
