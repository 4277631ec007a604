"""``kill -9`` of the process that keeps the trace: each row comes in once and counts once, wherever it struck.

The keeper runs as control runs it, in a process of its own that ends itself with SIGKILL at the point named: nothing is
closed, flushed or rolled back by it.
"""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from smppproxy.app.trace_keeper import TraceKeeper
from smppproxy.state.sealed import Sealer
from smppproxy.state.spool import Spool
from smppproxy.state.stats.tally import Tally
from smppproxy.state.store import Store
from smppproxy.state.text_mover import FIELDS, SPOOL
from smppproxy.state.texts import TextStore, sealed_text
from smppproxy.state.trace_store import days

NOON = 1_800_014_400.0
FRAMES, EACH = 9, 4  # frames of a file, and rows of a frame

POINTS = [
    ("rows are written", 0),
    ("rows are written", 1),  # one of two days has the rows, the other has not
    ("rows are counted", 0),  # the days have them, the counts have not
    ("rows are counted", 2),
    ("files are deleted", 0),  # everything has them, and the file is still there
    ("files are deleted", 1),
]

VICTIMS = """
import asyncio, os, signal, sys
from pathlib import Path
from smppproxy.app.trace_keeper import TraceKeeper
from smppproxy.state import trace_mover
from smppproxy.state.stats.tally import Tally
from smppproxy.state.store import Store
from smppproxy.state.trace_partition import Partition

trace_mover.CHUNK = 12  # rows of a transaction: a file takes several
STRUCK = {
    "rows are written": (Partition, "write"), "rows are counted": (Tally, "add"), "files are deleted": (Path, "unlink"),
}

def live(state_dir, point, after):
    owner, name = STRUCK[point]
    real, calls = getattr(owner, name), 0

    def struck(self, *given, **more):
        nonlocal calls
        if owner is not Path or self.suffix == ".spool":
            calls += 1
            if calls > after:
                os.kill(os.getpid(), signal.SIGKILL)
        return real(self, *given, **more)

    setattr(owner, name, struck)
    keeper = TraceKeeper(state_dir, lambda: 100_000, Tally(Store.open(state_dir), 0), text_retention=lambda: 100_000)
    asyncio.run(keeper.run())

for folder, point, after in zip(*[iter(sys.argv[1:])] * 3):
    for _ in range(2):  # whoever takes over is killed as well
        if not list(Path(folder).glob("spool/*.spool")):
            break
        process = os.fork()  # so that the program is loaded once for all of them
        if not process:
            live(Path(folder), point, int(after))
        print(os.WTERMSIG(os.waitpid(process, 0)[1]))
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Path]:
    """State directories whose keepers were killed, each at a point."""
    folders = {each: tmp_path_factory.mktemp("state") for each in POINTS}
    words = []
    for (point, after), folder in folders.items():
        for file in range(2):
            _spooled(folder, file)
        words += [str(folder), point, str(after)]
    done = subprocess.run(
        [sys.executable, "-c", VICTIMS, *words], timeout=120, check=True, stdout=subprocess.PIPE, text=True
    )
    signals = done.stdout.split()
    assert len(signals) >= len(POINTS)
    assert set(signals) == {str(int(signal.SIGKILL))}
    return lambda point, after: folders[point, after]


def _spooled(state_dir: Path, file: int) -> None:
    spool = Spool(state_dir / "spool", file, NOON + file)
    texts = Spool(state_dir / SPOOL, file, NOON + file, fields=FIELDS)
    sealer = Sealer.load(state_dir)
    for frame in range(FRAMES):
        names = [f"t{file}-{frame}-{n}" for n in range(EACH)]
        days = [NOON + (frame % 2) * 86_400.0] * EACH  # a file has rows of two days
        spool.write([_row(at, name) for at, name in zip(days, names, strict=True)])
        spool.flush(NOON + frame)
        texts.write(
            [(at, name, b"", sealed_text(sealer, name, name, b"")) for at, name in zip(days, names, strict=True)]
        )
        texts.flush(NOON + frame)
    spool.close(NOON + FRAMES)
    texts.close(NOON + FRAMES)


def _row(at: float, trace_id: str) -> tuple[Any, ...]:
    return (
        at,
        trace_id,
        "acme",
        "smsc",
        4,
        "301150232",
        "1588",
        bytes(16),
        b"",
        "forward",
        "",
        "",
        "",
        0.0,
        0,
        "",
        0.1,
    )


def _stored(state_dir: Path, folder: str, table: str) -> list[str]:
    found = []
    for path in days(state_dir, folder).values():
        with closing(sqlite3.connect(path)) as connection:
            found += [name for (name,) in connection.execute(f"SELECT trace_id FROM {table}")]
    return sorted(found)


@pytest.mark.parametrize(("point", "after"), POINTS)
def test_a_row_comes_in_once_and_counts_once(killed: Callable[[str, int], Path], point: str, after: int) -> None:
    folder = killed(point, after)
    every = sorted(f"t{file}-{frame}-{n}" for file in range(2) for frame in range(FRAMES) for n in range(EACH))
    keeper = TraceKeeper(folder, lambda: 100_000, Tally(Store.open(folder), 0), text_retention=lambda: 100_000)
    while keeper._turn():
        pass
    keeper._mover.close()
    assert _stored(folder, "trace", "messages") == every
    assert _stored(folder, "texts", "texts") == every
    with closing(Store.open(folder)) as store:
        counted = dict(store.query("SELECT period, sum(messages) FROM traffic_counts GROUP BY period"))
    assert counted == {"2027-01-15": 2 * 5 * EACH, "2027-01-16": 2 * 4 * EACH, "2027-01": len(every)}
    assert list((folder / "spool").iterdir()) == []
    assert TextStore(folder).of_trace("t1-8-3") == "t1-8-3"
