"""Counting under way: rates, sums and distinct values over time, in bounded memory. Times are arguments, in seconds.

Every clock may jump: one that jumps back makes a counter begin anew, one that jumps ahead lets it run out. Nothing
raises.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import log
from typing import Final, Generic, TypeVar

NAME: Final = "pure"

Key = TypeVar("Key", bound=Hashable)

#: Registers of a HyperLogLog as a power of two: 1,024 octets for a standard error of 3.25 %, enough for a limit.
PRECISION: Final = 10
_REGISTERS: Final = 1 << PRECISION
_MASK: Final = _REGISTERS - 1
_ALPHA: Final = 0.7213 / (1 + 1.079 / _REGISTERS)
_REST: Final = 1 << 64 - PRECISION
_POWERS: Final = tuple(2.0**-rank for rank in range(66 - PRECISION))

#: Length of a day, in seconds.
DAY: Final = 86_400

#: Most messages that come at once, as one request to many recipients: how far a rate may go into debt.
MOST_AT_ONCE: Final = 254


class Rates(Generic[Key]):
    """A rate for each key with a burst, by the generic cell rate algorithm: one float a key."""

    __slots__ = ("_due", "_interval", "_limit", "_tolerance", "rate")

    def __init__(self, rate: float, burst: float, keys: int) -> None:
        """``rate`` in messages a second and ``burst`` in messages; ``keys`` bounds the memory."""
        self.rate = rate
        self._interval = 1.0 / rate
        self._tolerance = max(burst - 1.0, 0.0) * self._interval
        self._limit = keys
        self._due: dict[Key, float] = {}

    def take(self, key: Key, count: int, now: float) -> bool:
        """Whether ``count`` more may pass; then they are counted. A large count passes and is paid off afterwards."""
        due = self._due.get(key, now)
        ahead = due - now
        if ahead < 0 or ahead > self._tolerance + MOST_AT_ONCE * self._interval:  # paid off; or the clock went back
            due, ahead = now, 0.0
        if ahead > self._tolerance:
            return False
        if len(self._due) >= self._limit and key not in self._due:
            self._make_room(now)
        self._due[key] = due + count * self._interval
        return True

    def _make_room(self, now: float) -> None:
        """Forget who has paid off; everybody, where nobody has."""
        self._due = {key: due for key, due in self._due.items() if due > now}
        if len(self._due) >= self._limit:
            self._due.clear()

    def __len__(self) -> int:
        return len(self._due)


class Sums(Generic[Key]):
    """How much each key had within a sliding window.

    Two buckets a key: what the one before the present still counts for shrinks evenly while the present one grows, so
    the sum is exact for an even flow and off by a part of a window's for a burst.
    """

    __slots__ = ("_buckets", "_limit", "_window")

    def __init__(self, window: float, keys: int) -> None:
        self._window = window
        self._limit = keys
        self._buckets: dict[Key, tuple[int, int, int]] = {}  # number of the present bucket, its sum, that before

    def within(self, key: Key, now: float) -> float:
        """Return the sum of the last window."""
        number, present, before = self._buckets.get(key, (0, 0, 0))
        here, part = divmod(now, self._window)
        if number == here:
            return present + before * (1 - part / self._window)
        return present * (1 - part / self._window) if number == here - 1 else 0.0

    def add(self, key: Key, count: int, now: float) -> None:
        """Count more. When there is no room for a new key, the one that began longest ago is forgotten."""
        here = int(now // self._window)
        known = self._buckets.get(key)
        number, present, before = known or (0, 0, 0)
        if known and number == here:
            self._buckets[key] = (here, present + count, before)
            return
        if self._buckets.pop(key, None) is None and len(self._buckets) >= self._limit:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[key] = (here, count, present if number == here - 1 else 0)

    def __len__(self) -> int:
        return len(self._buckets)


class HyperLogLog:
    """About how many different values were added, in a kilobyte.

    P. Flajolet et al., HyperLogLog (2007), with linear counting while registers are empty. The sum the estimate needs
    is kept up to date, so both methods take constant time.
    """

    __slots__ = ("_empty", "_estimate", "_sum", "registers")

    def __init__(self) -> None:
        self.registers = bytearray(_REGISTERS)
        self._sum = float(_REGISTERS)
        self._empty = _REGISTERS
        self._estimate: float | None = 0.0

    def add(self, value: int) -> None:
        """Add a value by a well-mixed hash of it, of which the lowest 64 bits count."""
        place, rank = place_of(value)
        if rank > self.registers[place]:
            self.raise_to(place, rank)

    def raise_to(self, place: int, rank: int) -> None:
        """Raise a register; its rank must be lower."""
        known = self.registers[place]
        self.registers[place] = rank
        self._sum += _POWERS[rank] - _POWERS[known]
        self._empty -= not known
        self._estimate = None

    def estimate(self) -> float:
        """Return about how many different values there were."""
        known = self._estimate  # registers rarely change once there are many values
        if known is not None:
            return known
        raw = _ALPHA * _REGISTERS * _REGISTERS / self._sum
        if self._empty and raw <= 2.5 * _REGISTERS:
            raw = _REGISTERS * log(_REGISTERS / self._empty)
        self._estimate = raw
        return raw


def place_of(value: int) -> tuple[int, int]:
    """Return the register a value belongs to and the rank it asks for."""
    rest = (value >> PRECISION) & (_REST - 1) | _REST
    return value & _MASK, (rest & -rest).bit_length()


class _Pair:
    """Two counters that begin half a window apart; the older one answers."""

    __slots__ = ("newer", "older", "turn")

    def __init__(self, turn: float) -> None:
        self.older = HyperLogLog()
        self.newer = HyperLogLog()
        self.turn = turn  # when the older one ends


class Distinct(Generic[Key]):
    """About how many different values each key had: over the last half window at least, the whole window at most."""

    __slots__ = ("_half", "_limit", "_pairs")

    def __init__(self, window: float, keys: int) -> None:
        self._half = window / 2
        self._limit = keys
        self._pairs: dict[Key, _Pair] = {}

    def within(self, key: Key, now: float) -> float:
        """Return about how many different values the key had."""
        pair = self._pairs.get(key)
        if pair is None or not pair.turn - 2 * self._half <= now < pair.turn + self._half:
            return 0.0
        return pair.newer.estimate() if now >= pair.turn else pair.older.estimate()

    def add(self, key: Key, value: int, now: float) -> None:
        """Add a value by its hash. When there is no room for a new key, the one that began longest ago is forgotten."""
        pair = self._pairs.get(key)
        if pair is None or not pair.turn - 2 * self._half <= now < pair.turn + self._half:
            if self._pairs.pop(key, None) is None and len(self._pairs) >= self._limit:
                del self._pairs[next(iter(self._pairs))]
            pair = self._pairs[key] = _Pair(now + self._half)
        elif now >= pair.turn:
            pair.older, pair.newer = pair.newer, HyperLogLog()
            pair.turn += self._half
        place, rank = place_of(value)
        newer, older = pair.newer, pair.older
        if rank > newer.registers[place]:  # the older one has seen all that the newer one has
            newer.raise_to(place, rank)
            if rank > older.registers[place]:
                older.raise_to(place, rank)

    def __len__(self) -> int:
        return len(self._pairs)


class Days(Generic[Key]):
    """How much each key had in the present day. ``offset`` is when a day begins, in seconds before midnight UTC."""

    __slots__ = ("_limit", "_most", "_offset", "_sent")

    def __init__(self, most: int, offset: float, keys: int) -> None:
        """``most`` bounds the count of a day; ``keys`` the memory."""
        self._most = most
        self._offset = offset
        self._limit = keys
        self._sent: dict[Key, tuple[float, int]] = {}  # the day, and how much

    def take(self, key: Key, count: int, now: float) -> bool:
        """Whether ``count`` more may pass; then they are counted. For a new key those of other days are forgotten."""
        day = (now + self._offset) // DAY
        of, sent = self._sent.get(key, (day, 0))
        if of != day:
            sent = 0
        if sent + count > self._most:
            return False
        if len(self._sent) >= self._limit and key not in self._sent:
            self._sent = {other: known for other, known in self._sent.items() if known[0] == day}
            if len(self._sent) >= self._limit:
                del self._sent[next(iter(self._sent))]
        self._sent[key] = (day, sent + count)
        return True

    def __len__(self) -> int:
        return len(self._sent)


class Repeats(Generic[Key]):
    """Whether an owner's value came more than ``most`` times within a short window, exactly.

    Pairs live in two generations, each a window long or ``keys`` large, whichever ends first.
    """

    __slots__ = ("_limit", "_most", "_old", "_turn", "_window", "_young")

    def __init__(self, most: int, window: float, keys: int) -> None:
        self._most = most
        self._window = window
        self._limit = keys
        self._turn = 0.0
        self._young: dict[tuple[Key, Key], tuple[float, ...]] = {}
        self._old: dict[tuple[Key, Key], tuple[float, ...]] = {}

    def take(self, owner: Key, value: Key, now: float) -> bool:
        """Whether the value may come once more; then it is counted."""
        key = (owner, value)
        if not self._turn - self._window <= now < self._turn or len(self._young) >= self._limit:
            gone = not self._turn - self._window <= now < self._turn + self._window
            self._old, self._young = {} if gone else self._young, {}
            self._turn = now + self._window
        times = self._young.get(key) or self._old.get(key)
        if times is None:
            self._young[key] = (now,)
            return True
        since = now - self._window
        times = tuple(time for time in times if since < time <= now)
        if len(times) >= self._most:
            self._young[key] = times
            return False
        self._young[key] = (*times, now)
        return True

    def refused(self, owner: Key, values: Sequence[Key], now: float) -> list[int]:
        """Take each value of an owner; return the places of those that may not come."""
        return [place for place, value in enumerate(values) if not self.take(owner, value, now)]

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


class Watch(Generic[Key]):
    """Sums and distinct values of each key within one window, held against two bounds; 0 is no bound."""

    __slots__ = ("_most", "_most_values", "_sums", "_values")

    def __init__(self, window: float, most: int, most_values: int, keys: int, keys_of_values: int) -> None:
        """``most`` bounds the sum and ``most_values`` the distinct values; the keys bound the memory of each."""
        self._most = most
        self._most_values = most_values
        self._sums: Sums[Key] = Sums(window, keys)
        self._values: Distinct[Key] = Distinct(window, keys_of_values)

    def over(self, key: Key, count: int, now: float) -> int:
        """Which bound ``count`` more would pass: 1 that of the sum, 2 that of the values, 0 none."""
        if self._most and self._sums.within(key, now) + count > self._most:
            return 1
        return 2 if self._most_values and self._values.within(key, now) >= self._most_values else 0

    def add(self, key: Key, values: Sequence[Hashable], count: int, now: float) -> None:
        """Count more."""
        if self._most:
            self._sums.add(key, count, now)
        if self._most_values:
            for value in values:
                self._values.add(key, hash(value), now)


class Watches:
    """Several watches, each of one of the keys that are given: by its place among them. An empty key is not watched."""

    __slots__ = ("_watches",)

    def __init__(self, watches: Sequence[tuple[int, Watch[str]]]) -> None:
        self._watches = tuple(watches)

    def over(self, keys: Sequence[str], count: int, now: float) -> tuple[int, int] | None:
        """Which watch is the first that ``count`` more would pass, and which of its bounds; None: they may pass."""
        for place, (of, watch) in enumerate(self._watches):
            bound = watch.over(keys[of], count, now) if keys[of] else 0
            if bound:
                return place, bound
        return None

    def add(self, keys: Sequence[str], values: Sequence[Hashable], count: int, now: float) -> None:
        """Count more for every key."""
        for of, watch in self._watches:
            if keys[of]:
                watch.add(keys[of], values, count, now)
