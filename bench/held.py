"""How long one run of the judge holds the loop, by traffic: no more than 0.5 ms are wanted.

    python bench/held.py [--rounds 20]

A run is what is done between two looks at the sockets: texts are taken off the tray, read, judged, and what follows is
done; where much is found some runs do nothing but what follows. The last columns tell of the judgements alone. Ten
sessions send a hundred messages a round; texts of more than 70 characters go as message_payload. No message is real:
the texts are generated. Cyclic garbage is collected between rounds, as a worker does between turns.

Times are the thread's own, so that a busy machine distorts them less. It does distort them: a thread that others pushed
aside finds its caches cold, and a core that shares its pipeline with somebody's work is half as fast. So a loop of
additions is timed before each row; where its p99 is far above its median, so are those of the row.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

import judged
from relay import Book, connected

from filters.code import CodeRule, CodeSettings
from filters.contract import Mode
from filters.gate import Gate
from filters.policy import Policy
from filters.text.filter import TextFilter, TextSettings, Verdict
from filters.text.pace import HOLD
from models.recipe.generate import corpus, evasion
from smppproxy.app import memory
from smppproxy.relay.house import House
from smppproxy.relay.plan import AccountPlan, Plan, UpstreamPlan
from smppproxy.smpp.session import Limits

SESSIONS, BATCH = 10, 100
SETTLING = 0.05  # share of the runs in which it finds out what they cost
TURNS = 20  # times that traffic turns from honest to fraud or back
ADDITIONS = 15_000  # they take as long as a run does on a core of its own
LONGEST = 2000  # characters of a text


class Watched(TextFilter):
    """A text filter that keeps how long its judgements take."""

    def __init__(self) -> None:
        super().__init__(TextSettings(mode=Mode.ENFORCE, memo=0))
        self.warm()
        self.took: list[float] = []

    def said(self, texts: list[str], spent: float = 0.0) -> tuple[list[Verdict], int]:
        """Say it, and keep how long that took."""
        started = time.thread_time()
        told = super().said(texts, spent)
        self.took.append(time.thread_time() - started)
        return told


def held(texts: list[str]) -> tuple[list[float], list[float]]:
    """Seconds that each run took, and each judgement."""
    judge = Watched()
    rule = CodeRule(CodeSettings(), Book())
    account = AccountPlan(b"bench", "smsc", rule, window=10_000, max_binds=1000)
    plan = Plan({b"bench": account}, {"smsc": UpstreamPlan("smsc")})
    house = House(plan, Gate((), judge, Policy()), judge, Limits(), clock=lambda: 0.0, timer=time.thread_time)
    pairs = connected(house, SESSIONS)
    took: list[float] = []

    def run(now: float) -> bool:
        started = time.thread_time()
        more = house.judge(now)
        took.append(time.thread_time() - started)
        return more

    def read(some: list[tuple[int, str]]) -> bytes:
        return b"".join(judged.submit(number + 2, text, len(text) > judged.LENGTH) for number, text in some)

    numbered = list(enumerate(texts))
    reads = [read(numbered[start : start + BATCH]) for start in range(0, len(texts) - BATCH + 1, BATCH)]
    rounds = [reads[start : start + SESSIONS] for start in range(0, len(reads) - SESSIONS + 1, SESSIONS)]
    memory.settle()
    collector = memory.Collector(lambda _: None)
    for some in rounds:
        judged.work(house, pairs, [some], run)
        collector.tick(quiet=True)  # as a worker does, between two turns
    collector.close()
    return took[int(len(took) * SETTLING) :], judge.took[int(len(judge.took) * SETTLING) :]


def additions() -> list[float]:
    """Seconds that the same loop of additions takes, again and again, on a core as it is now."""
    took = []
    for _ in range(1000):
        started = time.thread_time()
        sum(range(ADDITIONS))
        took.append(time.thread_time() - started)
    return took


def told(seconds: list[float]) -> str:
    """Median, p99 and most, in microseconds, and the share of those that took too long."""
    took = [each * 1e6 for each in seconds]
    long = sum(each > HOLD for each in seconds) / len(seconds)
    return f"{median(took):9.0f}{quantiles(took, n=100)[98]:7.0f}{max(took):7.0f}{long:9.3%}"


def long_texts(texts: list[str], count: int, draw: random.Random) -> list[str]:
    """Texts of some 2,000 characters: several of the others in a row."""
    made = []
    for _ in range(count):
        text = ""
        while len(text) < LONGEST:
            text += draw.choice(texts) + " "
        made.append(text[:LONGEST])
    return made


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    count = parser.parse_args().rounds * SESSIONS * BATCH
    draw = random.Random(1)
    rows = [row for row in corpus.generate(1, 8) if len(row.text) <= LONGEST]

    def drawn(choice: Callable[[corpus.Row], bool], count: int = count) -> list[str]:
        return draw.choices([row.text for row in rows if choice(row)], k=count)

    def honest(row: corpus.Row) -> bool:
        return not row.targets[-1]

    def fraud(row: corpus.Row) -> bool:
        return bool(row.targets[5] == 1)

    spam = drawn(lambda row: bool(row.targets[-1]), count // 2)
    turns = count // TURNS
    sets = {
        "70 characters, all different": judged.texts("different", count),
        "honest Korean, short and long": drawn(lambda row: row.lang == "ko" and honest(row)),
        "honest, all languages": drawn(honest),
        "half spam, half disguised": [
            each
            for number, text in enumerate(spam)
            for each in (evasion.disguise(text, draw) if number % 2 else text, draw.choice(rows).text)
        ],
        "nothing but fraud": drawn(fraud),
        "honest and fraud by turns": [
            text for number in range(TURNS) for text in drawn(fraud if number % 2 else honest, turns)
        ],
        "2,000 characters": long_texts([row.text for row in rows], count // 4, draw),
    }
    names = ("median", "p99", "most", ">0.5 ms")
    heads = "".join(f"{name:>{width}}" for name, width in zip(names, (9, 7, 7, 9), strict=True))
    print(f"{'':32}{'':7}{'of them':>9}{'runs, us':>32}{'judgements, us':>32}")
    print(f"{'texts':32}{'runs':>7}{'judge':>9}{heads}{heads}")
    for name, texts in sets.items():
        noise = additions()
        took, said = held(texts)
        print(f"{name:32}{len(took):7}{len(said):9}{told(took)}{told(said)}")
        print(f"{'  (a loop of additions before)':32}{'':16}{told(noise)}")


if __name__ == "__main__":
    main()
