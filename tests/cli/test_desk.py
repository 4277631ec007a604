"""``smppproxy desk`` beside a proxy that does not run; while one runs: tests/acceptance/desk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

GOOD, OTHER = "correct horse battery", "another horse battery"


@pytest.fixture
def desk(command):
    return command("desk")


def test_from_nobody_to_nobody(desk, tmp_path: Path) -> None:
    assert "nobody can sign in yet" in desk("list").stderr
    added = desk("add", "anna", "--role", "admin", stdin=GOOD + "\n")
    assert "anna may sign in as admin: http://127.0.0.1:8775/desk" in added.stdout
    (tmp_path / "password").write_text(OTHER + "\n")
    desk("password", "anna", "--password-file", tmp_path / "password", "--why", "forgotten")
    assert "anna is viewer" in desk("role", "anna", "viewer").stdout
    assert "nothing was changed" in desk("role", "anna", "viewer").stdout
    listed = desk("list", "--json")
    (person,) = json.loads(listed.stdout)["persons"]
    assert (person["name"], person["role"]) == ("anna", "viewer")
    assert "scrypt" not in listed.stdout
    assert desk("list").stdout.startswith("anna\tviewer\t")
    assert "anna is removed" in desk("remove", "anna", "--why", "left").stdout
    for each in (tmp_path / "var").rglob("*.db*"):
        assert GOOD.encode() not in each.read_bytes()


def test_what_is_refused(desk) -> None:
    desk("add", "anna", stdin=GOOD)
    assert "there is a person anna already" in desk("add", "anna", stdin=GOOD, code=1).stderr
    assert "10 to 200 characters" in desk("add", "bob", stdin="short", code=1).stderr
    assert "got nothing" in desk("add", "bob", stdin="\n", code=2).stderr
    assert "1 to 40 of a to z" in desk("add", "Bob", stdin=GOOD, code=1).stderr
    assert "there is no person" in desk("remove", "bob", code=1).stderr
    assert "no-password" not in desk("add", "bob", stdin="", code=2).stderr
    assert json.loads(desk("remove", "bob", "--json", code=1).stdout)["error"]["kind"] == "not_found"
