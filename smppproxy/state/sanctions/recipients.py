"""How many different recipients within a window, from bounded memory.

Every recipient is kept with the last time it was seen, so that one table answers for every window, exactly, while there
are at most LIMIT. With more, only every second is kept, then every fourth and so on, chosen by its hash (distinct
sampling): a count is then an estimate with a relative standard error of ``1 / sqrt(kept)``, 4 to 6 % for a window that
holds them all. Recipients are keyed hashes and so are spread evenly; the number itself is never seen here.
"""

from __future__ import annotations

from math import sqrt
from typing import Any, Final

LIMIT: Final = 512  # recipients kept of a subject; some 80 KB in memory, 10 KB on disk
SIZE: Final = 8  # octets kept of a hash; of a million recipients none meets another by chance
NEVER: Final = -1.0


class Recipients:
    """The recipients of one subject. Times are seconds on one line that never goes back."""

    __slots__ = ("_seen", "level", "span")

    def __init__(self, span: int) -> None:
        """``span`` is the longest window asked for, in seconds."""
        self.span = span
        self.level = 0  # one recipient of 2 ** level is kept
        self._seen: dict[bytes, tuple[float, float]] = {}  # last seen by a filter that enforces, and by any

    def add(self, recipient: bytes, at: float, enforced: bool, now: float) -> None:
        """Note a recipient (a keyed hash); "" is nobody."""
        key = recipient[:SIZE]
        if not key or not self._is_kept(key):
            return
        last_enforced, last = self._seen.get(key, (NEVER, NEVER))
        self._seen[key] = (max(last_enforced, at) if enforced else last_enforced, max(last, at))
        if len(self._seen) > LIMIT:
            self._make_room(now)

    def set(self, recipient: bytes, last_enforced: float, last: float) -> None:
        """Say anew when a recipient was last seen, NEVER for never: a verdict was taken back."""
        key = recipient[:SIZE]
        if last == NEVER:
            self._seen.pop(key, None)
        elif key in self._seen:
            self._seen[key] = (last_enforced, last)

    def count(self, since: float, *, enforced: bool) -> int:
        """Return how many were seen after ``since``; ``enforced``: by a filter that enforces."""
        return self._held(since, enforced) << self.level

    def error(self, since: float, *, enforced: bool) -> float:
        """Return the relative standard error of that count, 0 where it is exact."""
        return 1 / sqrt(self._held(since, enforced) or 1) if self.level else 0.0

    def _held(self, since: float, enforced: bool) -> int:
        which = 0 if enforced else 1
        return sum(seen[which] > since for seen in self._seen.values())

    def _is_kept(self, key: bytes) -> bool:
        return not int.from_bytes(key, "little") & ((1 << self.level) - 1)

    def _make_room(self, now: float) -> None:
        """Forget those the longest window no longer holds; else keep every second one."""
        oldest = now - self.span
        self._seen = {key: seen for key, seen in self._seen.items() if seen[1] > oldest}
        while len(self._seen) > LIMIT:
            self.level += 1
            self._seen = {key: seen for key, seen in self._seen.items() if self._is_kept(key)}

    def packed(self) -> list[Any]:
        """Return all as plain data."""
        return [self.level, *([key, *seen] for key, seen in self._seen.items())]

    @classmethod
    def unpacked(cls, span: int, data: list[Any]) -> Recipients:
        """Return what gave this data."""
        found = cls(span)
        found.level = data[0]
        found._seen = {key: (last_enforced, last) for key, last_enforced, last in data[1:]}
        return found
