"""Persons: an admin makes, changes and removes them, but not the one who does it."""

from __future__ import annotations

from typing import Any

OTHER = "another horse battery"


async def test_made_changed_removed(anna: Any, new_visitor: Any, do: Any) -> None:
    await anna.get("/desk/persons")
    assert "cli:t" in anna.text
    await anna.post("/desk/persons", act="add", name="carl", role="viewer", password=OTHER, why="new")
    assert "carl may sign in as viewer." in anna.text
    carl = new_visitor()
    assert (await carl.sign_in("carl", OTHER)).status_code == 200
    await anna.post("/desk/persons", act="role", name="carl", role="desk")
    assert (await carl.get("/desk/impose")).status_code == 200
    await anna.post("/desk/persons", act="password", name="carl", password="yet another horse")
    assert (await carl.get("/desk")).status_code == 303
    await anna.post("/desk/persons", act="remove", name="carl", why="left")
    assert (await carl.sign_in("carl", "yet another horse")).status_code == 403
    told = [(each["action"], each["who"]) for each in do("ledger.list")["entries"][:4]]
    assert told == [("desk.remove", "desk:anna"), ("desk.password", "desk:anna"), ("desk.role", "desk:anna"),
                    ("desk.add", "desk:anna")]  # fmt: skip


async def test_what_is_refused(anna: Any, do: Any) -> None:
    await anna.get("/desk/persons")
    for fields, told in (
        ({"act": "remove", "name": "anna"}, "another admin changes you"),
        ({"act": "role", "name": "anna", "role": "viewer"}, "another admin changes you"),
        ({"act": "add", "name": "Carl", "password": OTHER}, "a to z"),
        ({"act": "add", "name": "carl", "password": "short"}, "10 to 200 characters"),
        ({"act": "add", "name": "ben", "password": OTHER}, "there is a person ben already"),
        ({"act": "add", "name": "carl", "role": "king", "password": OTHER}, "one of viewer"),
        ({"act": "role", "name": "nobody", "role": "desk"}, "there is no person"),
        ({"act": "x", "name": "ben"}, "say what"),
        ({"act": "remove"}, "say who"),
    ):
        assert (await anna.post("/desk/persons", **fields)).status_code in (400, 404, 409)
        assert told in anna.text, fields
        assert "horse" not in anna.page  # a password is never shown again
    assert [each["name"] for each in do("desk.list")["persons"]] == ["anna", "ben", "vera"]
