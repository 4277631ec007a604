"""Counting under way: the compiled counters where they were built, their pure-Python twins otherwise."""

from __future__ import annotations

import importlib
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
        _twin = importlib.import_module("filters._counters")
    except ImportError:  # not compiled: see hatch_build.py
        pass
    else:  # an old build, which lacks one, fails here and not under way
        NAME, Days, Distinct, HyperLogLog = _twin.NAME, _twin.Days, _twin.Distinct, _twin.HyperLogLog
        Meter, Rates, Repeats, Sums = _twin.Meter, _twin.Rates, _twin.Repeats, _twin.Sums
        Watch, Watches = _twin.Watch, _twin.Watches

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
