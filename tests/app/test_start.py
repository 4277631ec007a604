"""The beginning of a child process."""

from __future__ import annotations

import gc
import subprocess
import sys
import types

import pytest

from smppproxy.app import start


@pytest.fixture(autouse=True)
def _thawed():
    yield
    gc.unfreeze()


def test_the_named_module_runs_with_the_words_that_follow(monkeypatch):
    seen = []
    module = types.ModuleType("smppproxy.app.any_main")
    module.main = lambda: seen.append((sys.argv[1:], gc.isenabled())) or 3
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(sys, "argv", ["start", "any_main", "7", "0"])
    assert start.main() == 3
    assert seen == [(["7", "0"], True)]


@pytest.mark.parametrize("name", ["control_main", "worker_main"])
def test_children_are_not_started_by_hand(monkeypatch, name):
    monkeypatch.setattr(sys, "argv", ["start", name])
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: types.SimpleNamespace(prctl=lambda *_: 0))
    with pytest.raises(SystemExit, match="smppproxy run"):
        start.main()


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("parent", "rich pygments uvloop numpy onnxruntime filters.text.tables uvicorn starlette"),
        ("control_main", "rich pygments numpy onnxruntime filters.text.tables filters.patterns"),
        ("worker", "rich pygments onnxruntime uvicorn starlette prometheus_client"),
        ("looker", "requests numpy.random"),
    ],
)
def test_nobody_brings_what_others_need(module, absent):
    """Each would cost the process megabytes and a part of a second of every start."""
    code = f"import sys, smppproxy.app.{module}; print(*sorted(set({absent.split()!r}) & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []
