"""The pace of what is throttled, for all workers of a machine: a small file that each of them has mapped.

A place holds the key's hash and when its last message is paid off (both eight octets). Workers read and write places
without a lock: two that do so in the same tenth of a microsecond let one message more pass, and none is ever stuck.
Times are of the monotonic clock, which all processes of a machine share.
"""

from __future__ import annotations

import mmap
import os
import struct
from hashlib import blake2b
from pathlib import Path
from typing import Final

from filters.sanctions import due_after

FILE: Final = "pace.map"
PLACES: Final = 4096  # throttled codes and accounts at a time; 64 KiB
TRIED: Final = 16  # places looked at for one key
IDLE: Final = 60.0  # s after the last message is paid off a place can be had by another key

_PLACE: Final = struct.Struct("<Qd")
_DUE: Final = struct.Struct("<d")


class SharedPace:
    """A :class:`filters.sanctions.Pace` over a mapped file of the state directory."""

    def __init__(self, state_dir: Path) -> None:
        """Map the file, which is made where there is none. Raises OSError."""
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(state_dir / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            size = PLACES * _PLACE.size
            if os.fstat(descriptor).st_size != size:
                os.ftruncate(descriptor, size)
            self._map = mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
        self._keys: dict[str, int] = {}

    def take(self, key: str, rate: float, now: float) -> bool:
        """Whether one more may pass; then it is counted."""
        name = self._keys.get(key)
        if name is None:
            name = self._keys[key] = int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little") | 1
            if len(self._keys) > PLACES:
                self._keys = {key: name}
        place = self._place(name, now)
        known, due = _PLACE.unpack_from(self._map, place)
        after = due_after(due if known == name else 0.0, rate, now)
        if after is None:
            return False
        if known == name:
            _DUE.pack_into(self._map, place + 8, after)
        else:
            _PLACE.pack_into(self._map, place, name, after)
        return True

    def close(self) -> None:
        """Let go of the file. Calling it twice does no harm."""
        self._map.close()

    def _place(self, name: int, now: float) -> int:
        """Return the key's place, else one that is free, else the first: two keys then share a pace for a while."""
        free = first = -1
        for step in range(TRIED):
            place = (name + step) % PLACES * _PLACE.size
            known, due = _PLACE.unpack_from(self._map, place)
            if known == name:
                return place
            if first < 0:
                first = place
            if free < 0 and (not known or not now - due < IDLE):
                free = place
        return free if free >= 0 else first
