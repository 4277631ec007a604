"""The control lock: who holds it is the one writer of the state directory."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from smppproxy.state.errors import BusyError, StoreError
from smppproxy.state.store import prepare

FILE: Final = "control.lock"


class ControlLock:
    """An advisory lock on a file; the system frees it when the process ends, however that happens."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, state_dir: Path) -> ControlLock:
        """Take the lock or raise BusyError at once. Raises StoreError where the directory cannot be written."""
        path = prepare(state_dir) / FILE
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"{path}: cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise BusyError(f"{path}: held by process {holder}") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)  # for people who wonder
        return cls(descriptor)

    def release(self) -> None:
        """Let the lock go. Calling it twice does no harm."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
