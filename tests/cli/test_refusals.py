"""``smppproxy refusals`` and ``tokens``: what an operator hands to a reseller."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from smppproxy.cli import refusals
from smppproxy.state.spool import Spool

NOON = 1_800_014_400.0

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, command: Callable[..., Run]) -> Run:
    spool = Spool(tmp_path / "var" / "spool", 0, NOON)
    for n in range(12):
        reason = "code_missing" if n % 3 else ""
        account = "other" if n == 11 else "reseller1"
        at = NOON - 3600.0 * (n // 2)  # two rows of each instant
        spool.write(
            [(at, f"t{n}", account, "", 4, "", "1588", bytes(16), b"", "refuse", reason, "", "", 0.0, 0xC3, "", 0.1)]
        )
        spool.flush(NOON + n)
    spool.close(NOON)

    return command()


def _ids(text: str) -> list[str]:
    return [row["trace_id"] for row in csv.DictReader(io.StringIO(text))]


@pytest.mark.parametrize("page", [2, 3, 100])
def test_all_refusals_of_an_account(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, page: int) -> None:
    monkeypatch.setattr(refusals, "PAGE", page)
    wanted = sorted(f"t{n}" for n in range(11) if n % 3)
    out = tmp_path / "refusals.csv"
    run("refusals", "--account", "reseller1", "--from", "2027-01-01", "--to", "2027-01-31", "-o", str(out))
    assert sorted(_ids(out.read_text(encoding="utf-8"))) == wanted
    assert _ids(
        run("refusals", "--account", "reseller1", "--from", "2027-01-15T12:00:00Z", "--to", "2027-01-15").stdout
    ) == ["t1"]


def test_one_reason(run: Run) -> None:
    words = ("refusals", "--account", "reseller1", "--from", "2027-01-15", "--to", "2027-01-15", "--reason")
    assert _ids(run(*words, "text_loan").stdout) == []
    assert len(_ids(run(*words, "code_missing").stdout)) == 7
    assert "is no reason" in run(*words, "bad mood", code=1).stderr
    backwards = ("refusals", "--account", "reseller1", "--from", "2027-01-16", "--to", "2027-01-15")
    assert "--from is later" in " ".join(run(*backwards, code=2).stderr.split())


def test_tokens(run: Run) -> None:
    made = run("tokens", "add", "reseller1", "--about", "their desk", "--until", "2999-12-31")
    assert made.stdout.startswith("sxp_")
    assert "shown only now" in made.stderr
    number = made.stdout.split("_")[1]
    assert run("tokens", "list").stdout.startswith(f"{number}\treseller1\t3000-01-01T00:00:00Z\ttheir desk\t")
    assert made.stdout.strip() not in run("tokens", "list", "--json").stdout
    assert f"token {number} of reseller1 is removed" in run("tokens", "remove", number).stdout
    assert json.loads(run("tokens", "remove", number, "--json", code=1).stdout)["error"]["kind"] == "not_found"
    assert "no account nobody" in run("tokens", "add", "nobody", code=1).stderr


def test_an_account_nobody_knows_is_told(run: Run) -> None:
    words = ("refusals", "--from", "2027-01-15", "--to", "2027-01-15", "--account")
    assert "there is no account 'reseler1'" in run(*words, "reseler1").stderr
    assert run(*words, "reseller1").stderr == ""
    assert len(_ids(run(*words, "other").stdout)) == 1  # of one that was removed what was sent is still told
