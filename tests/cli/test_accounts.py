"""The command ``accounts`` by its own hands, without a proxy that runs."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from smppproxy.cli.main import app

TEXT = """\
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "127.0.0.1:2776"
"""


@pytest.fixture
def accounts(tmp_path):
    file = tmp_path / "proxy.toml"
    file.write_text(TEXT)

    def accounts(*args: str, stdin: str | None = None):
        return CliRunner().invoke(app, ["accounts", *args, "-c", str(file)], input=stdin)

    return accounts


def test_every_key_can_be_given(accounts, tmp_path):
    (tmp_path / "pw").write_text("geheim\nnot this\n")
    done = accounts(
        "add", "acme", "--code", "301150232", "--allow", "10.0.0.0/8", "--max-binds", "3", "--window", "5", "--rate",
        "2.5", "--route", "international", "--statuses", "smpp50", "--number", "1588", "--explain-tlv", "--set",
        "code={ tag = 0x1500 }", "--set", 'inject_code="301150232"', "--password-file", str(tmp_path / "pw"),
    )  # fmt: skip
    assert (done.exit_code, done.stdout) == (0, "acme may bind\n"), done.output
    shown = json.loads(accounts("show", "acme", "--json").stdout)
    assert shown["account"]["password"] == "set"
    assert shown["account"]["settings"] == {
        "upstream": "smsc", "codes": ["301150232"], "allow": ["10.0.0.0/8"], "max_binds": 3, "window": 5, "rate": 2.5,
        "route": "international", "statuses": "smpp50", "numbers": ["1588"], "explain_tlv": True,
        "code": {"tag": 0x1500}, "inject_code": "301150232",
    }  # fmt: skip
    assert accounts("update", "acme", "--unset", "rate", "--no-password").exit_code == 0
    text = accounts("show", "acme").stdout
    assert "password:    none" in text
    assert "rate" not in text
    assert "account.update" in text
    assert accounts("list").stdout.startswith("acme\tactive\tsmsc\t301150232\t3\t5\t0\tnone")


def test_passwords_come_from_a_pipe_a_file_or_nowhere(accounts, tmp_path):
    assert accounts("add", "one", stdin="geheim\r\n").exit_code == 0
    assert accounts("add", "two", "--password-file", "-", stdin="geheim").exit_code == 0
    empty = accounts("add", "three", stdin="")
    assert (empty.exit_code, "--no-password keeps none" in empty.stderr) == (2, True)
    absent = accounts("add", "three", "--password-file", str(tmp_path / "absent"))
    assert absent.exit_code == 2
    assert accounts("update", "one", "--password", stdin="neu\n").stdout == "one is changed\n"
    assert accounts("update", "one", "--rate", "1").exit_code == 0  # asks for nothing


@pytest.mark.parametrize("given", ["code", "code={", "=1", "rate="])
def test_keys_are_written_as_in_toml(accounts, given):
    done = accounts("add", "acme", "--set", given, "--no-password")
    assert done.exit_code == (1 if given == "=1" else 2)


def test_refusals_are_told(accounts):
    done = accounts("add", "acme", "--upstream", "smcs", "--no-password")
    assert done.exit_code == 1
    assert 'did you mean "smsc"?' in done.stderr
    assert accounts("suspend", "acme").exit_code == 1
    told = json.loads(accounts("remove", "acme", "--json").stdout)
    assert told["error"]["kind"] == "not_found"


def test_files(accounts, tmp_path):
    (tmp_path / "in.csv").write_text("system_id,password,upstream\nacme,geheim,smsc\n")
    assert "+ acme" in accounts("import", str(tmp_path / "in.csv"), "--dry-run").stdout
    assert accounts("list").stdout == ""
    assert accounts("import", str(tmp_path / "in.csv"), "--json").exit_code == 0
    assert accounts("export", "-o", str(tmp_path / "out.csv")).exit_code == 0
    assert (tmp_path / "out.csv").read_text().startswith("system_id,state,upstream,")
    assert "scrypt" in accounts("export", "--hashes").stdout
    for verb, said in (("suspend", "is suspended"), ("resume", "may bind again"), ("remove", "is removed")):
        assert said in accounts(verb, "acme").stdout


def test_an_import_names_every_fault_of_a_row(accounts, tmp_path):
    file = tmp_path / "in.csv"
    file.write_text("system_id,state,rate,window,password,password_hash\n,asleep,fast,some,a,b\n")
    done = accounts("import", str(file))
    assert (done.exit_code, "1 row is wrong; nothing was changed" in done.stderr) == (1, True)
    told = {line.split(":")[0] for line in done.stderr.splitlines()[1:]}
    columns = ("system_id", "state", "rate", "window", "password_hash")
    assert told == {f"  row 2, {column}" for column in columns}
    file.write_text("system_id,state\n")
    assert "holds no rows" in accounts("import", str(file)).stderr
