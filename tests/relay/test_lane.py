"""What waits for the judge keeps its order on each bind, and every bind has its turn."""

from __future__ import annotations

from itertools import count
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from smppproxy.relay.lane import Lane
from smppproxy.smpp import constants as c
from smppproxy.smpp import kernel

BINDS = ("a", "b", "c")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.lists(st.sampled_from(BINDS), max_size=6)),
        st.tuples(st.just("take"), st.integers(1, 5)),
        st.tuples(st.just("put back"), st.integers(0, 5)),
        st.tuples(st.just("drop"), st.sampled_from(BINDS)),
    ),
    max_size=30,
)


def ticket(bind: str, number: int) -> kernel.Frame:
    header = b"".join(part.to_bytes(4, "big") for part in (16, c.SUBMIT_SM, 0, number))
    [frame], _, _ = kernel.cut(header, 100, bind)
    return frame


def numbers(tickets: Any) -> list[int]:
    return [each.sequence_number for each in tickets]


@given(STEPS)
def test_nothing_is_lost_and_what_comes_first_on_a_bind_goes_first(steps: list[tuple[str, Any]]) -> None:
    lane, fresh = Lane(), count(1)
    waiting: dict[str, list[int]] = {bind: [] for bind in BINDS}
    for what, value in steps:
        if what == "put":
            some = [ticket(bind, next(fresh)) for bind in value]
            lane.extend(some)
            for each in some:
                waiting[each.link].append(each.sequence_number)
        elif what == "drop":
            assert numbers(lane.drop(value)) == waiting[value]
            waiting[value] = []
        elif len(lane):
            bind = lane.next()[0].link
            assert numbers(lane.next()) == waiting[bind]
            some = lane.take(5 if what == "put back" else value)
            assert 0 < len(some) <= 5
            assert numbers(some) == waiting[bind][: len(some)]
            if what == "put back":
                kept, rest = some[:value], some[value:]
                lane.put_back(rest, served=bool(kept))
                if rest:
                    order = [each.link for each in lane]
                    assert (order[-1] if kept else order[0]) == bind
                some = kept
            waiting[bind] = waiting[bind][len(some) :]
        assert len(lane) == sum(map(len, waiting.values()))
        assert sorted(numbers(lane)) == sorted(number for each in waiting.values() for number in each)
    lane.clear()
    assert (len(lane), list(lane)) == (0, [])


def test_binds_have_their_turn_one_after_another() -> None:
    lane = Lane()
    lane.extend([ticket(bind, number) for number, bind in enumerate("aaaaabbbc")])
    turns = []
    while lane:
        some = lane.take(2)
        turns.append((some[0].link, numbers(some)))
    assert turns == [("a", [0, 1]), ("b", [5, 6]), ("c", [8]), ("a", [2, 3]), ("b", [7]), ("a", [4])]


def test_who_was_served_lets_the_others_go_first_and_who_was_not_keeps_its_turn() -> None:
    lane = Lane()
    lane.extend([ticket(bind, number) for number, bind in enumerate("aaab")])
    lane.put_back(lane.take(2), served=False)
    assert numbers(lane) == [0, 1, 2, 3]
    lane.put_back(lane.take(2)[1:], served=True)
    assert numbers(lane) == [3, 1, 2]
