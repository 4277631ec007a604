"""How long one run of the judge holds the loop, by traffic: no more than 0.5 ms are wanted.

    python bench/held.py [--rounds 20]

A run is what is done between two looks at the sockets: texts are taken off the tray, read, judged, and what follows is
done; the last columns tell what of it is the judgement. Ten sessions send a hundred messages a round; texts of more
than 70 characters go as message_payload. No message is real: the texts are generated. Times are the thread's own, so
that a busy machine distorts them less.
"""

from __future__ import annotations

import argparse
import gc
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
from models.recipe.generate import corpus, evasion
from smppproxy.relay.house import House
from smppproxy.relay.plan import AccountPlan, Plan, UpstreamPlan
from smppproxy.smpp.session import Limits

SESSIONS, BATCH = 10, 100
SETTLING = 0.2  # share of the runs in which it finds out what they cost


class Watched(TextFilter):
    """A text filter that keeps how long its runs held the loop."""

    def __init__(self) -> None:
        super().__init__(TextSettings(mode=Mode.ENFORCE, memo=0))
        self.warm()
        self.took: list[float] = []
        self.judged: list[float] = []

    def said(self, texts: list[str]) -> tuple[list[Verdict], int]:
        """Say it, and keep how long that took."""
        started = time.thread_time()
        told = super().said(texts)
        self.judged.append(time.thread_time() - started)
        return told

    def held(self, seconds: float, *, more: bool) -> None:
        """Keep it, and go by it."""
        self.took.append(seconds)
        super().held(seconds, more=more)


def held(texts: list[str]) -> tuple[list[float], list[float]]:
    """Seconds that each run of the judge took, and each judgement."""
    judge = Watched()
    rule = CodeRule(CodeSettings(), Book())
    account = AccountPlan(b"bench", "smsc", rule, window=10_000, max_binds=1000)
    plan = Plan({b"bench": account}, {"smsc": UpstreamPlan("smsc")})
    house = House(plan, Gate((), judge, Policy()), judge, Limits(), clock=lambda: 0.0, timer=time.thread_time)
    pairs = connected(house, SESSIONS)

    def read(some: list[tuple[int, str]]) -> bytes:
        return b"".join(judged.submit(number + 2, text, len(text) > judged.LENGTH) for number, text in some)

    numbered = list(enumerate(texts))
    reads = [read(numbered[start : start + BATCH]) for start in range(0, len(texts) - BATCH + 1, BATCH)]
    rounds = [reads[start : start + SESSIONS] for start in range(0, len(reads) - SESSIONS + 1, SESSIONS)]
    gc.collect()
    gc.freeze()  # as a worker does
    judged.work(house, pairs, rounds)
    return judge.took[int(len(judge.took) * SETTLING) :], judge.judged[int(len(judge.judged) * SETTLING) :]


def told(seconds: list[float]) -> str:
    """Median, p99 and most, in microseconds."""
    took = [each * 1e6 for each in seconds]
    return f"{median(took):9.0f}{quantiles(took, n=100)[98]:7.0f}{max(took):7.0f}"


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    count = parser.parse_args().rounds * SESSIONS * BATCH
    draw = random.Random(1)
    rows = [row for row in corpus.generate(1, 8) if len(row.text) <= 2000]

    def drawn(choice: Callable[[corpus.Row], bool]) -> list[str]:
        return draw.choices([row.text for row in rows if choice(row)], k=count)

    sets = {
        "70 characters, all different": judged.texts("different", count),
        "honest Korean, short and long": drawn(lambda row: row.lang == "ko" and not row.targets[-1]),
        "honest, all languages": drawn(lambda row: not row.targets[-1]),
        "half spam, half disguised": [
            evasion.disguise(text, draw) if number % 2 else text
            for number, text in enumerate(drawn(lambda row: bool(row.targets[-1]))[: count // 2])
            for text in (text, draw.choice(rows).text)
        ],
        "nothing but fraud": drawn(lambda row: bool(row.targets[5] == 1)),
    }
    names = ("median", "p99", "most", "judged", "p99", "most")
    heads = "".join(f"{name:>{9 if number % 3 == 0 else 7}}" for number, name in enumerate(names))
    print(f"{'texts':32}{'runs':>7}{'texts a run':>13}{heads}  us")
    for name, texts in sets.items():
        took, said = held(texts)
        share = count * (1 - SETTLING) / len(took)
        print(f"{name:32}{len(took):7}{share:13.0f}{told(took)}{told(said)}")


if __name__ == "__main__":
    main()
