"""``smppproxy quarantine`` beside a proxy that does not run: what a person sees, decides and exports."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from smppproxy.cli.main import app
from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu
from smppproxy.state import ledger
from smppproxy.state.authority import Authority
from smppproxy.state.quarantine_files import HeldMessage
from smppproxy.state.quarantine_verbs import sealed_in


@pytest.fixture
def held(tmp_path: Path, config: Path) -> Path:
    authority = Authority.take(tmp_path / "var")
    fields = {"source_addr": b"1588", "destination_addr": b"010", "short_message": b"pay now"}
    pdu = codec.encode(Pdu(c.SUBMIT_SM, 0, 7, fields))
    authority.quarantine.take_in(
        [
            HeldMessage(
                name, "a" if name in "ab" else name, time.time(), "reseller1", "301150232", "1588", 1, 4,
                f"{number}/2" if name in "ab" else "", "text_loan", "text", "loan 0.91", 0.91, "t-1", 0, len(pdu),
                authority.sealer().seal(pdu, sealed_in(name)),
            )
            for number, name in enumerate("abc", start=1)
        ],
        3600.0,
    )  # fmt: skip
    authority.close()
    return config


def run(config: Path, *words: str) -> Any:
    return CliRunner().invoke(app, ["quarantine", *words, "-c", str(config)])


def test_list_and_show(held: Path) -> None:
    lines = run(held, "list").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["a", "b", "c"]
    assert lines[0].split("\t")[2:] == ["held", "reseller1", "301150232", "1588", "1/2", "text_loan", "loan 0.91"]
    assert run(held, "list", "--account", "nobody").stdout == ""
    assert "the first 1; there may be more" in run(held, "list", "--limit", "1").stderr
    assert "there may be more" not in run(held, "list").stderr
    assert json.loads(run(held, "list", "--json", "--limit", "1").stdout)["messages"][0]["message_id"] == "a"
    shown = run(held, "show", "a").stdout
    assert "pay now" not in shown
    assert "held for:    text_loan (loan 0.91)" in shown
    shown = run(held, "show", "b", "--text").stdout
    assert "text:        pay now" in shown
    assert "recipients:  010" in shown
    assert "text id:     a" in shown
    authority = Authority.take(held.parent / "var")
    assert [entry.action for entry in ledger.history(authority.store, "b")] == ["quarantine.read"]
    authority.close()


def test_release_and_drop(held: Path) -> None:
    done = run(held, "release", "b", "--why", "the bank's own")
    assert done.stdout == "a (part 1/2): to be sent\nb (part 2/2): to be sent\n"
    done = run(held, "drop", "c", "--json")
    [dropped] = json.loads(done.stdout)["messages"]
    assert (dropped["state"], dropped["receipt"]) == ("dropped", "")
    assert run(held, "show", "c", "--text").stderr == "its text is no longer kept\n"
    again = run(held, "drop", "c")
    assert (again.exit_code, again.stderr) == (
        1,
        "smppproxy quarantine drop: c is dropped: only messages that are held or unknown can be dropped\n",
    )
    assert run(held, "list").stderr == "nothing is held\n"
    assert "quarantine list" in run(held, "show", "nobody").stderr


def test_export(held: Path) -> None:
    plain = list(csv.DictReader(io.StringIO(run(held, "export").stdout)))
    assert [row["message_id"] for row in plain] == ["a", "b", "c"]
    assert "text" not in plain[0]
    with_text = list(csv.DictReader(io.StringIO(run(held, "export", "--text").stdout)))
    assert {(row["to"], row["text"]) for row in with_text} == {("010", "pay now")}
    assert len(json.loads(run(held, "export", "--json").stdout)["messages"]) == 3
