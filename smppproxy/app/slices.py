"""Work in a thread beside the loop, which has the interpreter again whenever it wants it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: Seconds such a thread may keep the interpreter from the loop. Python's own 5 ms are a stall for every callback; what
#: takes 0.1 s beside an idle loop takes a tenth more so.
SLICE: Final = 0.0005


@contextmanager
def sliced() -> Iterator[None]:
    """Share the interpreter in short slices meanwhile."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SLICE)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
