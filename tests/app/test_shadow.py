"""The shadow: what two models differ in, within a bound of memory and of time."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from types import SimpleNamespace
from typing import Any

import pytest

from smppproxy.app import shadow
from smppproxy.app.shadow import CHUNK, QUEUE, Shadow
from smppproxy.app.shadow_tally import Tally


class Model:
    """Flags a text for the class of the first word of ``words`` in it."""

    classes = ("gambling", "loan", "spam")
    chunk = 5

    def __init__(self, **words: str) -> None:
        self.words = words
        self.asked: list[str] = []
        self.memory: dict[str, Any] = {}

    def said(self, texts: list[str]) -> tuple[list[Any], int]:
        assert 0 < len(texts) <= self.chunk
        new = [text for text in dict.fromkeys(texts) if text not in self.memory]
        self.asked += new
        self.memory.update((text, self._verdict(text)) for text in new)
        return [self.memory[text] for text in texts], len(new)

    def _verdict(self, text: str) -> Any:
        over = next((name for name, word in self.words.items() if word in text), "")
        p = tuple(0.9 if name == over else 0.1 for name in self.classes)
        return SimpleNamespace(key=text.encode(), over=over, known_language="foreign" not in text, probabilities=p)


class Clock:
    def __init__(self) -> None:
        self.now, self.step = 100.0, 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(clock: Clock) -> Callable[..., Shadow]:
    def make(current: Model, candidate: Model, share: float = 1.0) -> Shadow:
        return Shadow(current, candidate, share, Tally("new", "old", "shadow", 0), clock=clock)  # type: ignore[arg-type]

    return make


def batch(*texts: str | tuple[str, ...], account: str = "a") -> list[Any]:
    ticket = SimpleNamespace(link=SimpleNamespace(account=SimpleNamespace(name=account)))
    return [(ticket, (text,) if isinstance(text, str) else text) for text in texts]


def through(comparison: Shadow, clock: Clock, unix: float = 1000.0) -> None:
    """Let it work until nothing waits."""
    while len(comparison):
        clock.now += 1.0
        comparison.work(unix)


def cells(comparison: Shadow, account: str = "a") -> dict[str, tuple[int, int]]:
    return {name: (cell.texts, cell.messages) for name, cell in comparison.tally.cells[account].items()}


def test_what_they_differ_in_is_counted_by_class_and_kept(make: Callable[..., Shadow], clock: Clock) -> None:
    comparison = make(Model(gambling="casino", loan="cash"), Model(gambling="cash", spam="flower"))
    comparison.tap(batch("hello", "casino", "cash", "flower", "hello", "casino"))
    comparison.tap(batch("hello", "flower foreign", account="b"))
    through(comparison, clock)
    assert cells(comparison) == {
        "agree ": (1, 2),
        "no_longer_flagged gambling": (1, 2),
        "other_class gambling": (1, 1),
        "newly_flagged spam": (1, 1),
    }
    assert cells(comparison, "b") == {"agree ": (1, 2)}  # of a language a model does not know, nothing follows
    kept = {(e.outcome.value, e.label): (e.before, e.after) for e in comparison.tally.examples}
    assert kept == {
        ("no_longer_flagged", "gambling"): (0.9, 0.1),
        ("other_class", "gambling"): (0.1, 0.9),
        ("newly_flagged", "spam"): (0.1, 0.9),
    }
    one = next(e for e in comparison.tally.examples if e.label == "spam")
    # as the rows of the trace have it; the text itself is nowhere
    assert (one.at, one.account, one.text) == (1000.0, "a", blake2b(b"flower", digest_size=16).hexdigest())
    assert comparison.counts["newly_flagged", "spam"] == 1


def test_a_text_is_judged_once_and_remembered_verdicts_are_used(make: Callable[..., Shadow], clock: Clock) -> None:
    current, candidate = Model(), Model()
    current.said(["hello"])
    comparison = make(current, candidate)
    comparison.tap(batch(*["hello"] * 3, *["world"] * 30))
    through(comparison, clock)
    assert (current.asked, candidate.asked) == (["hello", "world"], ["hello", "world"])
    assert cells(comparison) == {"agree ": (2, 33)}


def test_the_worst_reading_counts(make: Callable[..., Shadow], clock: Clock) -> None:
    comparison = make(Model(), Model(loan="cash"))
    comparison.tap(batch(("hello", "cash")))
    through(comparison, clock)
    assert cells(comparison) == {"newly_flagged loan": (1, 1)}


def test_a_class_one_model_does_not_know(make: Callable[..., Shadow], clock: Clock) -> None:
    current = Model()
    current.classes = ("spam",)
    comparison = make(current, Model(loan="cash"))
    comparison.tap(batch("cash"))
    through(comparison, clock)
    [example] = comparison.tally.examples
    assert (example.before, example.after) == (0.0, 0.9)


def test_what_does_not_fit_is_dropped_and_counted(make: Callable[..., Shadow], clock: Clock) -> None:
    comparison = make(Model(), Model())
    comparison.tap(batch(*(f"text {n}" for n in range(QUEUE + 7))))
    assert (len(comparison), comparison.tally.dropped) == (QUEUE, 7)
    comparison.tap(batch("another"))
    assert comparison.tally.dropped == 8
    comparison.give_up()
    assert (len(comparison), comparison.tally.dropped) == (0, QUEUE + 8)


def test_it_takes_a_tenth_of_the_time(make: Callable[..., Shadow], clock: Clock) -> None:
    comparison = make(Model(), Model())
    comparison.tap(batch(*(f"text {n}" for n in range(QUEUE))))
    assert not comparison.work(0.0)  # no time has passed, so there is none to spend
    worked = 0.0
    began = clock.now
    for _ in range(1000):
        clock.now += 0.001  # a turn
        clock.step, before = 0.0004, clock.now
        comparison.work(0.0)
        worked += clock.now - before
        clock.step = 0.0
    assert worked / (clock.now - began) < 0.5  # the clock itself was charged for every look
    assert 0 < QUEUE - len(comparison) <= CHUNK * ((clock.now - began) * shadow.TIME_SHARE / 0.0004 + 2)


def test_a_busy_worker_spends_less(make: Callable[..., Shadow], clock: Clock) -> None:
    left = {}
    for busy in (False, True):
        comparison = make(Model(), Model())
        comparison.tap(batch(*(f"text {n}" for n in range(QUEUE))))
        for _ in range(1000):
            clock.now += 0.001
            clock.step = 0.0004
            assert not (comparison.work(0.0, busy=busy) and busy)  # it comes again with the next turn
            clock.step = 0.0
        left[busy] = QUEUE - len(comparison)
    assert 0 < left[True] < left[False] / 3


def test_an_idle_worker_saves_up_little(make: Callable[..., Shadow], clock: Clock) -> None:
    comparison = make(Model(), Model())
    clock.now += 3600.0
    comparison.tap(batch(*(f"text {n}" for n in range(QUEUE))))
    clock.step = 0.001
    runs = 1
    while comparison.work(0.0):
        runs += 1
    assert runs <= shadow.TIME_SAVED / 0.001 + 1


def test_a_share_of_the_texts_and_all_their_messages(make: Callable[..., Shadow], clock: Clock) -> None:
    comparison = make(Model(), Model(), share=0.25)
    for _ in range(2):
        comparison.tap(batch(*(f"text {n}" for n in range(1000)), ()))
    assert 150 * 2 < len(comparison) < 350 * 2
    through(comparison, clock)
    texts, messages = cells(comparison)["agree "]
    assert messages == 2 * texts


def test_a_model_that_fails_harms_nobody(make: Callable[..., Shadow], clock: Clock) -> None:
    candidate = Model()
    candidate.said = lambda texts: 1 / 0  # type: ignore[assignment,return-value]
    comparison = make(Model(), candidate)
    comparison.tap(batch("hello", "world"))
    through(comparison, clock)
    assert comparison.tally.failed == 2
    assert comparison.tally.cells == {}
