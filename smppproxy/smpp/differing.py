"""What stands for a TLV's value when a PDU carries the tag twice with two values."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Differing(Enum):
    """A type of one value, so that ``value is DIFFERING`` narrows for the type checker."""

    DIFFERING = "two values that differ"


DIFFERING: Final = Differing.DIFFERING
