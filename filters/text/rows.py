"""The model's rows: the compiled half where it was built, its pure-Python twin otherwise."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from filters.text._rows_pure import (
    BLOCK,
    GAP,
    IN_GAP,
    LIKELY,
    MULTIPLIERS,
    ORDERS,
    hash_shift,
    most_blocks,
    over,
    places,
)

if TYPE_CHECKING:
    from filters.text._rows_pure import MOST_CLASSES, Packer, Rows, pack

    NAME: str
elif os.environ.get("SMPPPROXY_PURE"):
    from filters.text._rows_pure import MOST_CLASSES, NAME, Packer, Rows, pack
else:
    try:
        from filters.text._rows import MOST_CLASSES, NAME, Packer, Rows, pack
    except ImportError:
        from filters.text._rows_pure import MOST_CLASSES, NAME, Packer, Rows, pack

__all__ = [
    "BLOCK",
    "GAP",
    "IN_GAP",
    "LIKELY",
    "MOST_CLASSES",
    "MULTIPLIERS",
    "NAME",
    "ORDERS",
    "Packer",
    "Rows",
    "hash_shift",
    "most_blocks",
    "over",
    "pack",
    "places",
]
