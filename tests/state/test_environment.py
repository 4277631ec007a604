"""LMDB environments: opened with care, grown to a limit."""

from __future__ import annotations

from pathlib import Path

import pytest

from smppproxy.state import environment
from smppproxy.state.environment import adopt_growth, grow, lock_of, open_environment, remove
from smppproxy.state.errors import BooksError


def test_born_private_and_removed_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.lmdb"
    open_environment(path, writable=True).close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert lock_of(path).exists()
    remove(path)
    assert list(tmp_path.iterdir()) == []
    remove(path)


def test_readers_create_nothing(tmp_path: Path) -> None:
    with pytest.raises(BooksError, match=r"x\.lmdb: No such file"):
        open_environment(tmp_path / "x.lmdb", writable=False)
    assert not (tmp_path / "x.lmdb").exists()


def test_opened_once_in_a_process(tmp_path: Path) -> None:
    first = open_environment(tmp_path / "x.lmdb", writable=True)
    with pytest.raises(BooksError, match="already open in this process"):
        open_environment(tmp_path / "x.lmdb", writable=False)
    first.close()


def test_grown_by_doubling_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "MAP_START", 1 << 20)
    opened = open_environment(tmp_path / "x.lmdb", writable=True)
    sizes = []
    while grow(opened, 3 << 20):
        sizes.append(opened.info()["map_size"])
    assert sizes == [2 << 20, 3 << 20]
    adopt_growth(opened)
    opened.close()


def test_a_file_that_vanishes_while_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.lmdb"
    open_environment(path, writable=True).close()
    stat = Path.stat

    def gone(self: Path, **given: bool) -> object:
        if self == path:
            raise FileNotFoundError(2, "No such file or directory")
        return stat(self, **given)

    monkeypatch.setattr(Path, "stat", gone)
    with pytest.raises(BooksError, match="No such file"):
        open_environment(path, writable=False)
    monkeypatch.undo()
    open_environment(path, writable=False).close()
