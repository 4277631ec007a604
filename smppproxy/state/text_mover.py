"""Moves the texts workers spooled into their days. Runs in control's thread of the trace; workers never wait for it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from smppproxy.state.sealed import Sealer, SealError
from smppproxy.state.spool import read_frames
from smppproxy.state.texts import SealedText, TextStore

SPOOL: Final = "texts/spool"
FIELDS: Final = ("at", "trace_id", "text", "sealed")
ABANDONED: Final = 60.0  # s without a write after which a file no process holds is taken
RETENTION: Final = 30  # days


class TextMover:
    """Reads finished files of the workers. Each text comes in once: its trace id is the key."""

    def __init__(self, state_dir: Path) -> None:
        self.retention = RETENTION  # days; today is one of them
        self.moved = 0  # texts
        self.torn = 0  # files that could not be read to their end
        self._state_dir = state_dir
        self._spool = state_dir / SPOOL

    def turn(self, now: float) -> bool:
        """Move one file, or else drop days that are over their time; True when there may be more to do at once.

        Raises StoreError (disk full, a damaged day): nothing is lost, the next turn tries again.
        """
        path = self._next(now)
        if path is None:
            if (self._state_dir / SPOOL).parent.exists():
                oldest = datetime.fromtimestamp(now, UTC).date() - timedelta(days=self.retention - 1)
                TextStore(self._state_dir, _NO_KEY).drop_before(oldest)
            return False
        sealer = Sealer.load(self._state_dir)
        store = TextStore(self._state_dir, sealer)
        whole = True
        try:
            for texts in _frames(path):
                if texts is None:
                    whole = False
                    break
                store.take(texts, _signatures(sealer, texts))
                self.moved += len(texts)
        except FileNotFoundError:
            return True  # its worker deleted it to stay within the spool's limit, and counts that
        if not whole:
            self.torn += 1  # what a worker was writing when it was killed; the rest was read
        path.unlink(missing_ok=True)
        return True

    def _next(self, now: float) -> Path | None:
        done = sorted(self._spool.glob("*.spool"), key=lambda path: path.name.partition("-")[2])
        if done:
            return done[0]
        for path in self._spool.glob("*.open"):
            try:
                if now - path.stat().st_mtime < ABANDONED:
                    continue
                with path.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return path.rename(path.with_suffix(".spool"))
            except (FileNotFoundError, BlockingIOError):
                continue
        return None


def _frames(path: Path) -> Iterator[list[SealedText] | None]:
    """Yield the texts of each frame of a file, and None last where it cannot be read to its end."""
    end = 0
    try:
        for fields, end, rows in read_frames(path):  # noqa: B007  the last one counts
            yield [SealedText(**dict(zip(fields, row, strict=True))) for row in rows]
    except (msgspec.MsgspecError, TypeError, ValueError, LookupError):
        end = -1
    if end != path.stat().st_size:
        yield None


def _signatures(sealer: Sealer, texts: list[SealedText]) -> dict[bytes, bytes]:
    """Return the signature of each text by its fingerprint; one whose key is gone has none."""
    from filters.text.near import signature  # brings numpy, for those alone who keep texts
    from filters.text.normalise import prepare

    found: dict[bytes, bytes] = {}
    for each in texts:
        if each.text and each.text not in found:
            try:
                found[each.text] = signature(prepare(each.open(sealer)).key)
            except SealError:
                continue
    return found


_NO_KEY: Final = Sealer([bytes(32)])  # for what needs none: days are dropped unread
