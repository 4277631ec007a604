"""What the trace takes: rows a second into a day of the store from one process, and a search in it.

    python bench/trace_store.py [--rows N] [--database postgresql://…]

Without ``--database`` the day is an SQLite file. Rows come 20,000 a transaction, as the mover writes them. Prints one
line each. Other load on the machine, and that of a database beside it, adds to the seconds and not to those of CPU.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from smppproxy.state.trace_days import TraceDays, open_trace
from smppproxy.state.trace_mover import CHUNK
from smppproxy.state.trace_query import TraceQuestion, search

DAY, NOON = "2027-01-15", 1_800_014_400.0
RECIPIENTS = 100_000  # of which each row has one


def rows(start: int, count: int, recipients: list[bytes]) -> list[tuple[Any, ...]]:
    """Return rows as a busy hour has them: few refused, most without a text's class."""
    chance = random.Random(start)
    return [
        (
            NOON + n * 1e-5, f"7f3a{n:08x}", f"reseller{n % 40}", "smsc", 4, f"3011{n % 5000:05d}",
            f"1588{n % 9000:04d}", chance.choice(recipients), n.to_bytes(16, "big"), "forward", "", "", "ham", 0.01, 0,
            f"{n * 2654435761:012x}", 0.004, "domestic", "", "2026-11",
        )
        for n in range(start, start + count)
    ]  # fmt: skip


def fill(trace: TraceDays, count: int, recipients: list[bytes]) -> tuple[float, float]:
    """Write rows and return the seconds of writing alone, and those this process was at work for it."""
    partition, spent, used = trace.partition(DAY), 0.0, 0.0
    for start in range(0, count, CHUNK):
        batch = rows(start, min(CHUNK, count - start), recipients)
        begin, worked = time.perf_counter(), time.process_time()
        partition.write(batch, f"bench-{os.getpid()}", start + 1)
        spent += time.perf_counter() - begin
        used += time.process_time() - worked
    return spent, used


def main() -> None:
    """Measure in a directory of its own, or in the database named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", default="")
    given = parser.parse_args()
    chance = random.Random(7)
    recipients = [chance.randbytes(16) for _ in range(RECIPIENTS)]
    with tempfile.TemporaryDirectory() as name:
        trace = open_trace(Path(name), given.database)
        spent, used = fill(trace, given.rows, recipients)
        print(f"{'written':40} {given.rows / spent:12,.0f} rows/s, {given.rows / used:,.0f} a second of CPU")
        for what, question in (
            ("recipient, day being written", TraceQuestion(recipients=(recipients[5],), since=NOON - 1, limit=1000)),
            ("a trace id, day being written", TraceQuestion(trace_id=f"7f3a{given.rows // 2:08x}")),
        ):
            begin = time.perf_counter()
            found = search(Path(name), question, given.database)
            print(f"{what:40} {(time.perf_counter() - begin) * 1000:12.1f} ms, {len(found)} rows")
        begin = time.perf_counter()
        trace.partition(DAY).seal()
        print(f"{'sealed':40} {time.perf_counter() - begin:12.1f} s")
        begin = time.perf_counter()
        search(Path(name), TraceQuestion(trace_id=f"7f3a{given.rows // 2:08x}"), given.database)
        print(f"{'a trace id, sealed':40} {(time.perf_counter() - begin) * 1000:12.1f} ms")
        trace.close()


if __name__ == "__main__":
    main()
