"""Open requests: closed once, expired in order, never more than were opened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.smpp.errors import LocalMisuse
from smppproxy.smpp.kernel import Frame, cut, headers
from smppproxy.smpp.window import Window


def of(number: float) -> float:
    """Rows that are their own time."""
    return float(number)


def test_an_answer_takes_its_row_once() -> None:
    window: Window[str] = Window(2, lambda _: 0.0)
    window.open(7, "seven")
    assert (window.free, len(window), 7 in window) == (1, 1, True)
    assert window.close(7) == "seven"
    assert window.close(7) is None
    assert window.free == 2


def test_a_number_still_open_is_the_owners_mistake() -> None:
    window: Window[str] = Window(2, lambda _: 0.0)
    window.open(7, "seven")
    with pytest.raises(LocalMisuse, match="sequence_number 7"):
        window.open(7, "again")
    with pytest.raises(LocalMisuse, match="sequence_number 7"):
        window.open_many([6, 7], ["six", "again"])
    assert len(window) == 1


def test_a_window_must_open_at_all() -> None:
    with pytest.raises(LocalMisuse, match="at least 1"):
        Window(0, of)


def test_free_is_never_negative() -> None:
    window: Window[int] = Window(1, of)
    window.open_many([1, 2, 3], [1, 2, 3])
    assert window.free == 0


def test_only_what_is_older_expires_and_oldest_first() -> None:
    begun = {"a": 1.0, "b": 2.0, "c": 2.0, "d": 3.0}
    window: Window[str] = Window(10, begun.__getitem__)
    window.open(1, "a")
    window.open_many([2, 3], ["b", "c"])
    window.open(4, "d")
    assert window.oldest() == 1.0
    assert window.expired(1.0) == []
    assert window.expired(3.0) == ["a", "b", "c"]
    assert window.drain() == ["d"]
    assert window.oldest() is None
    assert window.drain() == []


def test_answers_of_one_read_take_their_rows_together() -> None:
    window: Window[str] = Window(10, lambda _: 0.0)
    window.open_many([1, 2], ["a", "b"])
    answers, _, _ = cut(headers(0x80000004, [0, 0, 0], [2, 9, 1]), 100)
    assert window.close_many(answers) == ["b", None, "a"]
    assert len(window) == 0


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
    window: Window[int] = Window(5, of)
    opened: dict[int, int] = {}
    left: list[int] = []
    for now, (what, number) in enumerate(steps):
        if what == "open" and number not in opened:
            window.open(number, now)
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


def test_requests_that_are_their_own_rows_go_out_and_come_back() -> None:
    window: Window[Frame] = Window(10, lambda frame: frame.received)
    frames, _, _ = cut(headers(4, [0, 0], [21, 22]), 100)
    assert window.send_on(7, frames) == headers(4, [0, 0], [7, 8])
    assert list(window) == frames
    with pytest.raises(LocalMisuse, match="sequence_number 8"):
        window.send_on(8, frames)
    answers, _, _ = cut(headers(0x80000004, [0, 0], [8, 7]), 100)
    octets = headers(0x80000004, [0, 0], [22, 21])
    assert window.hand_back(answers) == ([frames[1], frames[0]], [None, None], b"\0\0", octets)
    assert window.hand_back(answers) is None
    assert len(window) == 0
