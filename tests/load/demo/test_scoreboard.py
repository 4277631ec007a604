from __future__ import annotations

import tomllib
from io import StringIO

from smppproxy.load.demo.cases import BAD, CASES, GOOD, PASSWORDS, REGISTERED, configuration
from smppproxy.load.demo.scoreboard import LOST, Scoreboard


def test_a_case_holds_when_every_answer_was_the_expected_one():
    board = Scoreboard()
    assert board.untried(GOOD)
    assert not board.all_hold
    for case in CASES:
        board.answered(case, case.status)
    assert board.all_hold
    assert not board.untried(BAD)
    assert board.forwarded == sum(case.status == 0 for case in CASES)
    board.answered(CASES[0], LOST)
    assert not board.holds(CASES[0])
    assert not board.all_hold


def test_reasons_are_counted_for_what_was_sent():
    board = Scoreboard()
    missing = next(case for case in CASES if case.reason == "code_missing")
    board.answered(missing, missing.status)
    board.answered(missing, 0)
    assert board.reasons(BAD) == {"code_missing": 2}
    assert board.reasons(GOOD) == {}


def test_the_table_tells_expected_and_seen():
    from rich.console import Console

    board = Scoreboard()
    board.answered(CASES[0], 0x45)
    board.answered(CASES[1], LOST)
    console = Console(width=160, record=True, file=StringIO())
    console.print(board.table("title"))
    text = console.export_text()
    assert "refused 0x45" in text
    assert "no answer" in text
    assert "WRONG" in text


def test_the_configuration_is_one_the_proxy_takes(tmp_path):
    from smppproxy.app.settings import load

    path = tmp_path / "demo.toml"
    path.write_text(configuration("127.0.0.1:2776", str(tmp_path)))
    loaded = load(path)
    assert len(loaded.settings.accounts) == len(PASSWORDS)
    assert loaded.warnings == ()
    assert tomllib.loads(path.read_text())["filters"]["text"]["mode"] == "enforce"
    assert len(set(REGISTERED)) == len(REGISTERED)
