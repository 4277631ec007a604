"""What judging a text costs: normalising, the model, the whole, in microseconds per message.

Run ``python bench/text.py``. Figures are medians over rounds of CPU time, so that a busy machine distorts them less;
all is one thread. No message is real: the texts are generated. No text is remembered from round to round, but the
hosts of links are; the last line tells what those cost that were never met.
"""

from __future__ import annotations

import itertools
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from filters.text import normalise
from filters.text.filter import TextFilter, TextSettings
from models.recipe.generate import corpus, evasion

ROUNDS = 15


def each(work: Callable[[], object], count: int) -> float:
    """Median CPU time of ``work`` over rounds, divided by ``count``, in microseconds."""
    took = []
    for _ in range(ROUNDS):
        start = time.thread_time()
        work()
        took.append(time.thread_time() - start)
    return statistics.median(took) / count * 1e6


def batches(judge: TextFilter, texts: list[str], size: int) -> Callable[[], None]:
    """The whole judgement, batch by batch."""

    def work() -> None:
        for start in range(0, len(texts), size):
            judge.verdicts(normalise.keys(texts[start : start + size]))

    return work


def hosts(count: int = 320) -> float:
    """What the host of a link costs that was never met, beside one that was; in microseconds."""
    fresh = (f"see you there, all about it at www.house{number:07}.com/a4 or so" for number in itertools.count())
    new, known = [], []
    for _ in range(ROUNDS):
        texts = [next(fresh) for _ in range(count)]
        for took in (new, known):
            start = time.thread_time()
            normalise.keys(texts)
            took.append(time.thread_time() - start)
    return (statistics.median(new) - statistics.median(known)) / count * 1e6


def main() -> None:
    """Print the table."""
    judge = TextFilter(TextSettings(memo=0))
    judge.warm()
    rows = corpus.generate(1, 8)
    mixed = [row.text for row in rows][:1920]  # honest and Korean, but for a few: a link in two of nine
    rng = random.Random(1)
    drawn = [row.text for row in rng.sample(rows, 1920)]  # of all languages and classes
    disguised = [evasion.disguise(text, rng) if number % 2 else text for number, text in enumerate(drawn)]
    ascii_text = [f"Hi Anna, lunch at the usual place, see you there around noon or so, number {n}" for n in range(640)]
    syllables = "가나다라마바사 아자차카타파하 거너더러머버서 어저처커터퍼허 고노도로모보소 오조초코토포호"
    korean = [(syllables + " 구누두루무부수 우주추쿠투푸후 그느드르므브스")[:70]] * 640
    sets = {
        "ASCII, 80 letters": ascii_text,
        "Korean, 70 syllables": korean,
        "generated, mixed": mixed,
        "all, half disguised": disguised,
    }
    print(f"normaliser: {normalise.KERNEL}; chunk: {judge.chunk}; microseconds per message")
    print(f"{'texts':24}{'normalise':>10}{'model/32':>10}{'whole/32':>10}{'whole/128':>10}{'whole/1':>10}{'octets':>8}")
    for name, texts in sets.items():
        keys = normalise.keys(texts)

        def model(keys: list[bytes] = keys) -> None:
            for start in range(0, len(keys), 32):
                judge.judge_model.run(keys[start : start + 32])

        def prepare(texts: list[str] = texts) -> object:
            return normalise.keys(texts)

        print(
            f"{name:24}{each(prepare, len(texts)):10.2f}{each(model, len(texts)):10.2f}"
            f"{each(batches(judge, texts, 32), len(texts)):10.2f}{each(batches(judge, texts, 128), len(texts)):10.2f}"
            f"{each(batches(judge, texts[:200], 1), 200):10.2f}{sum(map(len, keys)) / len(keys):8.0f}"
        )
    print(f"a host never met: {hosts():.1f} more")


if __name__ == "__main__":
    main()
