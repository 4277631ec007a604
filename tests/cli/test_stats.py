"""``smppproxy stats``: what an operator asks and sees."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from smppproxy.state.spool import Spool
from smppproxy.state.stats.tally import Tally
from smppproxy.state.store import Store
from smppproxy.state.trace import TraceRow
from smppproxy.state.trace_mover import TraceMover

# Some weeks ago, whenever that is: counts by day are kept for a while only, and none are of days to come.
NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
DAY = (NOW.replace(day=1) - timedelta(days=40)).replace(day=15)
NOON = DAY.timestamp()
TODAY, YESTERDAY, MONTH = f"{DAY:%Y-%m-%d}", f"{DAY:%Y-%m-14}", f"{DAY:%Y-%m}"
FIRST, HALF = f"{MONTH}-01", f"{DAY:%Y}-H{1 if DAY.month < 7 else 2}"
LAST = f"{(DAY.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1):%Y-%m-%d}"
BEFORE_LAST = DAY.replace(day=1) - timedelta(days=1)  # the last day of the month before
GOOD = TraceRow(NOON, "t", "acme", "smsc", 4, "301150232", "1588", bytes(16), b"", "forward", "", "", "ham", 0.9, 0,
                "", 0.1)  # fmt: skip
BAD = GOOD._replace(account="=cmd()", action="refuse", reason="text_loan", label="loan", upstream="")

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, command: Callable[..., Run]) -> Run:
    tally = Tally(Store.open(tmp_path / "var"), 9 * 3600)
    tally.add("000-1", [(1, [GOOD, GOOD, BAD, GOOD._replace(at=NOON - 30 * 86_400)])])
    tally.close()

    return command("stats")


def test_text(run: Run) -> None:
    lines = run("--month", MONTH, "--by", "relay", "--by", "reason").stdout.splitlines()
    assert lines[0].startswith(f"Spam distribution report: {DAY:%B %Y} ({FIRST}")
    assert "  messages: 3 (+200.0 %)" in lines
    assert "=cmd()\t1\t1\t100.0 %\tnew\t1" in lines
    assert "text loan\t1\t1\t33.3 %\tnew\t1" in lines
    assert "By route" not in lines
    assert "사유\t" not in run("--month", MONTH, "--lang", "ko").stdout
    assert "불법대출\t1" in run("--half", HALF, "--lang", "ko").stdout


def test_csv_runs_nothing_in_a_spreadsheet(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("--day", TODAY, "--format", "csv").stdout)))
    relay = [row for row in rows if row["table"] == "relay"]
    assert [(row["rank"], row["key"], row["count"], row["share"]) for row in relay] == [
        ("1", "'=cmd()", "1", "1.000000"), ("2", "acme", "0", "0.000000"), ("", "(total)", "1", "1.000000"),
    ]  # fmt: skip
    assert relay[2]["messages"] == "3"


def test_json_and_html(run: Run, tmp_path: Path) -> None:
    found = json.loads(run("--from", FIRST, "--to", LAST, "--json").stdout)
    assert (found["kind"], found["tables"][0]["total"]["now"]["spam"]) == ("range", 1)
    run(
        "--month",
        MONTH,
        "--format",
        "html",
        "--operator",
        "Example",
        "--lang",
        "ko",
        "-o",
        str(tmp_path / "r.html"),
    )
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert "스팸 유통현황" in html
    run("--json", "-o", str(tmp_path / "r.json"))
    assert json.loads((tmp_path / "r.json").read_text())["kind"] == "month"  # this month so far


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--month", "2025-13"), 1, "a month such as"),
        (("--half", "2025"), 1, "half a year such as"),
        (("--month", MONTH, "--day", FIRST), 2, "one of --month"),
        (("--to", FIRST), 2, "--from is expected"),
        (("--from", TODAY, "--to", FIRST), 1, "before it begins"),
    ],
)
def test_faults(run: Run, words: tuple[str, ...], code: int, told: str) -> None:
    assert told in run(*words, code=code).stderr


def test_recount_compares_replaces_and_tells_what_it_cannot(run: Run, tmp_path: Path) -> None:
    with closing(TraceMover(tmp_path / "var")) as mover:  # rows that nobody counted
        spool = Spool(tmp_path / "var" / "spool", 0, NOON)
        spool.write([*[GOOD] * 7, GOOD._replace(at=NOON - 86_400)])
        spool.close(NOON)
        while mover.move(NOON):
            pass
    tried = run("recount", "--from", YESTERDAY, "--to", TODAY, "--dry-run")
    assert tried.stdout.splitlines() == [
        f"{TODAY}\t3\t7\twould change",
        "nothing was changed; without --dry-run it is",
    ]
    assert f"{YESTERDAY}: not counted anew: the trace does not reach back to its beginning" in tried.stderr
    assert "  messages: 3 (" in run("--month", MONTH).stdout
    assert f"{TODAY}\t3\t7\tchanged" in run("recount", "--day", TODAY, "--why", "an upgrade").stdout
    assert "  messages: 7 (" in run("--month", MONTH).stdout
    again = json.loads(run("recount", "--day", TODAY, "--json").stdout)
    assert again["days"] == [{"day": TODAY, "before": 7, "after": 7, "changed": False}]
    assert (
        f"{BEFORE_LAST:%Y-%m-01} to {BEFORE_LAST:%Y-%m-%d}: not counted anew"
        in run("recount", "--month", f"{BEFORE_LAST:%Y-%m}", code=1).stderr
    )
    assert "say which days" in run("recount", code=2).stderr
