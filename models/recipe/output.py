"""Where a model is written: looked at before the work begins, and never left with half a model."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any, Final

from filters.text.manifest import MANIFEST_FILE, MODEL_FILE

#: Octets that must be free before the work begins: more than any model of the recipe and its manifest take, twice.
ROOM: Final = 32 << 20


def prepare(out: Path) -> None:
    """Make the directory, and try whether a file can be written there. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    trial = _beside(out / MODEL_FILE)
    trial.write_bytes(b"")
    trial.unlink()
    free = shutil.disk_usage(out).free
    if free < ROOM:
        raise OSError(errno.ENOSPC, f"{free >> 20} MiB are free, {ROOM >> 20} are needed", str(out))


def write(out: Path, octets: bytes, manifest: dict[str, Any]) -> None:
    """Write graph and manifest; where that fails, what was there before is as it was. Raises OSError."""
    described = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    files = {out / MODEL_FILE: octets, out / MANIFEST_FILE: described.encode()}
    try:
        for path, content in files.items():
            _beside(path).write_bytes(content)
        for path in files:
            _beside(path).replace(path)
    finally:
        for path in files:
            _beside(path).unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.new")
