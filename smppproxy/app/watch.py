"""Sees when the configuration file changes."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

QUIET = 200  # ms without a further change: an editor's several writes count as one
LOOK = 10_000  # ms between two looks without any news: some file systems bring none


async def changes(path: Path, seen: bytes) -> AsyncIterator[None]:
    """Yields whenever the file's content is no longer the one whose digest is `seen`.

    Watches the folder, since files are replaced, and mounted ones are links.

    Raises OSError where the folder cannot be watched.
    """
    from watchfiles import awatch

    looks = awatch(
        path.parent, watch_filter=None, recursive=False, step=QUIET, rust_timeout=LOOK, yield_on_timeout=True
    )
    async for _ in looks:
        now = digest(path)
        if now not in (seen, b""):
            seen = now
            yield


def digest(path: Path) -> bytes:
    """What tells one content from another; empty where there is no file to read."""
    try:
        return hashlib.blake2b(path.read_bytes()).digest()
    except OSError:
        return b""  # between removal and replacement
