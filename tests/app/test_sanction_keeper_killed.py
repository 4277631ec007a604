"""Control is killed between counting a worker's file and deleting it: each verdict counts once.

The control process that dies is this file run as a program: state directory, database ("" for SQLite), and the point:
``counting`` is inside the transaction when all is written, ``counted`` after it, before the file is deleted.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from smppproxy.app.sanction_keeper import SanctionKeeper
from smppproxy.state.authority import Authority
from smppproxy.state.sanctions.engine import SanctionEngine
from smppproxy.state.sanctions.rules import Action, Kind, Policy, Rule
from smppproxy.state.sanctions.subjects import Subject
from smppproxy.state.verdicts import FOLDER, VerdictRow, VerdictSpool, VolumeRow

CODE = "301150232"
NOON = 1_800_000_000.0
POLICY = Policy(
    malignant=frozenset({"text_gambling"}),
    rules=(Rule(name="stop", count=5, action=Action.SUSPEND, automatic=True),),
)


def die(*_: Any, **__: Any) -> None:
    """End as a machine ends whose plug is pulled."""
    os.kill(os.getpid(), signal.SIGKILL)


def keeper_of(authority: Authority, state_dir: Path) -> SanctionKeeper:
    """The keeper of an authority."""
    return SanctionKeeper(state_dir, authority.sanctions, authority.service.run, lambda: NOON)


def main(state_dir: Path, database: str, point: str) -> None:
    """Take in what waits and die."""
    authority = Authority.take(state_dir, database=database, policy=POLICY, clock=lambda: NOON)
    if point == "counted":
        Path.unlink = die  # type: ignore[method-assign]
    else:
        save = SanctionEngine.save

        def saved(*arguments: Any) -> None:
            save(*arguments)
            die()

        SanctionEngine.save = saved  # type: ignore[method-assign]
    keeper_of(authority, state_dir).turn()


@pytest.mark.parametrize("point", ["counting", "counted"])
def test_a_verdict_counts_once_whenever_control_is_killed(tmp_path: Path, database: str, point: str) -> None:
    state_dir = tmp_path / "var"
    Authority.take(state_dir, database=database, policy=POLICY).close()
    spool = VerdictSpool(state_dir, 1, NOON)
    row = VerdictRow(
        NOON - 0.5, "t1", "acme", CODE, "821588", bytes(16), b"", b"", "",
        "text_gambling", "gambling", 0.99, "m1", "text", True, True, "domestic",
    )  # fmt: skip
    spool.put([row] * 3, [VolumeRow(NOON, "acme", CODE, 7)])
    spool.close(NOON)

    killed = subprocess.run([sys.executable, __file__, state_dir, database, point], capture_output=True, timeout=60)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert len(list((state_dir / FOLDER).iterdir())) == 1  # it was not deleted

    authority = Authority.take(state_dir, database=database, policy=POLICY, clock=lambda: NOON)
    try:
        keeper = keeper_of(authority, state_dir)
        for _ in range(2):
            keeper.turn()
        assert list((state_dir / FOLDER).iterdir()) == []
        engine = authority.sanctions.engine
        figures = engine.figures(Subject(Kind.CODE, CODE), POLICY.rules[0], NOON, enforced=True)
        assert (figures.verdicts, figures.messages) == (3, 7)
        assert len(authority.sanctions.verdicts.traced("t1")) == 3
        assert keeper.counted == (0 if point == "counted" else 3)
    finally:
        authority.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
