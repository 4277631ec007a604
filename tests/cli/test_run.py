from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path

import pytest
from typer.testing import CliRunner

from smppproxy import app as house

#: The module; the name in its package is the entry point.
main = importlib.import_module("smppproxy.cli.main")


@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_exit_code_is_the_parents(monkeypatch, code):
    parent = types.ModuleType("smppproxy.app.parent")
    given = []
    parent.main = lambda path: given.append(path) or code  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "smppproxy.app.parent", parent)
    monkeypatch.setattr(house, "parent", parent, raising=False)
    monkeypatch.setattr(main, "find_spec", lambda name: name)
    assert CliRunner().invoke(main.app, ["run", "-c", "proxy.toml"]).exit_code == code
    assert given == [Path("proxy.toml")]


def test_a_file_is_needed(monkeypatch):
    monkeypatch.setattr(main, "find_spec", lambda name: name)
    done = CliRunner().invoke(main.app, ["run"], env={"SMPPPROXY_CONFIG": ""})
    assert done.exit_code == 2
    assert "--config" in done.stderr
