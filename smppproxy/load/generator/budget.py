"""How many messages may still leave, and when an open loop wants them to."""

from __future__ import annotations

from random import Random


class Budget:
    """Messages left for all sessions together; without a number it only ends by :meth:`stop`."""

    def __init__(self, messages: int) -> None:
        self._left = messages or None
        self.stopped = False

    def take(self, wanted: int) -> int:
        """Up to ``wanted`` messages; 0 when the run is over."""
        if self.stopped:
            return 0
        if self._left is None:
            return wanted
        granted = min(wanted, self._left)
        self._left -= granted
        self.stopped = self._left == 0
        return granted

    def stop(self) -> None:
        """No message leaves any more."""
        self.stopped = True


class Schedule:
    """Intended send times of an open loop, in nanoseconds: evenly spaced, or a Poisson process."""

    def __init__(self, rate: float, *, poisson: bool, seed: int, start: int) -> None:
        self._gap = 1e9 / rate
        self._random = Random(seed) if poisson else None
        self._start = start
        self._count = 0
        self._next = float(start)

    def due(self, now: int) -> list[int]:
        """Intended times up to ``now``, each told once."""
        times = []
        following = self._next
        if self._random is None:
            # a product, not a sum: thousands of gaps added up would drift
            while following <= now:
                times.append(int(following))
                self._count += 1
                following = self._start + self._count * self._gap
        else:
            draw, rate = self._random.expovariate, 1 / self._gap
            while following <= now:
                times.append(int(following))
                following += draw(rate)
        self._next = following
        return times
