"""From trace rows to a report, through the real store and the real request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from smppproxy.state.authority import Authority
from smppproxy.state.errors import InputError
from smppproxy.state.protocol import result_of
from smppproxy.state.stats.tally import Tally
from smppproxy.state.store import Store
from smppproxy.state.trace import TraceRow

NOON = 1_800_014_400.0  # 2027-01-15T12:00:00Z
DAY = 86_400.0
ROW = TraceRow(NOON, "t1", "acme", "smsc", 4, "301150232", "1588", bytes(16), b"", "forward", "", "", "", 0.0, 0, "",
               0.1)  # fmt: skip


@pytest.fixture
def counted(state_dir: Path, database: str, authority: Authority) -> Callable[..., None]:
    numbers = iter(range(100))

    def counted(*rows: TraceRow) -> None:
        tally = Tally(Store.open(database or state_dir, thorough=False), 9 * 3600)
        tally.add(f"000-{next(numbers)}", [(1, list(rows))])
        tally.close()

    return counted


def _ask(authority: Authority, first: str, last: str, **fields: Any) -> dict[str, Any]:
    answer = authority.service.dispatch({"do": "stats.report", "kind": "range", "first": first, "last": last, **fields})
    return msgspec.json.decode(msgspec.json.encode(result_of(answer)))  # as it comes through the socket


def _tables(answer: dict[str, Any]) -> dict[str, Any]:
    return {table["name"]: table for table in answer["tables"]}


def test_a_report(authority: Authority, counted: Callable[..., None]) -> None:
    authority.codes.add("301150232", who="t", owner="Example Shop")
    authority.codes.suspend("301150232", who="t")
    spam = ROW._replace(action="refuse", reason="text_gambling", label="gambling", upstream="", route="international")
    counted(ROW, ROW, spam, ROW._replace(at=NOON - DAY), ROW._replace(at=NOON - 40 * DAY))
    answer = _ask(authority, "2027-01-15", "2027-01-15")
    tables = _tables(answer)
    (reseller,) = tables["reseller"]["lines"]
    assert (reseller["key"], reseller["now"]["messages"], reseller["now"]["spam"]) == ("Example Shop", 3, 1)
    assert reseller["before"]["messages"] == 1
    assert [line["key"] for line in tables["route"]["lines"]] == ["international", "domestic"]
    assert answer["sanctions"] == [{"name": "code.suspend", "now": 1, "before": 0}]
    whole = _ask(authority, "2026-01-01", "2027-01-15")  # months where they are whole, else days
    assert _tables(whole)["relay"]["total"]["now"]["messages"] == 5
    assert [step["messages"] for step in whole["steps"]] == [0] * 11 + [1, 4]


def test_the_future_is_cut_off_and_a_range_runs_forward(authority: Authority) -> None:
    answer = _ask(authority, "2027-01-01", "2027-12-31")
    assert answer["last"] == "2027-01-15"
    with pytest.raises(InputError, match="before it begins"):
        _ask(authority, "2027-01-02", "2027-01-01")


def test_files_not_counted_yet_are_told(authority: Authority, state_dir: Path) -> None:
    (state_dir / "spool").mkdir()
    (state_dir / "spool" / "000-1-1.spool").touch()
    assert _ask(authority, "2027-01-15", "2027-01-15")["waiting"] == 1


def test_reports_of_people_are_counted_by_category(authority: Authority) -> None:
    with authority.store.transaction() as cursor:
        for number, (at, category) in enumerate([(NOON, "loan"), (NOON, ""), (NOON - DAY, "loan")]):
            cursor.execute(
                "INSERT INTO reports (mark, file, place, received, reported, label, category, channel, sender, origin, "
                "relay, recipient, text, text_day) VALUES (?, 1, 1, 0, ?, '', ?, 'SMS', '', '', '', ?, ?, '')",
                (bytes([number]), int(at), category, b"", b""),
            )
    assert _ask(authority, "2027-01-15", "2027-01-15")["reported"] == [
        {"name": "loan", "now": 1, "before": 1}, {"name": "", "now": 1, "before": 0},
    ]  # fmt: skip


def test_half_a_year_is_read_from_twelve_months_and_no_day(authority: Authority) -> None:
    asked: list[tuple[str, Any]] = []
    store = authority.store
    query = store.query

    def watched(sql: str, parameters: Any = ()) -> Any:
        asked.append((sql, parameters))
        return query(sql, parameters)

    store.query = watched  # type: ignore[method-assign]
    answer = result_of(
        authority.service.dispatch({"do": "stats.report", "kind": "half", "first": "2026-01-01", "last": "2026-06-30"})
    )
    assert answer["before_first"] == "2025-07-01"
    periods = [parameters for sql, parameters in asked if "FROM traffic_counts" in sql]
    assert [len(each) for each in periods] == [6, 6]
