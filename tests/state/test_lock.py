"""The control lock: one holder, freed by death."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from smppproxy.state.errors import BusyError, StoreError
from smppproxy.state.lock import FILE, ControlLock


def test_one_holder_at_a_time(state_dir: Path) -> None:
    lock = ControlLock.take(state_dir)
    with pytest.raises(BusyError, match=f"held by process {os.getpid()}$"):
        ControlLock.take(state_dir)
    lock.release()
    lock.release()
    ControlLock.take(state_dir).release()
    assert (state_dir / FILE).stat().st_mode & 0o777 == 0o600


HOLDER = "import sys, pathlib; from smppproxy.state.lock import ControlLock as L; " + (
    "l = L.take(pathlib.Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
)


def test_death_frees_it(state_dir: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, state_dir], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(BusyError, match=str(holder.pid)):
            ControlLock.take(state_dir)
        holder.kill()
    ControlLock.take(state_dir).release()


def test_a_directory_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(StoreError, match=FILE):
        ControlLock.take(tmp_path)
