"""The keyed hash of the trace: the compiled one where it was built, its pure-Python twin otherwise."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smppproxy.state._siphash_pure import digests

    NAME: str
elif os.environ.get("SMPPPROXY_PURE"):
    from smppproxy.state._siphash_pure import NAME, digests
else:
    try:
        from smppproxy.state._siphash import NAME, digests
    except ImportError:
        from smppproxy.state._siphash_pure import NAME, digests

__all__ = ["NAME", "digests"]
