"""``smppproxy keys``: what an operator does once a year."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from smppproxy.cli.main import app
from smppproxy.state.sealed import FILE
from smppproxy.state.texts import KeptText, TextStore

CONFIG = """
[proxy]
state_dir = "var"
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "127.0.0.1:2776"
[[accounts]]
system_id = "acme"
upstream = "smsc"
"""

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    config = tmp_path / "smppproxy.toml"
    config.write_text(CONFIG)
    TextStore(tmp_path / "var").keep([KeptText(1_800_014_400.0, "t1", b"", b"", "said")])

    def run(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["keys", *words, "-c", str(config)])
        assert result.exit_code == code, result.output
        return result

    return run


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
