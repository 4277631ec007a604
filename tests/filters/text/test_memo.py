"""The memo: exact and bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from filters.text.memo import Memo


@given(st.lists(st.tuples(st.integers(0, 30), st.integers())), st.integers(0, 20))
def test_it_never_gives_another_value_than_the_last_one_put(steps: list[tuple[int, int]], entries: int) -> None:
    memo: Memo[int] = Memo(entries)
    last: dict[bytes, int] = {}
    for number, value in steps:
        key = str(number).encode()
        assert memo.get(key) in (None, last.get(key))
        memo.put(key, value)
        last[key] = value
        assert len(memo) <= max(entries, 0)


def test_what_is_asked_for_stays() -> None:
    memo: Memo[int] = Memo(8)
    memo.put(b"kept", 1)
    for number in range(100):
        assert memo.get(b"kept") == 1
        memo.put(str(number).encode(), number)


def test_octets_are_bounded() -> None:
    memo: Memo[int] = Memo(1000, octets=2000)
    for number in range(100):
        memo.put(str(number).encode() * 100, number)
    assert len(memo) < 20


def test_zero_remembers_nothing_and_clear_forgets() -> None:
    none: Memo[int] = Memo(0)
    none.put(b"a", 1)
    assert none.get(b"a") is None
    memo: Memo[int] = Memo()
    memo.put(b"a", 1)
    memo.empty()
    assert memo.get(b"a") is None
    assert (memo.hits, memo.misses) == (0, 1)
