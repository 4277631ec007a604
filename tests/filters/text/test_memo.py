"""The memo: exact and bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from filters.text.memo import SAMPLE, SPAN, Memo


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


def test_what_is_forgotten_is_let_go_bit_by_bit() -> None:
    memo: Memo[bytes, int] = Memo(2000)
    number, most, before = 0, 0, 0
    for _ in range(500):
        some = [b"%d" % each for each in range(number, number + 40)]
        number += 40
        memo.put_many(some, list(range(40)))
        held = len(memo) + len(memo._going)
        most, let_go, before = max(most, held), before + 40 - held, held
        assert let_go <= 4 * 40
    assert most <= 2000 + 40
    assert len(memo._going) < 1000


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


def asked(memo: Memo[bytes, int], keys: list[bytes]) -> int:
    """Look up keys in batches, remember what is missing; how many were known."""
    known = 0
    for start in range(0, len(keys), 32):
        some = keys[start : start + 32]
        if not memo.awake():
            continue
        found = memo.get_many(some)
        assert all(value in (None, int(key)) for key, value in zip(some, found, strict=True))
        known += sum(value is not None for value in found)
        missing = [key for key, value in zip(some, found, strict=True) if value is None]
        memo.put_many(missing, list(map(int, missing)))
    return known


def test_what_never_comes_again_is_hardly_remembered_and_what_does_is() -> None:
    memo: Memo[bytes, int] = Memo(1 << 20)
    fresh = iter(range(1 << 30))
    assert asked(memo, [b"%d" % next(fresh) for _ in range(2 * SPAN)]) == 0
    before = len(memo)
    asked(memo, [b"%d" % next(fresh) for _ in range(4 * SPAN)])
    assert len(memo) - before <= 4 * SPAN // SAMPLE + 32
    again = [b"%d" % (n % 3000) for n in range(20 * SPAN)]
    asked(memo, again)
    assert asked(memo, again[:SPAN]) == SPAN  # it is awake, and knows all of them


def test_what_repeats_too_late_to_be_remembered_wakes_it_ever_more_seldom() -> None:
    memo: Memo[bytes, int] = Memo(4 * SPAN)
    cycle = [b"%d" % n for n in range(6 * SPAN)]  # while it rests an eighth is remembered, of all rounds
    asked(memo, cycle * 20)
    looked = memo.hits + memo.misses
    asked(memo, cycle * 10)
    assert memo.hits + memo.misses - looked < len(cycle) * 10 / 2


@given(st.lists(st.lists(st.integers(0, 50).map(lambda n: b"%d" % n), min_size=1, max_size=5), max_size=30))
def test_many_at_once_are_as_one_by_one(batches: list[list[bytes]]) -> None:
    memo: Memo[bytes, int] = Memo(16)
    for keys in batches:
        found = memo.get_many(keys)
        assert all(value in (None, int(key)) for key, value in zip(keys, found, strict=True))
        memo.put_many(keys, list(map(int, keys)))
        assert memo.get_many(keys) == list(map(int, keys))
    assert memo.hits + memo.misses == 2 * sum(map(len, batches))
