"""Counting under way: the compiled counters where they were built, their pure-Python twins otherwise."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from filters._counters_pure import (
    DAY,
    MOST_AT_ONCE,
    NAME,
    Days,
    Distinct,
    HyperLogLog,
    Rates,
    Repeats,
    Sums,
    Watch,
    Watches,
)
from filters._meter_pure import LIMIT, LINE, RATE, REPEATED, TEXT_LIMIT, WARM_UP, Allowance, Meter

if not TYPE_CHECKING and not os.environ.get("SMPPPROXY_PURE"):
    try:
        from filters._counters import NAME, Days, Distinct, HyperLogLog, Meter, Rates, Repeats, Sums, Watch, Watches
    except ImportError:  # not compiled: see hatch_build.py
        pass

__all__ = [
    "DAY",
    "LIMIT",
    "LINE",
    "MOST_AT_ONCE",
    "NAME",
    "RATE",
    "REPEATED",
    "TEXT_LIMIT",
    "WARM_UP",
    "Allowance",
    "Days",
    "Distinct",
    "HyperLogLog",
    "Meter",
    "Rates",
    "Repeats",
    "Sums",
    "Watch",
    "Watches",
]
