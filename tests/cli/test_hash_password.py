from __future__ import annotations

from typer.testing import CliRunner

from smppproxy.app.settings import Verifier
from smppproxy.cli.main import app


def test_a_line_from_a_pipe_becomes_a_hash():
    done = CliRunner().invoke(app, ["hash-password"], input="geheim\n")
    assert done.exit_code == 0
    assert "geheim" not in done.output
    assert Verifier(password_hash=done.stdout.strip()).verify(b"geheim")


def test_nothing_is_refused():
    done = CliRunner().invoke(app, ["hash-password"], input="\n")
    assert done.exit_code == 2
    assert "expected a password" in done.stderr
