"""The keeper of reports asks for what is over its time, as the newest configuration has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from smppproxy.app.report_keeper import ReportKeeper
from smppproxy.state.authority import Authority

NOON = 1_800_014_400.0
DAY = 86_400.0


async def test_a_file_goes_when_its_days_are_over(tmp_path: Path) -> None:
    async def run(work: Callable[[], Any]) -> Any:
        return work()

    authority = Authority.take(tmp_path / "var", clock=lambda: NOON)
    days = [400]
    keeper = ReportKeeper(authority.publisher, run, lambda: days[0], clock=lambda: NOON + 100 * DAY)
    authority.service.dispatch({"do": "reports.begin", "digest": "d", "name": "a.txt", "form": "dump"}, None)
    assert not await keeper.turn()
    days[0] = 99
    assert await keeper.turn()
    assert not await keeper.turn()
    assert authority.store.query("SELECT count(*) FROM report_files")[0][0] == 0
    authority.close()
