"""The kernel in pure Python: the reference of what a Frame means, and the fallback where no compiler was at hand.

``_kernel.pyx`` is its compiled twin; one test suite holds both to the same answers, faults included.
"""

from __future__ import annotations

from typing import Final

from smppproxy.smpp._pure_batches import (
    by_link,
    close_rows,
    columns,
    gather,
    hand_back,
    headers,
    keep,
    notes,
    plain_texts,
    refusals,
    send_on,
    sieve,
    strings,
    texts,
    uniform,
)
from smppproxy.smpp._pure_frame import Frame, cut
from smppproxy.smpp._pure_rows import rows

NAME: Final = "pure"

__all__ = [
    "NAME",
    "Frame",
    "by_link",
    "close_rows",
    "columns",
    "cut",
    "gather",
    "hand_back",
    "headers",
    "keep",
    "notes",
    "plain_texts",
    "refusals",
    "rows",
    "send_on",
    "sieve",
    "strings",
    "texts",
    "uniform",
]
