from __future__ import annotations

import importlib
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from smppproxy.cli.main import COMMANDS, Entry, app, version_line

#: The module; the name in its package is the entry point.
main = importlib.import_module("smppproxy.cli.main")

#: What help may not cost: each takes a tenth of a second or more to import.
HEAVY = ("pydantic", "rich", "onnxruntime", "numpy", "prometheus_client", "starlette", "uvloop", "structlog", "smpplib")


@pytest.fixture
def run():
    return lambda *args, **given: CliRunner().invoke(app, list(args), **given)


def smppproxy(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it."""
    command = [sys.executable, "-c", "from smppproxy.cli import main; main()", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, **environment})


def test_help_names_what_is_there(run):
    told = run("--help").stdout
    assert "check" in told
    assert "Check a configuration" in told
    assert "--version" in told


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom smppproxy.cli.main import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr


def test_version_names_the_kernel():
    done = smppproxy("--version")
    assert done.returncode == 0
    assert done.stdout.strip() == version_line()
    assert "kernel: " in done.stdout
    assert "kernel: pure" in smppproxy("--version", SMPPPROXY_PURE="1").stdout


def test_version_without_a_kernel(monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(main.importlib, "import_module", absent)
    assert "kernel: absent" in version_line()


def test_a_typo_is_answered_with_a_suggestion(run):
    done = run("chek")
    assert done.exit_code == 2
    assert "Did you mean 'check'?" in done.stderr


@pytest.mark.parametrize("args", [(), ("check", "--no-such"), ("zzzz",)])
def test_wrong_usage_is_2(run, args):
    assert run(*args).exit_code == 2


def test_a_command_whose_module_is_missing_is_not_listed(run, monkeypatch):
    monkeypatch.setitem(COMMANDS, "absent", Entry("smppproxy.cli.absent:command", "Not there."))
    monkeypatch.setitem(COMMANDS, "needy", Entry("smppproxy.cli.check:command", "Needs.", "smppproxy.app.absent"))
    told = run("--help").stdout
    assert "absent" not in told
    assert "needy" not in told
    assert run("absent").exit_code == 2


def test_groups_are_loaded_by_name(run, monkeypatch):
    group = typer.Typer()

    @group.command()
    def add(code: str) -> None:
        typer.echo(f"added {code}")

    module = types.ModuleType("smppproxy.cli.check_group")
    module.app = group  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(main, "find_spec", lambda name: name)
    monkeypatch.setitem(COMMANDS, "group", Entry("smppproxy.cli.check_group:app", "A group."))
    assert run("group", "add", "301150232").stdout == "added 301150232\n"


def test_a_faulty_configuration_ends_any_command_with_2_and_all_faults(run, monkeypatch, tmp_path):
    file = tmp_path / "proxy.toml"
    file.write_text("[proxy]\nworker = 1\nworkers = true\n")

    def command(config: Path) -> None:
        from smppproxy.app.settings import load

        load(config)

    module = types.ModuleType("smppproxy.cli.loads")
    module.command = command  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(main, "find_spec", lambda name: name)
    monkeypatch.setitem(COMMANDS, "loads", Entry("smppproxy.cli.loads:command", "Loads."))
    done = run("loads", str(file))
    assert done.exit_code == 2
    assert "proxy.toml:2: proxy.worker" in done.stderr
    assert "proxy.toml:3: proxy.workers" in done.stderr
    assert "Traceback" not in done.output


def test_a_bug_is_not_hidden(run, monkeypatch):
    module = types.ModuleType("smppproxy.cli.broken")

    def command() -> None:
        raise ZeroDivisionError

    module.command = command  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(main, "find_spec", lambda name: name)
    monkeypatch.setitem(COMMANDS, "broken", Entry("smppproxy.cli.broken:command", "Breaks."))
    assert isinstance(run("broken").exception, ZeroDivisionError)


def test_piped_output_is_plain():
    done = smppproxy("--help")
    assert "\x1b" not in done.stdout
    assert "\x1b" not in smppproxy("chek", NO_COLOR="1").stderr
