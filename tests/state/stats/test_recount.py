"""Counting anew: from the trace comes what was counted as it was moved, on both engines; the rest stays as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from smppproxy.state.authority import Authority
from smppproxy.state.spool import Spool
from smppproxy.state.stats import recount as recount_module
from smppproxy.state.stats.recount import counted, obstacle
from smppproxy.state.stats.tally import Tally
from smppproxy.state.store import Store
from smppproxy.state.trace import TraceRow
from smppproxy.state.trace_days import open_trace
from smppproxy.state.trace_mover import SPOOL, TraceMover

KST = 9 * 3600
DAY = 86_400.0
MIDNIGHT = 1_799_938_800.0  # 2027-01-15T00:00+09:00, 15:00 UTC of the day before
TODAY = date(2027, 1, 15)
TABLES = ("traffic_counts", "traffic_course")


def row(number: int, at: float, **more: Any) -> tuple[Any, ...]:
    reason = more.get("reason", "")
    return (at, f"t{number}", more.get("account", "acme"), "smsc", 4, more.get("code", "301150232"), "15881234",
            bytes(16), b"", "refuse" if reason else "forward", reason, "", "ham", 0.9, 0, f"{number:x}", 0.1,
            "domestic", more.get("segment", ""))  # fmt: skip


ROWS = [
    row(1, MIDNIGHT - 60),  # the day before
    row(2, MIDNIGHT),
    row(3, MIDNIGHT + 60, reason="text_gambling"),
    row(4, MIDNIGHT + 10 * 3600, account="other", segment="1/2"),
    row(5, MIDNIGHT + 10 * 3600, account="other", segment="2/2"),
    row(6, MIDNIGHT + DAY - 1, code="302190009"),
    row(7, MIDNIGHT + DAY),  # the day after
]


class Desk:
    """A trace that was moved and counted, and the authority beside it."""

    def __init__(self, state_dir: Path, database: str) -> None:
        self.state_dir, self.database = state_dir, database
        self.now = MIDNIGHT + 2 * DAY
        self.authority = Authority.take(state_dir, database=database, clock=lambda: self.now)
        self.where = database or state_dir
        self.move(ROWS)

    def move(self, rows: list[tuple[Any, ...]]) -> None:
        spool = Spool(self.state_dir / SPOOL, 0, self.now)
        spool.write(rows)
        spool.close(self.now)
        tally = Tally(Store.open(self.where), KST)
        with closing(TraceMover(self.state_dir, database=self.database, tally=tally)) as mover:
            while mover.move(self.now):
                pass

    def table(self, name: str) -> list[Any]:
        return sorted(tuple(each) for each in self.authority.store.query(f"SELECT * FROM {name}"))

    def everything(self) -> list[list[Any]]:
        return [self.table(name) for name in TABLES]

    def recount(self, day: date = TODAY, **more: Any) -> dict[str, Any]:
        with closing(open_trace(self.state_dir, self.database)) as trace:
            counts = counted(trace, day, KST)
        text = json.dumps([(*heading[1:], *pair) for heading, pair in counts.items()])
        said = self.authority.service.dispatch(
            {"do": "stats.recount", "who": "cli:anna", "day": day.isoformat(), "text": text, **more}
        )
        result = said.get("result", said)
        return {key: result[key] for key in ("before", "after", "changed")}


@pytest.fixture
def desk(tmp_path: Path, database: str) -> Iterator[Desk]:
    desk = Desk(tmp_path / "var", database)
    yield desk
    desk.authority.close()


def ledger_of(desk: Desk) -> list[Any]:
    return desk.authority.store.query("SELECT subject, who FROM ledger WHERE action = 'stats.recount'")


def test_what_was_counted_right_stays_as_it_is(desk: Desk) -> None:
    before = desk.everything()
    assert desk.recount() == {"before": 4, "after": 4, "changed": False}
    assert desk.everything() == before
    assert ledger_of(desk) == []


def test_what_was_never_counted_comes_from_the_trace(desk: Desk) -> None:
    right = desk.everything()
    with desk.authority.store.transaction() as cursor:  # as of a version that moved rows and counted none
        for name in TABLES:
            cursor.execute(f"DELETE FROM {name}")
    assert desk.recount(dry_run=True) == {"before": 0, "after": 4, "changed": True}
    assert desk.everything() == [[], []]
    for day in (14, 15, 16):
        desk.recount(date(2027, 1, day))
    assert desk.everything() == right
    assert desk.recount() == {"before": 4, "after": 4, "changed": False}
    assert [subject for subject, _ in ledger_of(desk)] == [f"stats:2027-01-{day}" for day in (14, 15, 16)]


def test_what_was_counted_wrong_is_replaced_in_the_month_too(desk: Desk) -> None:
    right = desk.everything()
    tally = Tally(Store.open(desk.where), KST)
    tally.add("twice", [(1, [TraceRow(*each) for each in ROWS[1:3]])])
    tally.close()
    assert desk.everything() != right
    assert desk.recount(why="a file was counted twice") == {"before": 6, "after": 4, "changed": True}
    assert desk.everything() == right


def test_codes_beyond_a_day_s_limit_are_counted_as_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recount_module, "CODES_LIMIT", 1)
    desk.recount()
    rows = desk.authority.store.query("SELECT DISTINCT code FROM traffic_counts WHERE period = '2027-01-15'")
    assert sorted(code for (code,) in rows) == ["*", "301150232"]


def test_wrong_requests_are_refused(desk: Desk) -> None:
    for text in ("[[1]]", "{}", "nonsense"):
        answer = desk.authority.service.dispatch(
            {"do": "stats.recount", "who": "cli:anna", "day": "2027-01-15", "text": text}
        )
        assert "error" in answer
    assert ledger_of(desk) == []


@pytest.mark.parametrize(
    ("day", "after", "said"),
    [
        (TODAY, DAY + 3599, "not over for an hour"),
        (TODAY, DAY + 3600, ""),
        (TODAY, 0, "not over for an hour"),
        (date(2027, 1, 13), DAY + 3600, "does not reach back"),
        (date(2024, 1, 1), DAY + 3600, "by month only"),
    ],
)
def test_days_that_cannot_be_counted_anew(tmp_path: Path, day: date, after: float, said: str) -> None:
    there = ["2027-01-13", "2027-01-14", "2027-01-15"]
    told = obstacle(day, there, tmp_path, KST, MIDNIGHT + after)
    assert told == "" if not said else said in told


def test_rows_that_wait_in_the_spool_stand_in_the_way(tmp_path: Path) -> None:
    def told() -> str:
        return obstacle(TODAY, ["2027-01-14"], tmp_path, KST, MIDNIGHT + 2 * DAY)

    assert told() == ""
    (tmp_path / f"000-{int((MIDNIGHT + DAY) * 1000):015d}-000000.open").touch()
    assert "1 files" in told()
    (tmp_path / f"001-{int((MIDNIGHT + DAY + 3600) * 1000):015d}-000000.open").touch()  # begun too late for that day
    assert "1 files" in told()


def test_without_a_trace_nothing_is_counted_anew(tmp_path: Path) -> None:
    assert "does not reach back" in obstacle(TODAY, [], tmp_path, KST, MIDNIGHT + 2 * DAY)
