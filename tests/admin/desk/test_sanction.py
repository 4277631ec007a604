"""One sanction: every decision there is, each in the ledger under the name of who made it."""

from __future__ import annotations

import json
from typing import Any

import pytest

CODE = "301150232"


@pytest.fixture
def proposed(do: Any) -> None:
    do("codes.add", code=CODE, owner="Shop <&>")
    do("sanctions.impose", subject=CODE, action="suspend", who="cli:x", why="<b>because</b>", propose=True)


def _last(do: Any) -> tuple[str, str, str]:
    entry = do("sanctions.history", subject=CODE)["history"][0]
    return entry["action"], entry["who"], entry["why"]


async def test_what_is_shown(ben: Any, proposed: None) -> None:
    page = (await ben.get("/desk/sanctions/1")).text
    assert "Waits for 1 of 2 persons" in ben.text
    assert "cli:x on 2027-01-15 08:00:00" in ben.text
    assert "<b>because" not in page
    assert "&lt;b&gt;because" in page
    assert "sanction.propose" in ben.text
    assert f'href="/desk/codes/{CODE}"' in page


async def test_from_a_proposal_to_an_appeal(ben: Any, do: Any, proposed: None) -> None:
    await ben.get("/desk/sanctions/1")
    assert {each for each in ("approve", "reject", "note", "lift", "appeal") if f'value="{each}"' in ben.page} == {
        "approve", "reject", "note",
    }  # fmt: skip
    await ben.post("/desk/sanctions/1", act="note", note="look at\nthis")
    assert _last(do)[:2] == ("sanction.note", "desk:ben")
    await ben.post("/desk/sanctions/1", act="approve", why="plain fraud")
    assert "in force" in ben.text
    assert do("sanctions.show", id=1)["sanction"]["approvals"][1]["who"] == "desk:ben"
    assert do("codes.show", code=CODE)["code"]["state"] == "suspended"
    await ben.post("/desk/sanctions/1", act="appeal", text="We were\r\nbroken into", by="Shop")
    assert do("sanctions.show", id=1)["sanction"]["appeal"]["text"] == "We were\nbroken into"
    await ben.post("/desk/sanctions/1", act="refuse", why="no proof")
    assert "rejected by desk:ben: no proof" in ben.text
    await ben.post("/desk/sanctions/1", act="appeal", text="Here it is", by="Shop")
    await ben.post("/desk/sanctions/1", act="uphold", why="proof seen")
    assert "counts as none" in ben.text
    assert do("codes.show", code=CODE)["code"]["state"] == "active"
    assert "Ended" in ben.text
    assert do("ledger.verify")["fault"] == ""


async def test_reject_and_lift(ben: Any, do: Any, proposed: None) -> None:
    await ben.get("/desk/sanctions/1")
    await ben.post("/desk/sanctions/1", act="reject", why="a test")
    assert _last(do) == ("sanction.reject", "desk:ben", "a test")
    do("sanctions.impose", subject=CODE, action="suspend", who="cli:x", why="w")
    await ben.get("/desk/sanctions/2")
    await ben.post("/desk/sanctions/2", act="lift", why="over")
    assert "The measure has ended." in ben.text
    assert do("codes.show", code=CODE)["code"]["state"] == "active"


async def test_what_is_refused_keeps_what_was_typed(ben: Any, do: Any, proposed: None) -> None:
    await ben.get("/desk/sanctions/1")
    before = do("ledger.list")["entries"][0]["entry"]
    for fields, status, told in (
        ({"act": "approve"}, 400, "say why"),
        ({"act": "lift", "why": "kept"}, 409, "only one that is standing can be lifted"),
        ({"act": "uphold", "why": "w"}, 409, "no appeal is open"),
        ({"act": "note", "note": " "}, 400, "the note"),
        ({"act": "appeal", "text": "x", "by": "y"}, 409, "appealed against"),
        ({"act": "dance", "why": "w"}, 400, "one of approve"),
        ({"why": "w"}, 400, "say what"),
        ({"act": "reject", "why": "w" * 501}, 400, "at most 500"),
    ):
        answer = await ben.post("/desk/sanctions/1", **fields)
        assert (answer.status_code, told in ben.text) == (status, True), (fields, ben.text)
    await ben.post("/desk/sanctions/1", act="reject", why="two\x01lines")
    assert do("ledger.list")["entries"][0]["entry"] in (before, before + 1)


async def test_the_evidence_to_take_away(ben: Any, vera: Any, proposed: None) -> None:
    page = await vera.get("/desk/sanctions/1/evidence.html")
    assert page.headers["content-disposition"] == 'attachment; filename="sanction-1.html"'
    assert "sandbox" in page.headers["content-security-policy"]
    assert "suspension of code 301150232" in page.text
    data = await ben.get("/desk/sanctions/1/evidence.json")
    assert json.loads(data.text)["sanction"]["subject"] == "code:301150232"
    assert data.headers["content-type"].startswith("application/json")


async def test_grounds_of_a_rule(ben: Any, proposed: None, backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = backend.ask

    async def with_a_rule(do: str, **fields: Any) -> Any:
        found = await ask(do, **fields)
        if do == "sanctions.show":
            evidence = found["sanction"]["evidence"]
            evidence["rule"] = {"name": "stop", "count": 6, "share": 0.1, "recipients": 0, "suspensions": 0,
                                "window": 86_400}  # fmt: skip
            evidence["figures"] = {"verdicts": 7, "messages": 10, "recipients": 5, "recipients_error": 0.02}
            evidence["share"] = 0.7
            evidence["scores"] = {"lowest": 0.5, "mean": 0.7, "highest": 0.9}
            evidence["codes"], evidence["hosts"] = {CODE: 7}, {"bad.example": 7}
            evidence["verdicts"] = [
                {"at": 1, "trace_id": "5f-1", "account": "acme", "code": CODE, "sender": "<i>", "reason": "text_loan",
                 "label": "loan", "score": 0.9, "model": "m", "rule": "text", "enforced": True, "refused": True,
                 "route": "domestic", "text": "aa"}
            ]  # fmt: skip
            found["now"] = {"verdicts": 9, "messages": 30, "recipients": 0, "recipients_error": 0.0}
        return found

    monkeypatch.setattr(backend, "ask", with_a_rule)
    await ben.get("/desk/sanctions/1")
    for told in ("stop: 6 texts and 10.00% of the messages within 24 h", "7 of 10 messages (70.00%)",
                 "9 malignant texts of 30", "Different recipients 5 (within 2%)", "The newest 1 of 7",
                 "bad.example"):  # fmt: skip
        assert told in ben.text
    assert 'href="/desk/messages/5f-1"' in ben.page
    assert "<i>" not in ben.page
