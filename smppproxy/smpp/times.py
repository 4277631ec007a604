"""The time format of schedule_delivery_time and validity_period (SMPP 3.4 section 7.1.1)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

#: ``YYMMDDhhmmsstnnp``: tenths of a second, quarters of an hour from UTC, and ``+``, ``-`` or ``R`` for relative.
_FORMAT: Final = re.compile(rb"([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9])([0-9]{2})([-+R])")

#: Relative times count years and months, whose length the specification leaves open.
_YEAR: Final = 365
_MONTH: Final = 30


def moment(value: bytes, now: float) -> float | None:
    """Return the Unix time a field names, None where it is empty or names none. Relative ones begin at ``now``."""
    match = _FORMAT.fullmatch(value)
    if match is None:
        return None
    year, month, day, hour, minute, second, tenth, quarters = (int(match[group]) for group in range(1, 9))
    if match[9] == b"R":
        days = year * _YEAR + month * _MONTH + day
        return now + timedelta(days=days, hours=hour, minutes=minute, seconds=second).total_seconds()
    ahead = timedelta(minutes=15 * (quarters if match[9] == b"+" else -quarters))
    try:
        local = datetime(2000 + year, month, day, hour, minute, second, 100_000 * tenth, tzinfo=UTC)
    except ValueError:
        return None
    return (local - ahead).timestamp()
