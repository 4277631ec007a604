"""Sanctions: listed by state and subject, page by page; begun and proposed."""

from __future__ import annotations

from typing import Any

import pytest

from smppproxy.admin.desk import sanction_list

CODE = "301150232"


@pytest.fixture
def codes(do: Any) -> None:
    for code in (CODE, "301150233"):
        do("codes.add", code=code)


async def test_the_list_and_its_filters(ben: Any, do: Any, codes: None) -> None:
    do("sanctions.impose", subject=CODE, action="suspend", who="cli:x", why="w")
    do("sanctions.impose", subject="301150233", action="suspend", who="cli:x", why="w", propose=True)
    do("sanctions.impose", subject="account:acme", action="observe", who="cli:x", why="w")
    do("sanctions.lift", id=3, who="cli:x")
    do("sanctions.appeal", id=1, text="No", by="Shop", who="cli:x")
    for query, numbers in (
        ("", {1, 2}),
        ("?state=proposed", {2}),
        ("?state=standing", {1}),
        ("?state=ended", {3}),
        ("?state=appealed", {1}),
        ("?state=all", {1, 2, 3}),
        ("?state=all&subject=account%3Aacme", {3}),
        ("?state=rejected", set()),
    ):
        page = (await ben.get(f"/desk/sanctions{query}")).text
        assert {n for n in (1, 2, 3) if f">No. {n}</a>" in page} == numbers, query
    assert "There is none." in page


async def test_page_by_page(ben: Any, do: Any, codes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sanction_list, "PAGE", 1)
    for code in (CODE, "301150233"):
        do("sanctions.impose", subject=code, action="suspend", who="cli:x", why="w")
    page = (await ben.get("/desk/sanctions?state=standing")).text
    assert "No. 2" in page
    assert "No. 1" not in page
    assert 'href="/desk/sanctions?state=standing&amp;before=2"' in page
    page = (await ben.get("/desk/sanctions?state=standing&before=2")).text
    assert "No. 1" in page
    assert "More" not in page


async def test_begin_a_measure(ben: Any, do: Any, codes: None) -> None:
    await ben.get(f"/desk/impose?subject={CODE}")
    assert f'value="{CODE}"' in ben.page
    await ben.post(
        "/desk/impose", subject=CODE, action="throttle", rate="2.5", duration="2", unit="3600", why="too much"
    )
    assert "Sanction 1 against code:301150232 is in force." in ben.text
    made = do("sanctions.show", id=1)["sanction"]
    assert (made["action"], made["rate"], made["duration"], made["why"]) == ("throttle", 2.5, 7200, "too much")
    assert made["made_by"] == "desk:ben"


async def test_propose_one(ben: Any, anna: Any, do: Any, codes: None) -> None:
    await ben.get("/desk/impose")
    await ben.post("/desk/impose", subject=CODE, action="strike", propose="yes", why="fraud")
    assert "waits for another person's yes" in ben.text
    await ben.post("/desk/sanctions/1", act="approve", why="me again")
    assert "another person has to (four eyes)" in ben.text
    await anna.get("/desk/sanctions/1")
    await anna.post("/desk/sanctions/1", act="approve", why="seen")
    assert "The measure is in force." in anna.text
    assert do("codes.show", code=CODE)["code"]["state"] == "struck"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"subject": CODE, "action": "suspend"}, "say why"),
        ({"subject": "", "action": "suspend", "why": "w"}, "say against whom"),
        ({"subject": CODE, "action": "hang", "why": "w"}, "one of observe"),
        ({"subject": CODE, "action": "throttle", "rate": "fast", "why": "w"}, "a number such as 5"),
        ({"subject": CODE, "action": "throttle", "rate": "nan", "why": "w"}, "a rate above 0"),
        ({"subject": CODE, "action": "suspend", "duration": "-1", "why": "w"}, "duration"),
        ({"subject": "host:x y", "action": "suspend", "why": "w"}, "host"),
    ],
)
async def test_what_is_refused(ben: Any, do: Any, codes: None, fields: dict[str, str], told: str) -> None:
    await ben.get("/desk/impose")
    answer = await ben.post("/desk/impose", **fields)
    assert answer.status_code == 400
    assert told in ben.text
    assert do("sanctions.list")["sanctions"] == []
