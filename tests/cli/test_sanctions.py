"""``smppproxy sanctions``: what the abuse desk types, sees, and gets as exit code."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from smppproxy.app.settings import load
from smppproxy.cli.main import app
from smppproxy.state.authority import Authority
from smppproxy.state.verdicts import Tidings, VerdictRow, VolumeRow

RULE = """
[[sanctions.rules]]
name = "burst"
window = "24h"
count = 5
share = 0.1
action = "suspend"
duration = "7d"
"""
CODE = "301150232"

Run = Callable[..., Result]


@pytest.fixture
def config(config: Path) -> Path:
    config.write_text(config.read_text() + RULE)
    return config


@pytest.fixture
def run(config: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*words: str | Path, code: int = 0, as_: str = "anna", group: str = "sanctions") -> Result:
        monkeypatch.setenv("LOGNAME", as_)
        result = CliRunner().invoke(app, [group, *map(str, words), "-c", str(config)])
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def proposed(config: Path, run: Run) -> int:
    """A proposal of the rule, as the proxy would have made it."""
    run("add", CODE, group="codes")
    settings = load(config).settings
    authority = Authority.take(settings.proxy.state_path, policy=settings.sanctions.policy())
    now = time.time()
    rows = [
        VerdictRow(
            now, f"t{n}", "reseller1", CODE, "821588", bytes([n] * 16), b"text", b"", "slot.example",
            "text_gambling", "gambling", 0.97, "m1", "text", False, False, "domestic",
        )
        for n in range(6)
    ]  # fmt: skip
    authority.sanctions.clerk.ingest([("f", Tidings(rows, [VolumeRow(now, "reseller1", CODE, 20)], True))], now)
    (event,) = authority.sanctions.clerk.turn(now)
    authority.close()
    return event.sanction.id


def test_from_proposal_to_appeal(run: Run, proposed: int) -> None:
    listed = run("list").stdout.split("\t")
    assert listed[1:6] == [f"code:{CODE}", "suspend", "proposed", "6", "30.00%"]
    shown = run("show", proposed).stdout
    for said in ("proposed, 1 person has to approve", "6 malignant texts of 20 messages", "reseller1 6", "m1 6", "t5"):
        assert said in shown
    assert "in force until" in run("approve", proposed, "--why", "seen").stdout
    assert json.loads(run("show", CODE, "--json", group="codes").stdout)["code"]["state"] == "suspended"
    assert "nothing" in run("history", "host:slot.example").stdout
    run("note", proposed, "spoke with the owner")
    assert "in force" in run("appeal", proposed, "--text", "We were broken into", "--by", "Example Shop").stdout
    assert "ended (appeal)" in run("appeal", proposed, "--uphold", "--why", "shown", as_="bo").stdout
    told = run("history", CODE).stdout
    for action in ("propose", "begin", "note", "appeal", "appeal_decided", "end"):
        assert f"sanction.{action} by " in told
    assert run("list").stdout == ""
    assert "ended" in run("list", "--all").stdout
    run("appeal", proposed, code=2)


def test_a_person_acts_and_another_has_to_agree(run: Run, config: Path) -> None:
    config.write_text(config.read_text().replace(RULE, "[sanctions]\nfour_eyes = true\n" + RULE))
    run("add", CODE, group="codes")
    assert "1 person has to approve" in run("strike", CODE, "--why", "gambling").stdout
    assert "another person" in run("approve", 1, code=1).stderr
    assert run("approve", 1, as_="bo").stdout == f"sanction 1: strike of code:{CODE}: in force\n"
    assert "struck" in run("show", CODE, group="codes").stdout
    assert "ended (lifted)" in run("lift", 1, "--why", "a mistake").stdout
    run("propose", "account:reseller1", "throttle", "--rate", "5", "--for", "10min")
    assert "rejected" in run("reject", 2).stdout
    assert "only one that is" in run("approve", 2, code=1).stderr


def test_measures_of_a_person(run: Run) -> None:
    run("add", CODE, group="codes")
    assert "in force until" in run("throttle", CODE, "--rate", "2", "--for", "1h").stdout
    answer = json.loads(run("suspend", CODE, "--for", "7d", "--json").stdout)["sanction"]
    assert (answer["state"], answer["duration"]) == ("standing", 604_800)
    assert "in force" in run("strike", "host:bad.example").stdout
    assert "is expected" in run("strike", "planet:mars", code=1).stderr
    assert "not possible" in json.loads(run("throttle", "host:x.example", "--json", code=1).stdout)["error"]["message"]
    run("suspend", CODE, "--for", "soon", code=2)
    assert "there is no sanction 77" in run("show", 77, code=1).stderr


def test_overturn(run: Run, proposed: int) -> None:
    assert "stands all the same" in run("overturn", "t0", "--why", "honest").stdout
    assert "withdrawn (overturned)" in run("overturn", "t1").stdout
    assert "already" in run("overturn", "t1", code=1).stderr
    assert "no malignant verdict" in run("overturn", "zzz", code=1).stderr


def test_evidence_can_be_checked_by_whoever_reads_it(run: Run, proposed: int, tmp_path: Path) -> None:
    run("approve", proposed)
    run("evidence", proposed, "--out", tmp_path / "e.json")
    document = json.loads((tmp_path / "e.json").read_text())
    assert [each["action"] for each in document["ledger"]] == ["sanction.propose", "sanction.begin"]
    for each in document["ledger"]:
        row = [each[name] for name in ("entry", "at", "who", "action", "subject", "why", "content")]
        content = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
        assert hashlib.sha256(bytes.fromhex(each["previous"]) + content).hexdigest() == each["hash"]
    assert document["chain"]["fault"] == ""
    run("evidence", proposed, "--out", tmp_path / "e.html")
    page = (tmp_path / "e.html").read_text()
    for said in ("t5", document["ledger"][0]["hash"], "text_gambling", "reseller1", "slot.example", "30.00%"):
        assert said in page
    assert "<script" not in page
    assert "http" not in page.replace("https://", "http")
    assert json.loads(run("evidence", proposed).stdout)["sanction"]["id"] == proposed


def test_evidence_of_what_a_person_decided_says_so(run: Run, tmp_path: Path) -> None:
    run("suspend", "account:reseller1", "--for", "7d", "--why", "contract 17")
    run("evidence", 1, "--out", tmp_path / "e.html")
    page = (tmp_path / "e.html").read_text()
    assert "<h1>Sanction 1: suspension of account reseller1</h1>" in page
    assert "the decision of a person" in page


def test_tampering_is_found(run: Run, proposed: int, config: Path) -> None:
    assert "the ledger is whole" in run("verify").stdout
    database = sqlite3.connect(config.parent / "var" / "smppproxy.db")
    database.execute("DROP TRIGGER ledger_is_never_changed")
    database.execute("UPDATE ledger SET who = 'cli:nobody' WHERE entry = 1")
    database.commit()
    database.close()
    assert "entry 1 was altered" in run("verify", code=1).stderr
    assert json.loads(run("verify", "--json", code=1).stdout)["fault"]
