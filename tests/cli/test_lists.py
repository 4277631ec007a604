"""``smppproxy lists``: what an operator types, sees, and gets as exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def run(command: Callable[..., Run]) -> Run:

    return command("lists")


def test_the_life_of_a_list(run: Run, tmp_path: Path) -> None:
    assert run("create", "bad", "--kind", "host", "--about", "feed of the bank").stdout == "bad is created\n"
    assert "nothing was changed" in run("create", "bad", "--kind", "host").stdout
    file = tmp_path / "hosts"
    file.write_text("0.0.0.0 a.example\n0.0.0.0 b.example\n")
    tried = run("import", "bad", file, "--dry-run").stdout.splitlines()
    assert tried == ["+ a.example", "+ b.example", "would be added 2, changed 0, removed 0"]
    imported = run("import", "bad", file, "--reason", "phish", "--until", "2099-12-31").stdout
    assert imported == "bad: added 2, changed 0, removed 0; version 1, 2 entries\n"
    assert "nothing was changed" in run("import", "bad", file, "--reason", "phish", "--until", "2099-12-31").stdout
    assert "added 1" in run("add", "bad", "c.example", "--source", "desk").stdout
    assert "listed already" in run("add", "bad", "C.example", "--source", "desk").stdout
    assert "removed 1" in run("remove", "bad", "a.example").stdout
    assert "not listed" in run("remove", "bad", "a.example").stdout
    assert "added 1" in run("rollback", "bad", "--why", "mistake").stdout
    assert "version 5, 2 entries" in run("rollback", "bad", "--to", "1").stdout
    shown = run("show", "bad").stdout
    assert "bad: host, 2 entries, version 5\nfeed of the bank\n" in shown
    assert "rollback to 1" in shown
    assert ": mistake" in shown
    assert "a.example\t\tphish\t2100-01-01T00:00:00Z" in shown
    assert run("list").stdout == "bad\thost\t2\t5\tfeed of the bank\n"
    exported = run("export", "bad").stdout
    assert exported.startswith("entry,source,reason,expires\na.example,")
    assert run("drop", "bad").stdout == "bad is dropped\n"
    assert "there is no list bad" in run("show", "bad", code=1).stderr
    assert json.loads(run("list", "--json").stdout) == {"lists": []}


def test_pages_and_patterns(run: Run) -> None:
    run("create", "words", "--kind", "pattern")
    run("add", "words", "casino", r"re:slot\d")
    assert "words/" in run("show", "words").stdout
    page = json.loads(run("show", "words", "--limit", "1", "--json").stdout)
    assert ([each["entry"] for each in page["entries"]], page["next"]) == (["casino"], "casino")
    assert "and more" in run("show", "words", "--limit", "1").stdout
    rest = json.loads(run("show", "words", "--after", "casino", "--json").stdout)
    assert [each["entry"] for each in rest["entries"]] == [r"re:slot\d"]
    assert "RE2" in run("add", "words", "re:(", code=1).stderr


def test_faults(run: Run, tmp_path: Path) -> None:
    run("create", "bad", "--kind", "nonsense", code=2)
    run("create", "bad", "--kind", "url")
    file = tmp_path / "urls.txt"
    file.write_text("a.example/x\nnodot\n")
    assert "row 2, entry: 'nodot'" in run("import", "bad", file, code=1).stderr
    run("add", "bad", "a.example/x", "--until", "soon", code=2)
    assert "No such file" in run("import", "bad", tmp_path / "none", code=1).stderr
    assert json.loads(run("rollback", "bad", "--json", code=1).stdout)["error"]["kind"] == "conflict"
