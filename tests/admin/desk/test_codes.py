"""Codes: found, shown with their history, suspended, freed, struck out."""

from __future__ import annotations

from typing import Any

import pytest

from smppproxy.admin.desk import codes

CODE = "301150232"


async def test_found(ben: Any, do: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    do("codes.add", code=CODE, owner="Shop <x>", owner_id="123", chain=["Near", "Far"])
    do("codes.add", code="relay:0009/7", owner="Other")
    do("codes.suspend", code="relay:0009/7", who="cli:x")
    for query, there in (("", (True, True)), ("?prefix=30", (True, False)), ("?owner=other", (False, True)),
                         ("?owner_id=123", (True, False)), ("?state=suspended", (False, True))):  # fmt: skip
        page = (await ben.get(f"/desk/codes{query}")).text
        assert (f">{CODE}</a>" in page, ">relay:0009/7</a>" in page) == there, query
    assert "Near &gt; Far" in (await ben.get("/desk/codes")).text
    assert (await ben.get("/desk/codes/relay%3A0009%2F7")).status_code == 200
    monkeypatch.setattr(codes, "PAGE", 1)
    assert f"after={CODE}" in (await ben.get("/desk/codes")).text


async def test_suspended_freed_struck_out(ben: Any, do: Any) -> None:
    do("codes.add", code=CODE, owner="Shop", valid_until=1_900_000_000)
    path = f"/desk/codes/{CODE}"
    await ben.get(path)
    assert "2030-03-17 17:46:40 UTC" in ben.text
    assert 'value="resume"' not in ben.page
    await ben.post(path, act="suspend", why="fraud")
    assert f"Code {CODE} is suspended." in ben.text
    assert "desk:ben fraud" in ben.text
    await ben.post(path, act="suspend", why="again")
    assert "There was nothing to do." in ben.text
    await ben.post(path, act="resume", why="a mistake")
    assert do("codes.show", code=CODE)["code"]["state"] == "active"
    await ben.post(path, act="strike", why="fraud after all")
    assert do("codes.show", code=CODE)["code"]["state"] == "struck"
    assert (await ben.post(path, act="resume", why="w")).status_code == 409
    await ben.post(path, act="resume", lift_strike="yes", why="court")
    assert do("codes.show", code=CODE)["code"]["state"] == "active"
    assert [each["who"] for each in do("codes.show", code=CODE)["history"][:4]] == ["desk:ben"] * 4


async def test_what_is_refused(ben: Any, do: Any) -> None:
    do("codes.add", code=CODE)
    await ben.get(f"/desk/codes/{CODE}")
    for fields, told in (
        ({"act": "suspend"}, "say why"),
        ({"why": "w"}, "say what"),
        ({"act": "x", "why": "w"}, "one of"),
    ):
        assert (await ben.post(f"/desk/codes/{CODE}", **fields)).status_code == 400
        assert told in ben.text
    assert do("codes.show", code=CODE)["code"]["state"] == "active"
