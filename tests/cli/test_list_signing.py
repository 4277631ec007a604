"""``smppproxy lists`` with signed files: what an operator types and sees."""

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


def test_candidates_out_and_a_verified_list_in(run: Run, tmp_path: Path) -> None:
    offered, verified = str(tmp_path / "offered.jsonl"), str(tmp_path / "verified.jsonl")
    assert "keys new" in run("keys", "show", code=1).stderr
    line = run("keys", "new").stdout.splitlines()[0]
    assert run("keys", "show").stdout.splitlines()[0] == line
    assert run("keys", "show", "--pem").stdout.startswith("-----BEGIN PUBLIC KEY-----")
    run("create", "own", "--kind", "sender_blacklist")
    run("add", "own", "15881234", "--reason", "gambling")
    assert run("candidates", "own").stdout == "8215881234\t\t0\t0\t0\t\t\tlist\n"
    told = run("export", "own", "--signed", "--candidates", "--issuer", "Example", "-o", offered).stdout
    assert "candidates list own, serial 1, 1 entries, 0 with 50 reports in a day" in told
    (tmp_path / "key.txt").write_text(line)
    assert "is trusted for own" in run("keys", "trust", "us", str(tmp_path / "key.txt"), "--for", "own").stdout
    assert "nobody verified yet" in run("import", "own", offered, "--signed", code=1).stderr
    run("export", "own", "--signed", "-o", verified)
    assert "would be in force" in run("import", "own", verified, "--signed", "--dry-run").stdout
    assert "serial 2 is in force, signed by us" in run("import", "own", verified, "--signed").stdout
    assert "taken already" in run("import", "own", verified, "--signed").stdout
    run("rollback", "own")
    assert json.loads(run("import", "own", verified, "--signed", "--again", "--json").stdout)["outcome"]["changed"] == 1
    listed = run("keys", "list").stdout
    assert listed.startswith("us\t")
    assert "own\tin\t2\t1\t" in listed
    run("keys", "revoke", "us", "--why", "test")
    assert "was revoked: test" in run("import", "own", verified, "--signed", "--again", code=1).stderr


def test_faults(run: Run, tmp_path: Path) -> None:
    run("create", "own", "--kind", "sender_blacklist")
    (tmp_path / "korean.csv").write_bytes("도박".encode("cp949"))
    assert "no UTF-8 at octet 0" in run("import", "own", str(tmp_path / "korean.csv"), "--signed", code=1).stderr
    (tmp_path / "plain.csv").write_text("entry\n15881234\n")
    assert "leave out --signed" in run("import", "own", str(tmp_path / "plain.csv"), "--signed", code=1).stderr
    assert "No such file" in run("import", "own", str(tmp_path / "none"), "--signed", code=1).stderr
    assert "--keep" in run("import", "own", str(tmp_path / "plain.csv"), "--signed", "--keep", code=2).stderr
    assert "say --signed too" in run("export", "own", "--candidates", code=2).stderr
    assert "neither a key" in run("keys", "trust", "x", str(tmp_path / "none"), code=1).stderr
    assert "there are: none yet" in run("keys", "revoke", "x", code=1).stderr
