"""What starting took for a moment is given back once a process is ready: it serves for months in what it then has."""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Callable
from typing import Final

#: Containers more than after the last collection that call for one of those that are new: some 0.2 ms.
NEW: Final = 1_000
#: Containers that became old that call for one of all of them, some milliseconds: where nobody waits, and in any case.
OLD_QUIET: Final = 8_000
OLD_BUSY: Final = 32_000


def settle() -> None:
    """Take what was imported and loaded for good, and give freed memory back to the system. Takes some 20 ms.

    The collector would walk all of it again and again between messages. The C library keeps what was freed beside
    what is in use; one that knows no ``malloc_trim``, as musl, keeps it for good.
    """
    gc.collect()
    gc.freeze()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except AttributeError:
        return
    trim(0)


class Collector:
    """Collects cyclic garbage between two turns of its owner's work, and no longer in the midst of one.

    Of itself the interpreter does it wherever one container more is made than it bears, for a millisecond or two. A
    message is freed without it; what needs it are connections that ended, tasks, and what people ask for. Containers
    are counted all the same while it rests, so what is left of them is bounded by the numbers above.
    """

    def __init__(self, observe: Callable[[float], None]) -> None:
        """Take over from the interpreter. ``observe`` is told how long each collection took, s."""
        self._observe = observe
        self._grown = 0
        gc.disable()

    def tick(self, *, quiet: bool) -> None:
        """Collect if it is time to. ``quiet``: nobody waits for anything. Call it some times a second."""
        grown = gc.get_count()[0]
        if grown < NEW:
            return
        began = time.monotonic()
        self._grown += grown
        if self._grown >= (OLD_QUIET if quiet else OLD_BUSY):
            self._grown = 0
            gc.collect()
        else:
            gc.collect(1)
        self._observe(time.monotonic() - began)

    def close(self) -> None:
        """Leave it to the interpreter again."""
        gc.enable()
