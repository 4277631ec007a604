"""How many texts a run takes, by a clock that the texts themselves move on."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from filters.text import pace as module
from filters.text.pace import HOLD, Pace

MICROSECOND = 1e-6


class Machine:
    """A pace, and a processor on which texts cost what the test says: µs a letter to be read, µs an octet to judge."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, letter: float = 0.02, octet: float = 0.02) -> None:
        self.now = 100.0
        self.letter, self.octet = letter, octet
        self.looks = 0
        self.pace = Pace(self._look)
        monkeypatch.setattr(module, "normalise", SimpleNamespace(keys=self._keys))

    def _look(self) -> float:
        self.looks += 1
        return self.now

    def _keys(self, texts: list[str]) -> list[bytes]:
        self.now += sum(map(len, texts)) * self.letter * MICROSECOND
        return [text.encode() for text in texts]

    def run(self, texts: list[str], spent: float = 0.0, known: bool = False) -> int:
        """Judge the first texts, as many as it takes; how many these were."""
        pace, self.began = self.pace, self.now - spent
        given = texts[: pace.chunk]
        pace.begin(spent)
        keys = pace.keys(given)
        asked = 0
        if keys and not known:
            keys = keys[: pace.room(keys)]
            asked = len(keys)
            octets = sum(map(len, keys))
            self.now += (took := (2500 + octets) * self.octet * MICROSECOND)
            pace.judged(took, octets)
        pace.expect(given, len(keys), asked)
        return len(keys)

    def took(self) -> float:
        """Seconds of the last run."""
        return self.now - self.began


def texts(count: int, letters: int = 100) -> list[str]:
    return ["x" * letters] * count


def test_more_are_taken_as_long_as_there_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    taken = [machine.run(texts(128)) for _ in range(60)]
    assert taken[0] == 24
    assert taken[:5] == sorted(taken[:5])
    assert 68 <= taken[-1] <= 76  # of 4 µs each, behind 50
    assert machine.took() == pytest.approx(0.7 * HOLD, rel=0.1)
    machine.letter, machine.octet = 0.001, 0.001
    taken = [machine.run(texts(128)) for _ in range(60)]
    assert taken[-1] == 128  # never more, however cheap


def test_few_that_came_say_nothing_of_how_many_may(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    before = machine.pace.chunk
    for _ in range(20):
        machine.run(texts(3))
    assert machine.pace.chunk == before
    for _ in range(20):
        machine.run(texts(3, 500))  # few that fill a run
    assert machine.pace.chunk > before


@pytest.mark.parametrize(("letter", "octet"), [(0.2, 0.02), (0.02, 0.06), (0.1, 0.04)])
def test_a_run_of_dearer_texts_ends_early(monkeypatch: pytest.MonkeyPatch, letter: float, octet: float) -> None:
    machine = Machine(monkeypatch)
    for _ in range(60):
        machine.run(texts(128))
    machine.letter = letter
    machine.octet, cheap = octet, machine.octet
    first = machine.run(texts(128))
    if octet == cheap:  # what the model takes is known only afterwards
        assert first < 60
        assert machine.took() < 0.9 * HOLD
    for number in range(20):
        machine.run(texts(128))
        assert machine.took() < 0.9 * HOLD or number < 3
    machine.letter, machine.octet = 0.02, cheap
    assert max(machine.run(texts(128)) for _ in range(60)) >= 50


def test_what_the_run_has_taken_before_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    for _ in range(60):
        machine.run(texts(128))
    usual = machine.pace.chunk
    assert machine.run(texts(128), spent=0.4 * HOLD) <= 24
    assert machine.run(texts(128), spent=10 * HOLD) == 1  # one at least
    assert machine.pace.chunk == usual  # a run that others have left no time tells nothing of how many may be taken


def test_long_texts_are_looked_at_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    machine.run(texts(24))
    machine.letter = 0.1
    assert machine.run(texts(4, 1900)) == 1
    assert machine.took() < 0.7 * HOLD


def test_a_long_text_is_read_in_one_run_and_judged_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    for _ in range(5):
        machine.run(texts(24))
    machine.letter, machine.octet = 0.25, 0.08
    for _ in range(4):
        machine.run(texts(24))
    ran = []
    for _ in range(2):
        ran.append(machine.run(texts(1, 1200)))
        assert machine.took() < HOLD
    assert ran == [0, 1]
    machine.letter = machine.octet = 0.02
    assert machine.run(["y" * 1200]) == 1  # where there is time for both, at once


def test_a_long_text_comes_to_its_verdict_though_there_is_never_time(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, letter=9.0, octet=9.0)
    machine.run(texts(1))
    many = [letter * 1200 for letter in "abcdefghijklmnopqrstuvwxyz"]
    runs = 0
    while many:
        many = many[machine.run(many, spent=HOLD) :]
        runs += 1
    assert runs <= 52


def test_the_clock_is_not_looked_at_for_each_text(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    machine.run(texts(24))
    machine.looks = 0
    machine.run(texts(24))
    assert machine.looks == 2 + 3 + 1  # when it begins, after each eight, before the model


def test_remembered_ones_come_in_greater_number(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    machine.run(texts(24))
    machine.run(texts(24), known=True)
    assert machine.pace.chunk > 90
    assert machine.pace.chunk_octets == machine.pace.chunk * module.TYPICAL_OCTETS
    assert machine.run(texts(90), known=True) == 90
    machine.pace.expect(texts(40), 40, 20)
    assert machine.pace.chunk == machine.pace.texts


def test_a_limit_is_kept_whatever_texts_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, letter=5.0, octet=5.0)
    machine.pace.limit(200)
    for _ in range(3):
        assert machine.run(texts(300)) == 200
    assert (machine.pace.chunk, machine.pace.chunk_octets) == (200, 200 * 120)
    machine.pace.limit(2)
    assert machine.run(texts(300)) == 2
