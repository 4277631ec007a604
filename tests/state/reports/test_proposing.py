"""What is proposed for a campaign: one measure for each code, with its evidence."""

from __future__ import annotations

from typing import Any

from smppproxy.state.reports.proposing import LIMIT, proposals


def _source(code: str, account: str, **fields: Any) -> dict[str, Any]:
    matches = [{"report": 1, "trace_id": "t1", "confidence": 0.9, "why": "text+time"}]
    source = {
        "code": code,
        "account": account,
        "messages": 10,
        "refused": 2,
        "traces": ["t1", "t2"],
        "matches": matches,
    }
    return source | fields


def _campaign(*sources: dict[str, Any]) -> dict[str, Any]:
    return {"campaign": 7, "category": "gambling", "reports": 12, "ham": 2, "sources": list(sources)}


def test_each_code_is_proposed_once_with_all_its_accounts() -> None:
    found = proposals(_campaign(_source("1", "a"), _source("1", "b"), _source("2", "c"), _source("", "d")))
    assert [each.code for each in found] == ["1", "2"]
    assert found[0].why == "campaign 7: gambling, 10 reports, 20 messages"
    assert found[0].evidence == (
        "campaign 7: gambling, 10 reports, 20 messages, 4 of them refused, through a, b. 2 reports say it is no spam. "
        "Reports: 1 (0.90, text+time) Traces: t1, t2"
    )
    assert [each.code for each in proposals(_campaign(_source("1", "a"), _source("2", "b")), {"2"})] == ["2"]


def test_evidence_is_bounded() -> None:
    many = [{"report": n, "trace_id": f"t{n:x}", "confidence": 0.9, "why": "text+sender+time"} for n in range(500)]
    (found,) = proposals(_campaign(_source("1", "a", matches=many)))
    assert len(found.evidence) <= LIMIT
