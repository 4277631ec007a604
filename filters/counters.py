"""Counting under way: the compiled counters where they were built, their pure-Python twin otherwise."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filters._counters_pure import MOST_AT_ONCE, Distinct, HyperLogLog, Rates, Repeats, Sums, Watch, Watches

    NAME: str
elif os.environ.get("SMPPPROXY_PURE"):
    from filters._counters_pure import MOST_AT_ONCE, NAME, Distinct, HyperLogLog, Rates, Repeats, Sums, Watch, Watches
else:
    try:
        from filters._counters import MOST_AT_ONCE, NAME, Distinct, HyperLogLog, Rates, Repeats, Sums, Watch, Watches
    except ImportError:
        from filters._counters_pure import (
            MOST_AT_ONCE,
            NAME,
            Distinct,
            HyperLogLog,
            Rates,
            Repeats,
            Sums,
            Watch,
            Watches,
        )

__all__ = ["MOST_AT_ONCE", "NAME", "Distinct", "HyperLogLog", "Rates", "Repeats", "Sums", "Watch", "Watches"]
