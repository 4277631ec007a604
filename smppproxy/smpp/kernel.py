"""The front door of the hot path: the compiled kernel where it was built, its pure-Python twin otherwise.

``NAME`` tells which ("cython" or "pure"); ``SMPPPROXY_PURE=1`` in the environment forces the pure one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from smppproxy.smpp.differing import DIFFERING, Differing

if TYPE_CHECKING:
    from smppproxy.smpp._pure import (
        Frame,
        by_link,
        close_rows,
        cut,
        gather,
        headers,
        keep,
        notes,
        plain_texts,
        sieve,
        texts,
        uniform,
    )

    NAME: str
elif os.environ.get("SMPPPROXY_PURE"):
    from smppproxy.smpp._pure import (
        NAME,
        Frame,
        by_link,
        close_rows,
        cut,
        gather,
        headers,
        keep,
        notes,
        plain_texts,
        sieve,
        texts,
        uniform,
    )
else:
    try:
        from smppproxy.smpp._kernel import (
            NAME,
            Frame,
            by_link,
            close_rows,
            cut,
            gather,
            headers,
            keep,
            notes,
            plain_texts,
            sieve,
            texts,
            uniform,
        )
    except ImportError:
        from smppproxy.smpp._pure import (
            NAME,
            Frame,
            by_link,
            close_rows,
            cut,
            gather,
            headers,
            keep,
            notes,
            plain_texts,
            sieve,
            texts,
            uniform,
        )

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
    "cut",
    "gather",
    "headers",
    "keep",
    "notes",
    "plain_texts",
    "sieve",
    "texts",
    "uniform",
]
