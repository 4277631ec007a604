"""``smppproxy codes``: what an operator types, sees, and gets as exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from smppproxy.cli.main import app

A, B = "301150232", "301210079"


Run = Callable[..., Result]


@pytest.fixture
def config(config: Path) -> Path:
    config.write_text('[proxy]\nstate_dir = "deep/var"\n' + config.read_text())
    return config


@pytest.fixture
def run(command: Callable[..., Run]) -> Run:
    return command("codes")


def test_add_show_suspend_resume_remove(run: Run, tmp_path: Path) -> None:
    assert run("add", A, "--owner", "ACME", "--until", "2099-12-31").stdout == f"{A} is registered and active\n"
    assert (tmp_path / "deep" / "var").stat().st_mode & 0o777 == 0o700
    assert "nothing was changed" in run("add", A).stdout
    assert run("suspend", A, "--why", "gambling").stdout == f"{A} is suspended\n"
    shown = run("show", A).stdout
    assert "state:       suspended" in shown
    assert "valid until: 2100-01-01T00:00:00Z" in shown
    assert "code.suspend" in shown
    assert run("resume", A).stdout == f"{A} is active\n"
    assert run("remove", A).stdout == f"{A} is removed\n"
    assert "not registered" in run("show", A, code=1).stderr


def test_a_code_that_is_not_valid_now_is_not_called_active(run: Run) -> None:
    assert run("add", A, "--until", "2020-12-31").stdout == f"{A} is registered and inactive: its validity is over\n"
    assert "inactive: valid from 2099-01-01T00:00:00Z on" in run("add", B, "--from", "2099-01-01").stdout
    run("suspend", A)
    assert run("resume", A).stdout == f"{A} is inactive: its validity is over\n"


def test_the_ladder(run: Run) -> None:
    run("add", A)
    run("strike", A)
    assert "--lift-strike" in run("resume", A, code=1).stderr
    assert "--force" in run("remove", A, code=1).stderr
    run("resume", A, "--lift-strike")
    run("suspend", A)
    run("remove", A, "--force")


def test_whose_a_code_is_and_how_fast_it_may_be(run: Run) -> None:
    run("add", A, "--owner-id", "123-45-67890", "--chain", "Near Ltd > Far Ltd", "--registered", "2024-03-01")
    run("add", B)
    assert run("list", "--owner-id", "1234567890").stdout.startswith(f"{A}\t")
    assert "may send 5 messages a second" in run("throttle", A, "--rate", "5", "--for", "12h").stdout
    shown = run("show", A).stdout
    for told in ("1234567890", "Near Ltd > Far Ltd", "2024-03-01T00:00:00Z", "5 msg/s until "):
        assert told in shown
    exported = run("export").stdout
    assert "owner_id" in exported.splitlines()[0]
    run("throttle", A, "--rate", "0")
    assert "msg/s" not in run("show", A).stdout
    assert "12h" in run("throttle", A, "--rate", "5", "--for", "a day", code=2).stderr
    assert "--chain" in run("add", A, "--chain", ">".join("a" * 20), code=2).stderr


def test_update(run: Run) -> None:
    run("add", A, "--owner", "ACME", "--until", "2099-12-31")
    run("update", A, "--owner", "Acme Ltd", "--until", "")
    code = json.loads(run("show", A, "--json").stdout)["code"]
    assert (code["owner"], code["valid_until"]) == ("Acme Ltd", None)


@pytest.mark.parametrize("code", ["30115023", "3-01-15-0232", "x"])
def test_a_code_that_looks_wrong_is_wrong_usage(run: Run, code: str) -> None:
    assert "[0-9]{9} is expected" in " ".join(run("add", code, code=2).stderr.split())


def test_a_date_that_is_none_is_wrong_usage(run: Run) -> None:
    assert "--until" in run("add", A, "--until", "soon", code=2).stderr


def test_no_configuration_is_wrong_usage(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["codes", "list", "-c", str(tmp_path / "nope.toml")])
    assert result.exit_code == 2


def test_lists_are_plain_when_piped(run: Run) -> None:
    run("add", A, "--owner", "ACME")
    run("add", B)
    run("suspend", B)
    assert run("list").stdout == f"{A}\tactive\tACME\t\t\t\t\t\t\n{B}\tsuspended\t\t\t\t\t\t\t\n"
    assert [each["code"] for each in json.loads(run("list", "--state", "suspended", "--json").stdout)["codes"]] == [B]
    assert run("list", "--limit", "1", "--after", A).stdout.startswith(B)
    assert run("list", "--owner", "CM").stdout.startswith(A)
    run("list", "--state", "asleep", code=2)


def test_json_answers(run: Run) -> None:
    answer = json.loads(run("add", A, "--json").stdout)
    assert (answer["changed"], answer["code"]["state"]) == (True, "active")
    refused = json.loads(run("show", B, "--json", code=1).stdout)
    assert refused["error"]["kind"] == "not_found"


def test_import_and_export(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_bytes(f"code,owner\r\n{A},가나통신\r\n{B},다라\r\n".encode("cp949"))
    dry = run("import", file, "--dry-run").stdout
    assert f"+ {A}  state: none -> active, owner: none -> 가나통신" in dry
    assert dry.endswith("would be added 2, would be changed 0, unchanged 0\n")
    assert run("list").stdout == ""
    assert run("import", file).stdout == "added 2, changed 0, unchanged 0\n"
    output = tmp_path / "out.csv"
    run("export", "-o", output)
    assert run("export").stdout == output.read_text("utf-8")
    assert run("import", output).stdout == "added 0, changed 0, unchanged 2\n"
    assert json.loads(run("import", "-", "--json", stdin=f"{A}\n").stdout)["unchanged"] == 1


def test_an_import_names_every_wrong_row(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text(f"code,state\n{A},active\n1,active\n{B},asleep\n2,awake\n")
    told = run("import", file, code=1).stderr
    assert "3 rows are wrong; nothing was changed" in told
    assert "row 3, code: '1'" in told
    assert "row 4, state: 'asleep'" in told
    assert [line.split(": ")[0] for line in told.splitlines()[-2:]] == ["  row 5, state", "  row 5, code"]
    assert run("list").stdout == ""
    file.write_text("code,state\n")
    assert "holds no rows, only the line that names the columns" in run("import", file, code=1).stderr
    assert "the file is empty; nothing was changed" in run("import", "-", stdin="", code=1).stderr
    assert "No such file" in run("import", tmp_path / "nope.csv", code=1).stderr


def test_an_export_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    run("add", A)
    assert "Is a directory" in run("export", "-o", tmp_path, code=1).stderr
