"""The hashes of the trace: the compiled ones where they were built, their pure-Python twins otherwise."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smppproxy.state._hashes_pure import digests, fingerprints

    NAME: str
elif os.environ.get("SMPPPROXY_PURE"):
    from smppproxy.state._hashes_pure import NAME, digests, fingerprints
else:
    try:
        from smppproxy.state._hashes import NAME, digests, fingerprints
    except ImportError:
        from smppproxy.state._hashes_pure import NAME, digests, fingerprints

__all__ = ["NAME", "digests", "fingerprints"]
