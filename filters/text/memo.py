"""Verdicts remembered, by key and by text. Bulk traffic repeats itself; equal keys have equal verdicts: it is exact."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

K = TypeVar("K", str, bytes)
V = TypeVar("V")


#: Look-ups after which it is asked anew whether remembering helps.
SPAN: Final = 4096
#: It does where one look-up of so many finds something: to look up and put in costs some of what that saves, and
#: pushes other things out of the processor's caches.
WORTH: Final = 4
#: Of so many batches one is looked up and remembered where it does not, so that a change of traffic is noticed.
SAMPLE: Final = 8
#: Look-ups after which one that rests wakes where that would help, at first and at most.
REST: Final = SPAN // SAMPLE
LONGEST_REST: Final = 8 * REST
#: Of what was forgotten so many are let go for each that is put: generations of long keys hold fewer.
_LET_GO: Final = 4


class Memo(Generic[K, V]):
    """Two generations: what is asked for moves to the young one, and the old one is dropped when the young is full.

    That is nearly least-recently-used at the price of one dict look-up. Bounded by entries and by the length of keys.
    For traffic that does not repeat itself it rests, see :meth:`awake`: to look up and to remember would cost time and
    the processor's caches for nothing.
    """

    __slots__ = (
        *(
            "_found",
            "_going",
            "_limit",
            "_limit_octets",
            "_looked",
            "_octets",
            "_old",
            "_rest",
            "_resting",
            "_turn",
            "_young",
        ),
        *("hits", "misses"),
    )

    def __init__(self, entries: int = 65_536, octets: int = 32 << 20) -> None:
        self._limit = max(entries // 2, 0)
        self._limit_octets = octets // 2
        self._octets = 0
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}
        self._going: dict[K, V] = {}  # forgotten, and let go a few at a time: all at once takes milliseconds
        self._looked = self._found = self._turn = 0
        self._resting = False
        self._rest = REST  # look-ups of the next rest
        self.hits = 0
        self.misses = 0

    def get(self, key: K) -> V | None:
        """The remembered value, or None."""
        found = self._young.get(key)
        if found is not None:
            self.hits += 1
            return found
        found = self._old.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self.put(key, found)
        return found

    def awake(self) -> bool:
        """Whether to ask for the next batch, and to put what was not known: nearly always, or of SAMPLE batches one."""
        self._turn += 1
        return not (self._resting and self._turn % SAMPLE)

    def get_many(self, keys: Sequence[K]) -> list[V | None]:
        """The remembered values, each or None."""
        found = list(map(self._young.get, keys))
        missing = _nones(found)
        if missing and self._old:
            older = list(map(self._old.get, keys))
            if _nones(older) < len(keys):
                for place, value in enumerate(older):
                    if value is not None and found[place] is None:
                        found[place] = value
                        self.put(keys[place], value)
                        missing -= 1
        self.hits += len(keys) - missing
        self.misses += missing
        self._found += len(keys) - missing
        self._looked += len(keys)
        if self._looked >= (self._rest if self._resting else SPAN):
            self._reconsider()
        return found

    def _reconsider(self) -> None:
        """Rest or wake, by what was found.

        What repeats only after more texts than there is room for is found while few are put, and then no more: the
        rest after one that was ended for nothing lasts twice as long.
        """
        if not self._resting:
            self._resting = self._found * WORTH < self._looked
            self._rest = self._rest if self._resting else REST
        elif self._found * WORTH >= self._looked:
            self._resting = False
            self._rest = min(2 * self._rest, LONGEST_REST)
        self._looked = self._found = 0

    def put_many(self, keys: Sequence[K], values: Sequence[V]) -> None:
        """Remember the value of each key; a generation may pass its bounds by as many."""
        if self._limit:
            self._make_room()
            self._young.update(zip(keys, values, strict=True))
            self._octets += sum(map(len, keys))
            self._let_go(len(keys))

    def put(self, key: K, value: V) -> None:
        """Remember a value; with a limit of 0 nothing is remembered."""
        if not self._limit:
            return
        self._make_room()
        self._young[key] = value
        self._octets += len(key)
        self._let_go(1)

    def _make_room(self) -> None:
        if len(self._young) >= self._limit or self._octets >= self._limit_octets:
            self._going = self._old
            self._old = self._young
            self._young = {}
            self._octets = 0

    def _let_go(self, put: int) -> None:
        """Let go of what was forgotten, more than was put: all of it is gone before the next generation's turn."""
        going = self._going
        for _ in range(min(_LET_GO * put, len(going))):
            going.popitem()

    def empty(self) -> None:
        """Forget everything, entry by entry, for a thread: freeing a large dict at once would hold all others up."""
        for generation in (self._young, self._old, self._going):
            while generation:
                with suppress(KeyError):  # its owner was quicker
                    generation.popitem()

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


def _nones(values: list[V | None]) -> int:
    """``count(None)`` would compare each value with it, which costs more than all else here."""
    return len([None for value in values if value is None])
