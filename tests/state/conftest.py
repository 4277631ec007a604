"""A state directory, a clock that stands still, and the authority over both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smppproxy.state.authority import Authority

NOON = 1_800_000_000.0  # 2027-01-15T08:00:00Z


class Clock:
    """Unix seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def take(state_dir: Path, clock: Clock, database: str) -> Iterator[Callable[[], Authority]]:
    """Take the authority as often as the test likes, on both engines; all are closed at the end."""
    taken: list[Authority] = []

    def again() -> Authority:
        authority = Authority.take(state_dir, database=database, clock=clock)
        taken.append(authority)
        return authority

    yield again
    for authority in taken:
        authority.close()


@pytest.fixture
def authority(take: Callable[[], Authority]) -> Authority:
    return take()
