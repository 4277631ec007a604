"""Sanctions over a real store, with rules that act by themselves, and verdicts as workers tell them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import pytest

from smppproxy.state.authority import Authority
from smppproxy.state.sanctions.clerk import Event
from smppproxy.state.sanctions.rules import DAY, Action, Kind, Policy, Rule
from smppproxy.state.sanctions.whole import Sanctions
from smppproxy.state.verdicts import Tidings, VerdictRow, VolumeRow

NOON = 1_800_000_000.0
CODE = "301150232"
SUBJECT = f"code:{CODE}"

POLICY = Policy(
    malignant=frozenset({"text_gambling", "text_loan"}),
    rules=(
        Rule(name="slow", window=600, count=3, share=0.5, action=Action.THROTTLE, automatic=True, duration=300, rate=2),
        Rule(name="stop", window=DAY, count=5, action=Action.SUSPEND, automatic=True, duration=1000, warn_at=0.8),
        Rule(name="out", window=30 * DAY, suspensions=2, action=Action.STRIKE, automatic=True),
        Rule(name="owner", subject=Kind.OWNER, window=DAY, count=20, action=Action.STRIKE),
    ),
)


def hashed(number: int | str) -> bytes:
    """A recipient as workers tell it."""
    return blake2b(str(number).encode(), digest_size=16).digest()


class Bench:
    """A clock, an authority, and short ways to tell verdicts."""

    def __init__(self, state_dir: Path, policy: Policy, database: str) -> None:
        self.now = NOON
        self.policy = policy
        self._state_dir = state_dir
        self._database = database
        self._number = 0
        self.authority = self._take()

    def _take(self) -> Authority:
        return Authority.take(self._state_dir, database=self._database, policy=self.policy, clock=lambda: self.now)

    @property
    def sanctions(self) -> Sanctions:
        return self.authority.sanctions

    def restart(self) -> None:
        """As when control dies and is started again."""
        self.authority.close()
        self.authority = self._take()

    def verdict(self, **fields: object) -> VerdictRow:
        """A malignant verdict of now."""
        self._number += 1
        row = VerdictRow(
            self.now, f"t{self._number}", "acme", CODE, "821588", hashed(self._number), b"text", b"", "",
            "text_gambling", "gambling", 0.99, "m1", "text", True, True, "domestic",
        )  # fmt: skip
        return row._replace(**fields)

    def tell(
        self, verdicts: Sequence[VerdictRow] = (), messages: int = 0, name: str = "", account: str = "acme"
    ) -> list[Event]:
        """Take in one file and let the clerk turn."""
        self._number += 1
        volumes = [VolumeRow(self.now, account, CODE, messages)] if messages else []
        file = (
            name or f"{self._state_dir.name}/000-{self._number:015d}-000000.spool",
            Tidings(list(verdicts), volumes, True),
        )
        self.sanctions.clerk.ingest([file], self.now)
        return self.turn()

    def turn(self) -> list[Event]:
        return self.sanctions.turn(self.now)

    def found(self, many: int = 1, **fields: object) -> list[Event]:
        """So many verdicts at once."""
        return self.tell([self.verdict(**fields) for _ in range(many)])

    @property
    def state(self) -> str:
        """The code's state in the registry."""
        code = self.authority.codes.show(CODE)
        return "throttled" if code.state == "active" and code.rate_at(self.now) else str(code.state)


@pytest.fixture
def bench_with(tmp_path: Path, database: str) -> Iterator[Callable[[Policy], Bench]]:
    made: list[Bench] = []

    def make(policy: Policy) -> Bench:
        state_dir = tmp_path / f"var{len(made)}"
        if made:  # a second node on the same store
            state_dir.mkdir()
            shutil.copy(tmp_path / "var0" / "recipients.key", state_dir)
        bench = Bench(state_dir, policy, database)
        made.append(bench)
        bench.authority.codes.add(CODE, who="cli:anna", owner="Example Shop", owner_id="123-45-67890")
        return bench

    yield make
    for bench in made:
        bench.authority.close()


@pytest.fixture
def bench(bench_with: Callable[[Policy], Bench]) -> Bench:
    return bench_with(POLICY)
