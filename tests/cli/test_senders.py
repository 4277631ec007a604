"""``smppproxy senders``: what an operator types, sees, and gets as exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from smppproxy.cli.main import app

A = "821023456789"

Run = Callable[..., Result]


@pytest.fixture
def run(command: Callable[..., Run]) -> Run:

    return command("senders")


def test_the_life_of_a_sender(run: Run) -> None:
    added = run("add", "010-2345-6789", "--code", "301150232", "--evidence", "paper 7", "--until", "2099-12-31")
    assert added.stdout == f"{A} is registered\n"
    assert "nothing was changed" in run("add", A).stdout
    assert run("suspend", A, "--why", "gambling").stdout == f"{A} is suspended\n"
    shown = run("show", "+82 10 2345 6789").stdout
    assert "state:       suspended" in shown
    assert "evidence:    paper 7" in shown
    assert "sender.suspend" in shown
    assert run("resume", A).stdout == f"{A} is free again\n"
    assert run("update", A, "--code", "", "--account", "acme").stdout == f"{A} is changed\n"
    assert json.loads(run("show", A, "--json").stdout)["sender"]["codes"] == []
    assert run("remove", A).stdout == f"{A} is removed\n"
    assert "not registered" in run("show", A, code=1).stderr


def test_numbers_nobody_may_use(run: Run) -> None:
    assert run("block", "112", "--as", "protected").stdout == "82112 is protected\n"
    assert "nobody registered it" in run("show", "112").stdout
    assert run("block", A, "--until", "2099-12-31").stdout == f"{A} is blacklisted\n"
    assert "--lift-block" in run("resume", A, code=1).stderr
    assert "--force" in run("remove", A, code=1).stderr
    listed = run("list", "--state", "blacklisted").stdout.splitlines()
    assert [line.split("\t")[:2] for line in listed] == [[A, "blacklisted"]]
    run("block", A, "--as", "nonsense", code=2)
    run("block", A, "--until", "soon", code=2)


def test_files(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "senders.csv"
    file.write_text("번호\n", encoding="utf-8")
    assert "columns: number" in run("import", file, code=1).stderr
    file.write_text("number,codes\n010-2345-6789,301150232 301210079\n1588-1234,\n")
    tried = run("import", file, "--dry-run").stdout
    assert f"+ {A}  state: none -> active, codes: none -> 301150232 301210079" in tried
    assert "would be added 2" in tried
    assert run("list").stdout == ""
    assert "added 2, changed 0, unchanged 0" in run("import", file).stdout
    assert json.loads(run("list", "--json", "--code", "301150232").stdout)["senders"][0]["number"] == A
    exported = tmp_path / "out.csv"
    run("export", "-o", exported)
    assert "added 0, changed 0, unchanged 2" in run("import", exported).stdout
    assert run("export").stdout == exported.read_text()
    file.write_text("number,state\n010-2345-6789,asleep\n")
    assert "row 2, state: 'asleep'" in run("import", file, code=1).stderr
    refused = json.loads(run("import", file, "--json", code=1).stdout)
    assert refused["error"]["faults"][0]["row"] == 2


def test_numbers_are_read_in_the_country_of_the_sender_filter(tmp_path: Path) -> None:
    config = tmp_path / "au.toml"
    config.write_text(CONFIG_OF_AUSTRALIA.format(tmp_path / "state"))
    added = CliRunner().invoke(app, ["senders", "add", "0412345678", "-c", str(config)])
    assert added.exit_code == 0, added.output
    listed = CliRunner().invoke(app, ["senders", "list", "-c", str(config)])
    assert listed.stdout.startswith("61412345678\t")


CONFIG_OF_AUSTRALIA = """
[proxy]
state_dir = "{}"
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "127.0.0.1:1"
[filters.sender]
preset = "au-register"
"""
