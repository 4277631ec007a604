"""``smppproxy keys``: what an operator does once a year."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from smppproxy.state.sealed import FILE
from smppproxy.state.texts import KeptText, TextStore

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, command: Callable[..., Run]) -> Run:
    TextStore(tmp_path / "var").keep([KeptText(1_800_014_400.0, "t1", b"", b"", "said")])

    return command("keys")


def test_a_key_from_its_making_to_its_end(run: Run, tmp_path: Path) -> None:
    [first] = json.loads(run("list", "--json").stdout)["keys"]
    assert "say why" in run("rotate", code=1).stderr
    rotated = run("rotate", "--why", "a year is over").stdout
    assert f"{first} only opens" in rotated
    assert "sealed anew: 1\n" in rotated
    listed = run("list").stdout
    assert f"{first}\told: opens only" in listed
    assert "come again" in run("retire", "--why", "as planned", code=1).stderr
    os.utime(tmp_path / "var" / FILE, (0, 0))
    assert f"forgotten: {first};" in run("retire", "--why", "as planned").stdout
    assert len(run("list").stdout.splitlines()) == 1
    assert TextStore(tmp_path / "var").of_trace("t1") == "said"


def test_what_is_left_is_told_and_sealed_later(run: Run, tmp_path: Path) -> None:
    run("rotate", "--why", "x", "--json")
    store = TextStore(tmp_path / "var")
    made = json.loads(run("rotate", "--why", "again", "--json").stdout)
    assert (made["sealed"], made["unreadable"]) == (1, 0)
    store.keep([KeptText(1_800_014_400.0, "t2", b"", b"", "by one who had not read the new key yet")])
    assert "1 texts open with an old key only; `keys reseal` changes that" in run("list").stderr
    assert json.loads(run("reseal", "--json").stdout) == {"sealed": 1, "unreadable": 0}
    assert run("list").stderr == ""
