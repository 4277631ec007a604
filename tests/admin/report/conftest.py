"""Reports with everything in them."""

from __future__ import annotations

from datetime import date

import pytest

from smppproxy.state.stats.report import Report, Row, Step, Tally, tables

ODD = "<b>&\"O'Neil"  # an owner whose name is no HTML


@pytest.fixture
def report() -> Report:
    """A month of 120 codes, each class, both routes."""
    labels = ["ham", "gambling", "loan", "drug", "adult", "investment", "smishing", "spam", "unjudged"]
    now = [
        Row(f"reseller{n % 7}", "smsc-a" if n % 3 else "", f"30115{n:04}", "domestic" if n % 4 else "international",
            labels[n % 9], "forward" if n % 9 in (0, 8) else "refuse", "" if n % 9 in (0, 8) else "text_loan",
            1_000_000 + 977 * n, 1)
        for n in range(120)
    ]  # fmt: skip
    before = [row._replace(messages=row.messages // 2) for row in now[:60]]
    owners = {f"30115{n:04}": f"Reseller {n // 2} of a rather long name, Incorporated" for n in range(100)}
    owners["301150118"] = ODD
    return Report(
        kind="month", first=date(2026, 10, 1), last=date(2026, 10, 31), before_first=date(2026, 9, 1),
        before_last=date(2026, 9, 30), made_at=1_793_500_000, utc_offset=9.0, waiting=2,
        tables=tables(now, before, owners), sanctions=(Tally("code.suspend", 3, 1), Tally("code.strike", 1, 0)),
        reported=(Tally("gambling", 41, 50), Tally("", 2, 2)),
        steps=tuple(Step(f"2026-10-{n:02}", 100 * n, dict.fromkeys(labels[1:8], n * 7)) for n in range(1, 32)),
    )  # fmt: skip
