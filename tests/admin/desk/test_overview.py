"""The first page: what waits, today, the node."""

from __future__ import annotations

from datetime import date
from typing import Any

from smppproxy.admin.desk.overview import day_of
from smppproxy.state.stats.counting import Heading
from smppproxy.state.stats.recount import replace


async def test_what_waits(vera: Any, do: Any, hold: Any, backend: Any, authority: Any) -> None:
    do("codes.add", code="301150232")
    do("sanctions.impose", subject="301150232", action="suspend", who="cli:x", why="w", propose=True)
    do("sanctions.impose", subject="account:a", action="observe", who="cli:x", why="w")
    do("sanctions.appeal", id=2, text="No", by="Shop", who="cli:x")
    hold("a" * 16, "b" * 16)
    backend.reasons = ["worker 1 is not ready"]
    heading = Heading("2027-01-15", "acme", "smsc", "301150232", "domestic", "loan", "refuse", "text_loan")
    with authority.store.transaction() as cursor:
        replace(cursor, date(2027, 1, 15), {}, {heading: [5, 5]})
    await vera.get("/desk")
    for told in ("1 proposals to decide", "1 appeals to decide", "2 messages held", "1 sanctions in force",
                 "Today, 2027-01-15 (UTC+9)", "Spam found 5 (100.0 %)", "illegal loans 5 100.0 % 0 5",
                 "worker 1 is not ready", "No reports were imported yet."):  # fmt: skip
        assert told in vera.text, told
    assert 'href="/desk/sanctions?state=proposed"' in vera.page


def test_the_operators_day() -> None:
    assert day_of(1_800_000_000.0, 9.0) == "2027-01-15"
    assert day_of(1_800_000_000.0 + 7 * 3600, 9.0) == "2027-01-16"
    assert day_of(1_800_000_000.0 + 7 * 3600, 0.0) == "2027-01-15"
