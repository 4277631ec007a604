"""Turns at the judge that has too much to do: whoever keeps it busy keeps nobody else waiting, on no bind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

Make = Callable[..., Any]
AHEAD = 40  # texts that a flooding bind always has waiting
RUNS = 100


class Flood:
    """Binds that always have texts waiting, and a judge that says something of a few at a time only."""

    def __init__(self, street: Make, talk: Any, names: list[str], said: int, octets: int) -> None:
        class Slow(talk.Judge):  # type: ignore[name-defined,misc]
            def said(self, texts: list[str], spent: float = 0.0) -> Any:
                return super().said(texts[:said])

        self.talk = talk
        self.at = street(judge=Slow(), accounts=names, account={"max_binds": 2})
        self.at.judge.chunk_octets = octets
        self.numbers = count(1)
        self.binds = {name: self.at.bound(system_id=name.encode())[0] for name in names}

    def waits(self, end: Any, text: bytes) -> None:
        self.at.house.sent(end.link, self.talk.submit(next(self.numbers), text), self.at.now)

    def turns(self, runs: int) -> None:
        """Run the judge so often; whoever floods goes on."""
        for _ in range(runs):
            for name, end in self.binds.items():
                waiting = sum(each.link is end.link for each in end.link.account.texts)
                for _ in range(AHEAD - waiting):
                    self.waits(end, f"{name} {next(self.numbers):06}".encode())
            self.at.house.judge(self.at.now)
            self.at.write()

    @property
    def asked(self) -> list[str]:
        return self.at.judge.asked


@pytest.mark.parametrize("said", [1, 3, 8])
@pytest.mark.parametrize("octets", [25, 45, 8000], ids=["room for two", "room for four", "room for all"])
def test_of_accounts_that_flood_each_has_its_turn(street: Make, talk: Any, said: int, octets: int) -> None:
    names = ["a", "b", "c", "d"]
    flood = Flood(street, talk, names, said, octets)
    flood.turns(RUNS)
    had = Counter(text[0] for text in flood.asked)
    assert min(had[name] for name in names) >= RUNS // (len(names) + 1), had  # a run has something of one at least
    flood.at.law()


@pytest.mark.parametrize("said", [1, 3, 8])
@pytest.mark.parametrize("octets", [25, 45, 8000], ids=["room for two", "room for four", "room for all"])
def test_a_text_beside_a_flood_of_its_own_account_has_its_turn(street: Make, talk: Any, said: int, octets: int) -> None:
    flood = Flood(street, talk, ["a", "b"], said, octets)
    beside, _ = flood.at.bound(system_id=b"b")
    flood.turns(1)
    for number in range(3):
        flood.waits(beside, b"beside %d" % number)
        flood.turns(8)
        assert f"beside {number}" in flood.asked
    flood.at.law()
