"""Reports whose time is over go, whole files at a time, with all that was made of them alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smppproxy.state import ledger
from smppproxy.state.reports import forgetting
from smppproxy.state.reports.forgetting import forget

NOON = 1_800_014_400.0
BET = "신규 가입 첫충 30% 보너스 지금 바로 카지노 입장 코드 7788 http://abc.example/x"
LOAN = "무직자 당일 소액 대출 상담 신용 불문 비대면 진행 지금 바로 전화 주세요 한도 1000"
TABLES = (
    "report_files", "reports", "report_matches", "campaigns", "campaign_texts", "campaign_sources",
    "blacklist_candidates",
)  # fmt: skip


def _counts(store: Any) -> dict[str, int]:
    return {table: store.query(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def test_what_is_old_goes_and_what_is_new_stays(house: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "PIECE", 7)
    now = house.clock
    house.trace(*(house.sent(number) for number in range(5)))
    rows = [(NOON + n, "도박", "15881234", f"{BET} {n % 3}") for n in range(60)]
    assert house.import_(house.sheet(tmp_path / "old.csv", *rows)).candidates == 1
    with house.authority() as authority:
        before = _counts(authority.store)
    assert all(before.values())
    later = now() + 30 * 86_400
    house.client._clock = lambda: later
    house.import_(house.dump(tmp_path / "new.txt", (NOON, "대출", LOAN)))

    millis = int(now() * 1000)
    with house.authority() as authority:
        assert not forget(authority.publisher, millis, millis)  # nothing is old enough
        turns = 0
        while forget(authority.publisher, millis + 1, millis + 2):
            turns += 1
        assert turns == 9  # eight whole pieces of 60 reports, and the rest
        found = _counts(authority.store)
        assert found == dict.fromkeys(TABLES, 0) | {
            "report_files": 1,
            "reports": 1,
            "campaigns": 1,
            "campaign_texts": 1,
        }
        last = ledger.history(authority.store, "old.csv")[0]
        assert (last.who, last.action, last.subject) == ("reports", "reports.forget", "old.csv")
        assert ledger.verify(authority.store).fault == ""
