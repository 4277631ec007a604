from __future__ import annotations

import json
import sqlite3

import pytest
from typer.testing import CliRunner

from smppproxy.app.settings import load
from smppproxy.cli.check import codes_held
from smppproxy.cli.main import app
from smppproxy.state.store import DATABASE

GOOD = """\
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "127.0.0.1:2776"
[[accounts]]
system_id = "reseller1"
upstream = "smsc"
"""


@pytest.fixture
def check(tmp_path):
    file = tmp_path / "proxy.toml"

    def check(text: str, *args: str):
        file.write_text(text)
        return CliRunner().invoke(app, ["check", "-c", str(file), *args])

    return check


def test_a_good_one(check):
    done = check(GOOD + '[filters.code]\nmode = "observe"\n')
    assert done.exit_code == 0
    assert done.stdout.endswith("loads; 1 listener, 1 upstream, 1 account, 0 warnings\n")


def test_what_will_hurt_is_told_and_loads(check):
    done = check(GOOD)
    assert done.exit_code == 0
    assert "warning: " in done.stdout
    assert "registry holds no code" in done.stdout


def test_every_fault_and_exit_code_2(check):
    done = check(GOOD.replace("127.0.0.1:0", "127.0.0.1") + "[proxy]\nworker = 1\n")
    assert done.exit_code == 2
    assert "proxy.toml:2: listeners[0].address" in done.stdout
    assert "proxy.toml:10: proxy.worker" in done.stdout
    assert done.stdout.endswith("2 faults\n")


def test_json_for_scripts(check):
    report = json.loads(check("[proxy]\nworker = 1\n" + GOOD, "--json").stdout)
    assert report["ok"] is False
    (fault,) = report["faults"]
    assert (fault["line"], fault["key"], fault["value"]) == (2, "proxy.worker", "1")
    assert fault["file"].endswith("proxy.toml")
    assert "workers" in fault["suggestion"]
    report = json.loads(check(GOOD, "--json").stdout)
    assert (report["ok"], report["faults"], len(report["warnings"])) == (True, [], 1)


def test_the_file_may_come_from_the_environment(tmp_path):
    file = tmp_path / "proxy.toml"
    file.write_text(GOOD)
    assert CliRunner().invoke(app, ["check"], env={"SMPPPROXY_CONFIG": str(file)}).exit_code == 0
    done = CliRunner().invoke(app, ["check"])
    assert done.exit_code == 2
    assert "-c FILE" in done.stderr


def test_the_schema():
    assert json.loads(CliRunner().invoke(app, ["check", "--schema"]).stdout)["title"] == "smppproxy configuration"


def test_a_check_leaves_no_trace(check, tmp_path):
    check(GOOD)
    assert [path.name for path in tmp_path.iterdir()] == ["proxy.toml"]


def test_codes_held(tmp_path):
    file = tmp_path / "proxy.toml"
    file.write_text(GOOD)
    settings = load(file).settings
    assert codes_held(settings) == 0
    settings.proxy.state_path.mkdir()
    database = settings.proxy.state_path / DATABASE
    database.write_text("no database, this, and long enough for SQLite to look at it " * 20)
    assert codes_held(settings) is None
    database.unlink()
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("CREATE TABLE codes (code)")
        connection.execute("INSERT INTO codes VALUES ('301150232')")
    connection.close()
    assert codes_held(settings) == 1
