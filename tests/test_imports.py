"""Imports undisturbed by the collector."""

from __future__ import annotations

import gc
import subprocess
import sys
from contextlib import suppress

import pytest

from smppproxy.imports import undisturbed


@pytest.fixture(autouse=True)
def _thawed():
    yield
    gc.unfreeze()


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_is_as_before(on):
    was_on = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        with suppress(ImportError), undisturbed():
            inside = gc.isenabled()
            raise ImportError
        assert (inside, gc.isenabled()) == (False, on)
    finally:
        (gc.enable if was_on else gc.disable)()


def test_what_was_made_is_left_alone():
    before = gc.get_freeze_count()
    with undisturbed():
        made = [[] for _ in range(1000)]
    assert gc.get_freeze_count() >= before + len(made)


CODE = """\
import gc, sys
from smppproxy import cli
sys.argv[1:] = ["--help"]
try:
    cli.main()
finally:
    print(gc.isenabled(), gc.get_freeze_count() > 0)
"""


def test_the_command_line_collects_what_it_makes_itself():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "True True"
