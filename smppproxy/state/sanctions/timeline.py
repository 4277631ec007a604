"""The time line of the counters: seconds that never go back, though the machine's clock may."""

from __future__ import annotations

from typing import Final

TOLERANCE: Final = 60.0  # s by which the clocks of nodes may differ; only more than that is a clock that was set back


class Timeline:
    """Follows the clock forwards and stands still while it goes back.

    When a clock is set back by an hour, what was counted keeps its age: windows neither empty nor freeze. A clock set
    forward looks like time that passed, for a machine that was off looks the same.
    """

    __slots__ = ("line", "wall")

    def __init__(self, wall: float | None = None, line: float = 0.0) -> None:
        """``wall`` is the clock's last reading, ``line`` what it was here; None: there was none."""
        self.wall = wall
        self.line = line

    def advance(self, wall: float) -> float:
        """Take a reading of the clock (Unix seconds) and return the time on the line."""
        if self.wall is None:
            self.line = wall
        elif wall > self.wall:
            self.line += wall - self.wall
        elif wall > self.wall - TOLERANCE:
            return self.line  # another node's clock, or a small correction: it will catch up
        self.wall = wall
        return self.line

    def place(self, at: float) -> float:
        """Return where on the line something belongs that carries the clock's time ``at``; nothing lies ahead."""
        age = 0.0 if self.wall is None else max(0.0, self.wall - at)
        return self.line - age
