"""How long one turn of the loop may judge before the sockets have their say."""

from __future__ import annotations

from collections.abc import Callable


def in_turn(run: Callable[[float], bool], hold: float, clock: Callable[[], float]) -> bool:
    """Call ``run`` while it says that more waits and another as long would still end within ``hold`` s.

    It is told how long those before it took, s. Returns whether more waits.
    """
    started, runs, spent = clock(), 1, 0.0
    while run(spent):
        spent = clock() - started
        if spent * (runs + 1) > hold * runs:
            return True
        runs += 1
    return False
