"""What an import of reports takes: a file of many rows against a trace of many messages, beside a store of its own.

    python bench/reports.py [--rows N] [--messages N] [--days N] [--form dump|csv]

Texts are made up: campaigns of random syllables, each in many spellings. Half of the reports name a sender (csv).
Prints one line a step, with seconds and the memory of the process (its peak) at the end.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from filters.text.normalise import prepare
from smppproxy.state.authority import Authority
from smppproxy.state.client import Client
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.reports.importing import Import
from smppproxy.state.reports.record import SEOUL
from smppproxy.state.trace import TraceRow, fingerprint
from smppproxy.state.trace_days import TraceDays, open_trace
from smppproxy.state.trace_mover import CHUNK
from smppproxy.state.trace_store import day_of

BEGIN = 1_800_014_400.0  # 2027-01-15T12:00:00Z
DAY = 86_400
CAMPAIGNS = 2_000
SPELLINGS = 60  # of each campaign, told apart by a word
SENDERS = 9_000
LABELS = ("도박", "대출", "주식투자", "성인", "비스팸", "기타")
_SYLLABLES = [chr(0xAC00 + 28 * n) for n in range(60, 399)]


def texts() -> list[list[str]]:
    """Return the spellings of each campaign."""
    chance = random.Random(3)

    def word() -> str:
        return "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4)))

    words = [word() for _ in range(20_000)]
    heads = [" ".join(chance.choices(words, k=14)) for _ in range(CAMPAIGNS)]
    return [[f"{head} {chance.choice(words)} {chance.choice(words)}" for _ in range(SPELLINGS)] for head in heads]


def fill(trace: TraceDays, many: int, days: int, said: list[list[str]], pseudonym: Pseudonymiser) -> None:
    """Write a trace: of ten messages one belongs to a campaign."""
    chance = random.Random(5)
    prints = [[fingerprint(prepare(text).key) for text in some] for some in said]
    recipients = [pseudonym(f"0101{n:07d}") for n in range(100_000)]
    for day in range(days):
        count, begin = many // days, BEGIN + day * DAY
        partition = trace.partition(day_of(begin))
        for start in range(0, count, CHUNK):
            rows = [
                TraceRow(
                    begin + n * (11 * 3600 / count), f"{day:03x}{n:08x}", f"reseller{n % 40}", "smsc", 4,
                    f"3011{n % 500:05d}", f"8215{n % SENDERS:08d}", chance.choice(recipients),
                    chance.choice(chance.choice(prints)) if n % 10 == 0 else chance.randbytes(16), "forward", "", "",
                    "ham", 0.01, 0, f"{n:012x}", 0.004,
                )
                for n in range(start, min(count, start + CHUNK))
            ]  # fmt: skip
            partition.write(rows, "bench", start + 1)
        partition.seal()
        partition.close()


def lines(many: int, days: int, said: list[list[str]], form: str) -> Iterator[str]:
    """Yield the rows of a file."""
    chance = random.Random(9)
    if form == "csv":
        yield "seq,스팸유형,회신번호,수신시간,신고시간,메시지\n"
    for n in range(many):
        at = BEGIN + chance.randrange(days) * DAY + chance.random() * 11 * 3600
        times = [datetime.fromtimestamp(at + late, SEOUL).strftime("%Y%m%d%H%M") for late in (0, 600)]
        text, label = chance.choice(chance.choice(said)), chance.choice(LABELS)
        if form == "csv":
            sender = f"15{chance.randrange(SENDERS):08d}" if n % 2 else ""
            yield f"{n},{label},{sender},{times[0]},{times[1]},[Web발신] {text}\n"
        else:
            cells = "[(KISA)]".join((*times, label, f"[Web발신] {text}", "SMS/-"))
            yield f"[(KISA:SOL)]{cells}[(KISA:EOL)]\n"


def main() -> None:
    """Measure in a directory of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--form", choices=("dump", "csv"), default="dump")
    given = parser.parse_args()
    said = texts()
    with tempfile.TemporaryDirectory() as name:
        state_dir, path = Path(name) / "var", Path(name) / f"reports.{given.form}"
        client = Client(state_dir)
        with closing(Authority.take(state_dir)):
            pass
        with closing(open_trace(state_dir)) as trace:
            fill(trace, given.messages, given.days, said, Pseudonymiser.load(state_dir))
        with path.open("w", encoding="utf-8") as file:
            file.writelines(lines(given.rows, given.days, said, given.form))
        steps: dict[str, float] = {}
        last = begin = time.perf_counter()
        doing = "reading"

        def tell(what: str, done: int, total: int) -> None:
            nonlocal last, doing
            now = time.perf_counter()
            steps[doing] = steps.get(doing, 0.0) + now - last
            last, doing = now, what

        work = Import(client, state_dir, who="bench", why="bench", clock=time.time, tell=tell)
        outcome = work.run(path)
        tell("", 0, 0)
        for what, spent in steps.items():
            print(f"{what:40} {spent:12.1f} s", flush=True)
        print(f"{'in all':40} {time.perf_counter() - begin:12.1f} s")
        print(f"{'reports, campaigns, matched':40} {outcome.added}, {outcome.campaigns}, {outcome.matched}")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(f"{'peak memory':40} {peak:12} MiB")


if __name__ == "__main__":
    main()
