"""What starting took for a moment is given back once a process is ready: it serves for months in what it then has."""

from __future__ import annotations

import ctypes
import gc


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
