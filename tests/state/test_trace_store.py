"""A day of the trace: rows and positions, both or neither."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from smppproxy.state.errors import StoreError
from smppproxy.state.trace import FIELDS
from smppproxy.state.trace_partition import Partition
from smppproxy.state.trace_store import day_of, days, drop_before

ROW: tuple[Any, ...] = tuple(0 for _ in FIELDS)


def test_rows_and_position_come_together(tmp_path: Path) -> None:
    day = Partition(tmp_path, "2027-01-15")
    assert day.position("a") == 0
    day.write([ROW, ROW], "a", 100)
    assert day.position("a") == 100
    with pytest.raises(StoreError, match=r"2027-01-15\.db"):
        day.write([ROW, ROW[:3]], "a", 200)
    assert day.position("a") == 100
    day.close()
    again = Partition(tmp_path, "2027-01-15")
    assert again.position("a") == 100
    assert not again.sealed
    again.seal()
    again.seal()
    assert again.sealed
    again.close()


def test_days_are_what_looks_like_days(tmp_path: Path) -> None:
    Partition(tmp_path, "2027-01-15").close()
    (tmp_path / "trace" / "notes.db").touch()
    assert list(days(tmp_path)) == ["2027-01-15"]
    assert drop_before(tmp_path, date(2027, 1, 15)) == []
    assert drop_before(tmp_path, date(2027, 1, 16)) == ["2027-01-15"]
    assert (tmp_path / "trace" / "notes.db").exists()


def test_a_day_that_cannot_be_deleted_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Partition(tmp_path, "2027-01-15").close()

    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(StoreError, match="cannot be deleted: Permission denied"):
        drop_before(tmp_path, date(2028, 1, 1))


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "trace").mkdir()
    (tmp_path / "trace" / "2027-01-15.db").mkdir()
    with pytest.raises(StoreError, match=r"2027-01-15\.db"):
        Partition(tmp_path, "2027-01-15")


def test_the_day_is_that_of_utc() -> None:
    assert (day_of(0), day_of(86_399.9), day_of(86_400)) == ("1970-01-01", "1970-01-01", "1970-01-02")
