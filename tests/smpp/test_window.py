"""Open requests: closed once, expired in order, never more than were opened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp.errors import LocalMisuse
from smppproxy.smpp.window import Window


def test_an_answer_takes_its_row_once() -> None:
    window: Window[str] = Window(2)
    window.open(7, "seven", 0.0)
    assert (window.free, len(window), 7 in window) == (1, 1, True)
    assert window.close(7) == "seven"
    assert window.close(7) is None
    assert window.free == 2


def test_a_number_still_open_is_the_owners_mistake() -> None:
    window: Window[str] = Window(2)
    window.open(7, "seven", 0.0)
    with pytest.raises(LocalMisuse, match="sequence_number 7"):
        window.open(7, "again", 1.0)
    with pytest.raises(LocalMisuse, match="sequence_number 7"):
        window.open_many([6, 7], ["six", "again"], 1.0)
    assert len(window) == 1


def test_a_window_must_open_at_all() -> None:
    with pytest.raises(LocalMisuse, match="at least 1"):
        Window(0)


def test_free_is_never_negative() -> None:
    window: Window[int] = Window(1)
    window.open_many([1, 2, 3], [1, 2, 3], 0.0)
    assert window.free == 0


def test_only_what_is_older_expires_and_oldest_first() -> None:
    window: Window[str] = Window(10)
    window.open(1, "a", 1.0)
    window.open_many([2, 3], ["b", "c"], 2.0)
    window.open(4, "d", 3.0)
    assert window.oldest() == 1.0
    assert window.expired(1.0) == []
    assert window.expired(3.0) == ["a", "b", "c"]
    assert window.drain() == ["d"]
    assert window.oldest() is None
    assert window.drain() == []


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("open"), st.integers(1, 9)),
            st.tuples(st.just("close"), st.integers(1, 9)),
            st.tuples(st.just("expire"), st.integers(0, 9)),
        )
    )
)
def test_every_row_leaves_once(steps: list[tuple[str, int]]) -> None:
    window: Window[int] = Window(5)
    opened: dict[int, int] = {}
    left: list[int] = []
    for now, (what, number) in enumerate(steps):
        if what == "open" and number not in opened:
            window.open(number, now, float(now))
            opened[number] = now
        elif what == "close":
            row = window.close(number)
            assert row == opened.pop(number, None)
            left += [] if row is None else [row]
        elif what == "expire":
            before = now - number
            late = window.expired(float(before))
            assert late == sorted(row for row in opened.values() if row < before)
            opened = {key: row for key, row in opened.items() if row >= before}
            left += late
    assert len(window) == len(opened)
    assert sorted(left + window.drain()) == sorted(set(left) | set(opened.values()))
