"""The model's table, held where the kernel that names its rows can ask for them before the model looks them up.

A row lies anywhere in 4 MB, which is several times what a core has of its own: the model would wait for one row after
another. So the table is not the runtime's but ours, and the runtime reads it where it lies. Its pages are large where
the system has such, for small ones are looked up as well.
"""

from __future__ import annotations

import mmap
from contextlib import suppress
from typing import Final

import numpy as np
import numpy.typing as npt

#: Octets of a large page.
_LARGE: Final = 2 << 20


def held(words: bytes | memoryview) -> npt.NDArray[np.uint64]:
    """A copy of a table, for as long as what is returned is kept. Raises ValueError where these are not whole words."""
    table = np.frombuffer(words, "<u8")
    if not hasattr(mmap, "MADV_HUGEPAGE"):
        return table.astype(np.uint64)
    area = mmap.mmap(-1, table.nbytes + _LARGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    octets = np.frombuffer(area, np.uint8)  # from now on this holds the area
    first = -octets.ctypes.data % _LARGE
    whole = table.nbytes // _LARGE * _LARGE  # what a part of a page would need is not worth one
    if whole:
        with suppress(OSError):  # a kernel without them
            area.madvise(mmap.MADV_HUGEPAGE, first, whole)
    copy = octets[first : first + table.nbytes].view(np.uint64)
    copy[:] = table
    return copy
