"""The front door of the hot path: the compiled kernel where it was built, its pure-Python twin otherwise.

``NAME`` tells which ("cython" or "pure"); ``SMPPPROXY_PURE=1`` in the environment forces the pure one.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any, Final

from smppproxy.smpp.differing import DIFFERING, Differing

Cell = bytes | tuple[Any, ...]  # see _pure_rows.rows


def _load() -> Any:
    if not os.environ.get("SMPPPROXY_PURE"):
        try:
            return importlib.import_module("smppproxy.smpp._kernel")
        except ImportError:  # not compiled: see hatch_build.py
            pass
    return importlib.import_module("smppproxy.smpp._pure")


if TYPE_CHECKING:
    from smppproxy.smpp import _pure as _twin
else:
    _twin = _load()

NAME: Final[str] = _twin.NAME
Frame = _twin.Frame
by_link = _twin.by_link
close_rows = _twin.close_rows
columns = _twin.columns
cut = _twin.cut
gather = _twin.gather
hand_back = _twin.hand_back
headers = _twin.headers
keep = _twin.keep
notes = _twin.notes
plain_texts = _twin.plain_texts
refusals = _twin.refusals
send_on = _twin.send_on
rows = _twin.rows
sieve = _twin.sieve
strings = _twin.strings
texts = _twin.texts
uniform = _twin.uniform

#: What to run to get the compiled kernel.
BUILD_COMMAND: Final = "python hatch_build.py"

__all__ = [
    "BUILD_COMMAND",
    "DIFFERING",
    "NAME",
    "Differing",
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
