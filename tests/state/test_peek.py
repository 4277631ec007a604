"""A look into the store that leaves no mark."""

from __future__ import annotations

from pathlib import Path

from smppproxy.state.peek import peek
from smppproxy.state.store import DATABASE, Store

COUNT = "SELECT count(*) FROM codes"


def test_what_is_there(state_dir: Path, database: str) -> None:
    where = database or state_dir
    store = Store.open(where)
    with store.transaction() as cursor:
        cursor.execute("INSERT INTO codes (code, state, who, created_at, changed_at) VALUES ('1', 'active', 'x', 0, 0)")
        assert peek(where, COUNT) == [(0,)]
    assert peek(where, COUNT) == [(1,)]
    assert peek(where, "SELECT a FROM later") == []
    assert peek(where, "DELETE FROM codes") is None
    assert peek(where, COUNT) == [(1,)]
    store.close()


def test_what_is_not_there(tmp_path: Path) -> None:
    assert peek(tmp_path, COUNT) == []
    assert list(tmp_path.iterdir()) == []
    (tmp_path / DATABASE).write_bytes(b"no database " * 1000)
    assert peek(tmp_path, COUNT) is None
    assert peek("postgresql://nobody@127.0.0.1:1/db", COUNT) is None
    assert peek("postgresql://nobody@127.0.0.1:1/db?colour=red", COUNT) is None
