"""``smppproxy trace``: what an operator asks and sees."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from filters.text.normalise import prepare
from smppproxy.cli import trace
from smppproxy.state.authority import Authority
from smppproxy.state.ledger import history
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.spool import Spool
from smppproxy.state.texts import KeptText, TextStore
from smppproxy.state.trace import FIELDS, TraceRow, fingerprint

TEXT = fingerprint(prepare("A loan of 1,000 today, no questions").key)
NOON = 1_800_014_400.0

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, command: Callable[..., Run]) -> Run:
    pseudonym = Pseudonymiser.load(tmp_path / "var")
    spool = Spool(tmp_path / "var" / "spool", 0, NOON)
    blank = TraceRow(NOON, "a1", "acme", "smsc", 4, "301150232", "15881234", pseudonym("01023456789"), TEXT, "refuse",
                     "text_loan", "", "loan", 0.97, 0x45, "", 0.1)  # fmt: skip
    spool.write(
        [
            blank,
            blank._replace(
                at=NOON + 86_400,
                trace_id="a2",
                action="forward",
                reason="",
                observed="link_host,text_loan",
                text=b"",
                status=0,
                label="",
            ),
        ]
    )
    spool.close(NOON)

    return command("trace")


def test_text(run: Run) -> None:
    first, second = run("--recipient", "+82 10-2345-6789").stdout.splitlines()
    assert first.startswith("2027-01-16T12:00:00.000Z\ta2\tacme\t301150232\t15881234\tforward")
    assert second.endswith("refuse\ttext_loan\tloan 0.97\t0x00000045\t")
    assert run("--recipient", "010-9999-9999").stdout == ""
    assert run("--since", "2027-01-16").stdout.count("\n") == 1
    assert "a1" in run("--until", "2027-01-15").stdout
    assert run("--until", "2027-01-15").stdout.count("\n") == 1


def test_json_and_csv(run: Run) -> None:
    (message,) = json.loads(run("--id", "a1", "--json").stdout)["messages"]
    assert (message["reason"], message["text"], len(message["recipient"])) == ("text_loan", TEXT.hex(), 32)
    rows = list(csv.reader(io.StringIO(run("--reason", "text_loan", "--format", "csv").stdout)))
    assert (tuple(rows[0]), rows[1][1], len(rows)) == (FIELDS, "a1", 2)


def test_texts_are_shown_with_a_reason_and_the_ledger_tells(run: Run, tmp_path: Path) -> None:
    said = "A loan of 1,000 today,\x1b[2J no questions"
    state_dir = tmp_path / "var"
    TextStore(state_dir).keep([KeptText(NOON, "a1", TEXT, b"", said), KeptText(NOON, "", b"r" * 16, b"", "reported")])
    assert "--why" in run("--id", "a1", "--show-text", code=1).stderr
    shown = run("--id", "a1", "--show-text", "--why", "appeal of acme", "--who", "anna").stdout
    assert "--- a1, from message\nA loan of 1,000 today,�[2J no questions\n" in shown
    (message,) = json.loads(run("--id", "a2", "--show-text", "--why", "x", "--json").stdout)["messages"]
    assert (message["said"], message["said_by"]) == ("", "nowhere")
    authority = Authority.take(state_dir)
    try:
        (entry,) = history(authority.store, "a1")
        assert (entry.action, entry.who, entry.why) == ("text.read", "cli:anna", "appeal of acme")
        assert said[:6] not in entry.content
    finally:
        authority.close()
    spool = Spool(state_dir / "spool", 1, NOON)
    blank = TraceRow(NOON, "", "acme", "smsc", 4, "", "", b"", b"", "refuse", "", "", "", 0.0, 0, "", 0.1)
    spool.write([blank._replace(trace_id=f"n{number}") for number in range(101)])
    spool.close(NOON)
    assert "100 messages" in run("--show-text", "--why", "x", "--limit", "200", code=1).stderr


def test_faults(run: Run, tmp_path: Path) -> None:
    run("--since", "soon", code=2)
    (tmp_path / "var" / "trace").mkdir()
    (tmp_path / "var" / "trace" / "2027-01-15.db").write_bytes(b"no database" * 100)
    assert "damaged" in run(code=1).stderr
    assert json.loads(run("--json", code=1).stdout)["error"]["kind"] == "store"


def test_texts_and_what_was_observed(run: Run) -> None:
    assert run("--text", "a LOAN of 5,000 today, no questions").stdout.split("\t")[1] == "a1"  # digits are alike
    assert run("--fingerprint", TEXT.hex()).stdout.split("\t")[1] == "a1"
    assert run("--text", "Good morning").stdout == ""
    assert "(link_host) (text_loan)" in run("--observed", "text_loan").stdout
    assert run("--observed", "text_loan").stdout.count("\n") == run("--reason", "text_loan").stdout.count("\n") == 1
    assert "32 hexadecimal digits" in run("--fingerprint", "12", code=2).stderr
    assert "32 hexadecimal digits" in run("--fingerprint", "zz", code=2).stderr
    assert "not both" in run("--fingerprint", TEXT.hex(), "--text", "x", code=2).stderr


def test_a_narrow_terminal_cuts_nothing_off(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", out := Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    row = TraceRow(1_800_014_400.0, "19f2c3a1b40-1f", "acme", "smsc", 4, "301150232", "15881234", bytes(16), b"",
                   "refuse", "text_gambling", "", "gambling", 0.93, 0x45, "", 0.1)  # fmt: skip
    trace._print_text([row])
    assert out.getvalue() == (
        "2027-01-15T12:00:00.000Z  19f2c3a1b40-1f  refuse 0x00000045 text_gambling\n"
        "  acme, code 301150232, sender 15881234, label gambling 0.93\n"
    )


def test_a_reason_that_is_none_is_told(run: Run) -> None:
    for option in ("--reason", "--observed"):
        assert "'text_lone' is no reason" in run(option, "text_lone", code=1).stderr
