"""The frame: where one is, where one may go, what was done said once."""

from __future__ import annotations

from typing import Any


async def test_the_navigation_says_where_one_is_and_what_one_may(anna: Any, vera: Any) -> None:
    page = (await anna.get("/desk/codes")).text
    assert '<a href="/desk/codes" aria-current="page">Codes</a>' in page
    assert page.count("aria-current") == 1
    assert 'href="/desk/persons"' in page
    assert 'href="/desk/persons"' not in (await vera.get("/desk/codes")).text


async def test_what_was_done_is_said_once(ben: Any, do: Any) -> None:
    do("codes.add", code="301150232")
    await ben.get("/desk/codes/301150232")
    await ben.post("/desk/codes/301150232", act="suspend", why="w")
    assert '<p class="notice" role="status">Code 301150232 is suspended.</p>' in ben.page
    assert "is suspended." not in (await ben.get("/desk/codes/301150232")).text


async def test_who_does_not_use_a_mouse_skips_the_navigation(vera: Any) -> None:
    page = (await vera.get("/desk")).text
    assert page.index('<a href="#content" class="skip">') < page.index("<header")
    assert 'id="content" tabindex="-1"' in page
