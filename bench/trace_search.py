"""How long a search of a large trace takes: by recipient and day, and by whatever else `smppproxy trace` looks up.

    python bench/trace_search.py [--rows N] [--days N] [--recipients N] [--keep DIR] [--searches N]

The days are SQLite files. The first message to each recipient of a day is written as the mover writes it, the others
are copies of these under ids of their own, which is faster; segments are made by the trace itself. 100 million rows
take 23 GB and some twenty minutes; with ``--keep`` they stay in DIR for the next time. Each question is asked of many
different messages, with the files in memory and without: before each cold search the system is told to forget the files
of the trace. Prints one line each: p50, p99 and the longest. The last lines are the command itself, with its start.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.trace import FIELDS, fingerprint
from smppproxy.state.trace_days import open_trace
from smppproxy.state.trace_mover import CHUNK
from smppproxy.state.trace_query import TraceQuestion, pseudonyms_of, search
from smppproxy.state.trace_store import COLUMNS, FOLDER

FIRST = datetime(2027, 1, 15, tzinfo=UTC)
DAY = 86_400.0
ROW = 240  # octets of a row with its share of the lookups
SPARE = 2 << 30  # octets of the disk that are left alone
SENDERS, CODES, CAMPAIGNS = 50_000, 1_200, 1_000_000
SPREAD = 2_654_435_761  # a prime: neighbours in time are no neighbours in what is looked up
COPIED = 200_000  # rows of a transaction of copies
COLD = 20  # searches from the disk
STARTS = 5  # of the command
CONFIG = """
[proxy]
state_dir = "."
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "127.0.0.1:2776"
[[accounts]]
system_id = "reseller1"
upstream = "smsc"
"""

Ask = Callable[[int], TraceQuestion]


def number_of(n: int, recipients: int) -> str:
    """Return the recipient of the n-th message."""
    return f"8210{n % recipients * SPREAD % recipients:08d}"


def rows(start: int, count: int, begin: float, pace: float, among: int, of: Pseudonymiser) -> list[tuple[Any, ...]]:
    """Return rows of a day from the ``start``-th message on, one each ``pace`` seconds."""
    recipients = of.many([number_of(n, among).encode() for n in range(start, start + count)])
    return [
        (
            begin + (n - start) * pace, f"7f3a{n:08x}", f"reseller{n % 40}", "smsc", 4, code_of(n), sender_of(n, among),
            recipient, text_of(n, among), "forward", "", "", "ham", 0.01, 0, message_of(n), 0.004, "domestic", "",
            "2026-11",
        )
        for n, recipient in enumerate(recipients, start)
    ]  # fmt: skip


def code_of(n: int) -> str:
    """Return the first sender's code of the n-th message."""
    return f"3011{n * 7 % CODES:05d}"


def sender_of(n: int, recipients: int) -> str:
    """Return its sender."""
    return f"1588{n % recipients * SPREAD % SENDERS:06d}"


def text_of(n: int, recipients: int) -> bytes:
    """Return the fingerprint of its text."""
    return fingerprint((n % recipients * SPREAD % CAMPAIGNS).to_bytes(4))


def message_of(n: int) -> str:
    """Return what the carrier called it."""
    return f"{n * SPREAD:012x}"


def fill(state_dir: Path, many: int, days: int, among: int) -> None:
    """Write the days. Raises SystemExit where the disk is too small for them."""
    free, needed = shutil.disk_usage(state_dir).free, many * ROW + SPARE
    if free < needed:
        raise SystemExit(
            f"{state_dir}: {many:,} rows need {needed / 1e9:.0f} GB of disk and {free / 1e9:.0f} GB are free; "
            "say fewer with --rows, or another place with --keep"
        )
    pseudonym, spent, written = Pseudonymiser.load(state_dir), 0.0, 0
    trace = open_trace(state_dir)
    per_day = many // days
    pace = DAY / per_day
    for day in range(days):
        begin = (FIRST + timedelta(days=day)).timestamp()
        partition = trace.partition(day_name(day))
        for at in range(partition.position("bench"), min(among, per_day), CHUNK):
            count = min(CHUNK, among - at, per_day - at)
            batch = rows(day * per_day + at, count, begin + at * pace, pace, among, pseudonym)
            started = time.perf_counter()
            partition.write(batch, "bench", at + count)
            spent += time.perf_counter() - started
            written += count
        copy(state_dir / FOLDER / f"{day_name(day)}.db", day * per_day, per_day, among, pace)
        started = time.perf_counter()
        partition.seal()
        tell(f"day {day + 1} sealed", f"{time.perf_counter() - started:.1f} s")
        partition.close()
    trace.close()
    if written:
        tell("written, those that are no copies", f"{written / spent:,.0f} rows/s")


def copy(path: Path, first: int, per_day: int, among: int, pace: float) -> None:
    """Fill a day up with copies of its messages, to the same recipients later on."""
    chosen = ", ".join(
        {
            "at": f"at + {among} * {pace!r}",
            "trace_id": f"printf('7f3a%08x', id - 1 + {first + among})",
            "code": f"printf('3011%05d', (id - 1 + {first + among}) * 7 % {CODES})",
            "message_id": f"printf('%012x', (id - 1 + {first + among}) * {SPREAD})",
        }.get(name, name)
        for name in FIELDS
    )
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        while (there := connection.execute("SELECT max(id) FROM messages").fetchone()[0]) < per_day:
            until = min(there + COPIED, per_day) - among
            connection.execute(
                f"INSERT INTO messages ({COLUMNS}) SELECT {chosen} FROM messages WHERE id > ? AND id <= ? ORDER BY id",
                (there - among, until),
            )


def questions(many: int, days: int, among: int, of: Pseudonymiser) -> Iterator[tuple[str, Ask]]:
    """Yield what is asked about a message."""
    per_day = many // days

    def recipient(n: int) -> tuple[bytes, ...]:
        return pseudonyms_of("0" + number_of(n, among)[2:], of)

    def begin(n: int) -> float:
        return FIRST.timestamp() + n // per_day * DAY

    yield "recipient and day", lambda n: TraceQuestion(recipients=recipient(n), since=begin(n), until=begin(n) + DAY)
    yield (
        "recipient and hour",
        lambda n: TraceQuestion(
            recipients=recipient(n),
            since=begin(n) + n % per_day * DAY / per_day - 1800,
            until=begin(n) + n % per_day * DAY / per_day + 1800,
        ),
    )
    yield "recipient, all days", lambda n: TraceQuestion(recipients=recipient(n))
    yield (
        "recipient who got nothing, all days",
        lambda n: TraceQuestion(recipients=pseudonyms_of(f"0119{n % 10_000_000:07d}", of)),
    )
    yield "trace id", lambda n: TraceQuestion(trace_id=f"7f3a{n:08x}")
    yield "message_id", lambda n: TraceQuestion(message_id=message_of(n))
    yield (
        "sender and day, newest 100",
        lambda n: TraceQuestion(sender=sender_of(n, among), since=begin(n), until=begin(n) + DAY),
    )
    yield "sender and code", lambda n: TraceQuestion(sender=sender_of(n, among), code=code_of(n))
    yield "code, newest 100", lambda n: TraceQuestion(code=code_of(n))
    yield "text, newest 100", lambda n: TraceQuestion(text=text_of(n, among))


def forget(state_dir: Path) -> None:
    """Let the system forget the files of the trace; what is not on the disk yet it keeps, so that goes there first."""
    for path in (state_dir / FOLDER).iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def timed(state_dir: Path, ask: Ask, which: list[int], *, cold: bool) -> tuple[list[float], int]:
    """Return the milliseconds of each search, and the rows found in all."""
    spent, found = [], 0
    for n in which:
        if cold:
            forget(state_dir)
        question = ask(n)
        begin = time.perf_counter()
        found += len(search(state_dir, question))
        spent.append((time.perf_counter() - begin) * 1e3)
    return spent, found


def command(state_dir: Path, number: str, day: str) -> float:
    """Return the milliseconds of the command, its start included."""
    words = ["trace", "-c", str(state_dir / "smppproxy.toml"), "--recipient", number, "--since", day, "--until", day]
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "smppproxy", *words], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begin) * 1e3


def measure(state_dir: Path, many: int, days: int, among: int, searches: int) -> None:
    """Ask each question of many messages."""
    pseudonym = Pseudonymiser.load(state_dir)
    total, per_day = many // days * days, many // days
    for cold in (True, False):
        print(f"{'from the disk, ms' if cold else 'in memory, ms':45} {'p50':>8} {'p99':>8} {'longest':>8}")
        for what, ask in questions(many, days, among, pseudonym):
            which = random.Random(what).sample(range(total), COLD if cold else searches)
            if not cold:
                timed(state_dir, ask, which, cold=False)
            spent, found = timed(state_dir, ask, which, cold=cold)
            tell(what, f"{quantiles(spent)}  {found / len(which):.1f} rows each")
        which = random.Random(3).sample(range(total), STARTS)
        spent = []
        for n in which:
            if cold:
                forget(state_dir)
            spent.append(command(state_dir, "0" + number_of(n, among)[2:], day_name(n // per_day)))
        tell("`smppproxy trace --recipient`, with its start", quantiles(spent))


def quantiles(spent: list[float]) -> str:
    """Return p50, p99 and the longest."""
    last = statistics.quantiles(spent, n=100, method="inclusive")[98]
    return f"{statistics.median(spent):8.0f} {last:8.0f} {max(spent):8.0f}"


def day_name(day: int) -> str:
    """Return the n-th day as the trace calls it."""
    return (FIRST + timedelta(days=day)).date().isoformat()


def tell(what: str, result: str) -> None:
    """Print one result."""
    print(f"{what:45} {result}", flush=True)


def main() -> None:
    """Measure in a directory of its own, or in the one named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--recipients", type=int, default=10_000_000, help="phones that the rows are spread over")
    parser.add_argument("--searches", type=int, default=200, help="of each kind, with the files in memory")
    parser.add_argument("--keep", type=Path, default=None, metavar="DIR", help="where the rows are kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        state_dir = given.keep or Path(name)
        state_dir.mkdir(parents=True, exist_ok=True)
        written = state_dir / "written.json"
        made = {"rows": given.rows, "days": given.days, "recipients": given.recipients}
        if not written.exists():
            (state_dir / "smppproxy.toml").write_text(CONFIG, encoding="utf-8")
            fill(state_dir, given.rows, given.days, given.recipients)
            written.write_text(json.dumps(made), encoding="utf-8")
        elif json.loads(written.read_text(encoding="utf-8")) != made:
            raise SystemExit(f"{state_dir} holds other rows: {written.read_text(encoding='utf-8')}; say another --keep")
        measure(state_dir, given.rows, given.days, given.recipients, given.searches)


if __name__ == "__main__":
    main()
