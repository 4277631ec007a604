"""``smppproxy reports``: a file arrives, and what an operator sees of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from filters.text.normalise import prepare
from smppproxy.state.trace import TraceRow, fingerprint
from smppproxy.state.trace_partition import Partition
from smppproxy.state.trace_store import day_of

BET = "신규 가입 첫충 30% 보너스 지금 바로 카지노 입장 코드 7788 http://abc.example/x"
NOON = datetime(2027, 1, 15, 12, tzinfo=UTC).timestamp()

Run = Callable[..., Result]


@pytest.fixture
def run(command: Callable[..., Run]) -> Run:

    return command()


def _row(number: int, **fields: Any) -> TraceRow:
    row: dict[str, Any] = {
        "at": NOON + number, "trace_id": f"t{number}", "account": "acme", "upstream": "smsc", "operation": 4,
        "code": "301150232", "sender": "15881234", "recipient": bytes([number] * 16), "action": "forward",
        "text": fingerprint(prepare(BET).key), "reason": "", "observed": "", "label": "", "score": 0.0, "status": 0,
        "message_id": "", "duration": 0.1,
    }  # fmt: skip
    return TraceRow(**(row | fields))


def test_a_file_arrives(run: Run, tmp_path: Path) -> None:
    run("codes", "add", "301150232")
    day = Partition(tmp_path / "var", day_of(NOON))
    day.write([*map(_row, range(5)), _row(9, code="", trace_id="bare")], "file", 1)
    day.close()
    path = tmp_path / "reports.txt"
    record = f"[(KISA:SOL)]202701152101[(KISA)]202701152105[(KISA)]도박[(KISA)]{BET}[(KISA)]SMS/-[(KISA:EOL)]\n"
    path.write_text(record * 3 + "[(KISA:SOL)]half", encoding="cp949")

    assert "would be added 3" in run("reports", "import", str(path), "--dry-run").stdout
    told = run("reports", "import", str(path))
    assert "3 reports: added 3, told before 0, wrong rows 1\nclasses: gambling 3" in told.stdout
    assert "matched to the trace 3, campaigns 1" in told.stdout
    assert "cut off" in told.stderr
    assert "imported before" in run("reports", "import", str(path)).stdout
    assert json.loads(run("reports", "import", str(path), "--json").stdout)["repeated"] is True

    assert run("reports", "list").stdout.startswith("reports.txt\tdump\tdone")
    row = run("reports", "campaigns").stdout.rstrip("\n").split("\t")
    assert (row[:6], row[8]) == (["1", "gambling", "3", "0", "1", "0"], "301150232 none")
    assert run("reports", "campaigns", "--least", "4").stdout == ""
    assert json.loads(run("reports", "campaigns", "--json").stdout)["campaigns"][0]["reports"] == 3
    shown = run("reports", "show", "1").stdout
    assert "sent by:  code 301150232, account acme, domestic\n          5 messages to 5 recipients" in shown
    assert "0.90, text+time" in shown
    assert "no campaign 9" in run("reports", "show", "9", code=1).stderr

    assert "proposed: strike 301150232 (sanction 1)" in run("reports", "propose", "1").stdout
    assert "the evidence was added to sanction 1" in run("reports", "propose", "1").stdout
    page = tmp_path / "evidence.html"
    run("sanctions", "evidence", "1", "-o", str(page))
    read = page.read_text(encoding="utf-8").partition("<h2>Notes</h2>")[2]
    assert read.count("Reports: 1 (0.90, text+time)") >= 2  # of either proposal, where the one who decides reads it
    assert "nothing was proposed" in run("reports", "propose", "1", "--code", "399999999", code=1).stderr
    (sanction,) = json.loads(run("sanctions", "list", "--json").stdout)["sanctions"]
    assert (sanction["subject"], sanction["state"]) == ("code:301150232", "proposed")

    feedback = tmp_path / "feedback.tsv"
    run("reports", "export", "--feedback", "-o", str(feedback))
    assert feedback.read_text(encoding="utf-8").splitlines()[1].startswith("gambling\tko\t")
    assert "1 verdict added" in run("model", "feedback", "import", str(feedback)).stdout
    assert "--feedback" in run("reports", "export", code=1).stderr


def test_faults(run: Run, tmp_path: Path) -> None:
    assert "No such file" in run("reports", "import", str(tmp_path / "none"), code=1).stderr
    path = tmp_path / "empty"
    path.touch()
    assert json.loads(run("reports", "import", str(path), "--json", code=1).stdout)["error"]["kind"] == "bad_input"
