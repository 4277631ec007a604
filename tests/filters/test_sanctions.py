"""Sanctions of accounts and paces: as fast as a throttle leaves, however messages come, and no clock stops it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.contract import Reason
from filters.ports import ListEntry
from filters.sanctions import OwnPace, Pace, Sanctions
from smppproxy.state.shared_pace import FILE, IDLE, SharedPace

RATES = st.floats(0.01, 1000)
GAPS = st.lists(st.floats(0, 10), min_size=1, max_size=80)


class Lists:
    """One list of accounts."""

    def __init__(self, **reasons: str) -> None:
        self.version = 1
        self.reasons = reasons
        self.asked = 0

    def listed(self, kind: str, key: str) -> ListEntry | None:
        assert kind == "account_sanction"
        self.asked += 1
        return ListEntry(reason=self.reasons[key]) if key in self.reasons else None


@pytest.fixture(params=["own", "shared"])
def pace(request: pytest.FixtureRequest, tmp_path: Path) -> Pace:
    return OwnPace() if request.param == "own" else SharedPace(tmp_path)


@given(RATES, GAPS)
def test_never_more_passes_than_the_rate_and_a_second_of_it(rate: float, gaps: list[float]) -> None:
    pace, now, passed = OwnPace(), 1000.0, 0
    for gap in gaps:
        now += gap
        passed += pace.take("a", rate, now)
    assert 1 <= passed <= 2 + (now - 1000.0 - gaps[0] + 1.0) * rate


@given(RATES, st.integers(1, 50))
def test_whoever_keeps_to_the_rate_is_never_sent_away(rate: float, many: int) -> None:
    pace = OwnPace()
    assert all(pace.take("a", rate, 1000.0 + number * 1.001 / rate) for number in range(many))


@given(GAPS, st.lists(st.booleans(), min_size=80, max_size=80))
def test_two_workers_have_one_pace_together(
    tmp_path_factory: pytest.TempPathFactory, gaps: list[float], whose: list[bool]
) -> None:
    directory = tmp_path_factory.mktemp("pace")
    shared, alone, now = (SharedPace(directory), SharedPace(directory)), OwnPace(), 1000.0
    for gap, which in zip(gaps, whose, strict=False):
        now += gap
        assert shared[which].take("a", 2.0, now) == alone.take("a", 2.0, now)
    for each in shared:
        each.close()


def test_keys_have_paces_of_their_own(pace: Pace) -> None:
    assert pace.take("a", 0.1, 1000.0)
    assert not pace.take("a", 0.1, 1001.0)
    assert pace.take("b", 0.1, 1001.0)
    assert pace.take("a", 0.1, 1010.5)


def test_a_machine_that_was_started_anew_begins_anew(pace: Pace) -> None:
    assert pace.take("a", 1.0, 1_000_000.0)
    assert pace.take("a", 1.0, 5.0)


def test_a_file_of_another_size_is_taken_over_and_places_are_had_again(tmp_path: Path, monkeypatch: object) -> None:
    (tmp_path / FILE).write_bytes(b"\xff" * 100)
    monkeypatch.setattr("smppproxy.state.shared_pace.PLACES", 2)  # type: ignore[attr-defined]
    pace = SharedPace(tmp_path)
    assert all(pace.take(key, 1.0, 1000.0) for key in ("a", "b"))
    assert not pace.take("a", 1.0, 1000.1)
    assert pace.take("c", 1.0, 1000.0 + 2 * IDLE)
    assert not pace.take("c", 1.0, 1000.1 + 2 * IDLE)
    for number in range(10):  # more than there are places: nobody is stuck and nothing raises
        pace.take(f"k{number}", 1.0, 1000.2 + 2 * IDLE)
    pace.close()


def test_accounts() -> None:
    lists = Lists(bad="strike", slow="throttle 1", gone="suspend")
    sanctions = Sanctions(lists)
    told: Callable[..., Reason | None] = lambda name, now=1.0: (  # noqa: E731
        found.reason if (found := sanctions.of_account(name, now)) is not None else None
    )
    assert told("good") is None
    assert told("bad") is told("gone") is Reason.ACCOUNT_SANCTIONED
    assert (told("slow"), told("slow"), told("slow", 3.0)) == (None, Reason.ACCOUNT_RATE, None)
    asked = lists.asked
    assert told("good") is None
    assert lists.asked == asked  # remembered …
    lists.reasons["good"] = "suspend"
    lists.version += 1
    assert told("good") is Reason.ACCOUNT_SANCTIONED  # … until the books change
    assert Sanctions().account("bad") is None
