"""For the tests of commands: a configuration whose proxy does not run, and commands called with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from smppproxy.cli.main import app

CONFIG = """
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "127.0.0.1:2776"
[[accounts]]
system_id = "reseller1"
upstream = "smsc"
"""

Run = Callable[..., Result]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A small configuration; its state will be in ``var`` beside it."""
    path = tmp_path / "smppproxy.toml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def command(config: Path) -> Callable[..., Run]:
    """Makes the way to call one command: ``run = command("codes"); run("list", code=0)`` ends with that exit code."""

    def command(*group: str) -> Run:
        def run(*words: object, code: int = 0, stdin: str | None = None) -> Result:
            result = CliRunner().invoke(app, [*group, *map(str, words), "-c", str(config)], input=stdin)
            assert result.exit_code == code, result.output
            return result

        return run

    return command
