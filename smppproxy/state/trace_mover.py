"""Moves what workers spooled into the trace's days. Runs in a thread of control; workers never wait for it.

A finished file is read frame by frame, its rows go to the days they belong to, and it is deleted when all are on the
disk. Of a file that cannot be read to its end the readable part is moved, and the file kept as ``….torn`` for people.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from smppproxy.state.spool import read_batches
from smppproxy.state.stats.tally import Tally
from smppproxy.state.trace import TraceRow
from smppproxy.state.trace_days import Day, open_trace
from smppproxy.state.trace_store import day_of

SPOOL: Final = "spool"
CHUNK: Final = 20_000  # rows of a transaction; one costs an fsync, some milliseconds
OPEN_DAYS: Final = 3  # days open at once: today, yesterday, and one for rows that come late
ABANDONED: Final = 600.0  # s without a write after which a file no process holds is taken; twice a file's age
SEAL_AFTER: Final = timedelta(hours=1)  # after midnight; the last files of a day have come by then
RETENTION: Final = 90  # days

DAY: Final = 86_400.0  # s

Frame = tuple[int, list[TraceRow]]  # offset behind it, rows

_OPEN, _DONE, _TORN = ".open", ".spool", ".torn"


class Moved(msgspec.Struct):
    """What was moved so far."""

    rows: int = 0
    files: int = 0
    torn: int = 0  # files that could not be read to their end
    lost: int = 0  # rows whose time is none, so that no day takes them
    dropped: int = 0  # days deleted


class TraceMover:
    """The one writer of the trace. Not for use by two threads at once."""

    def __init__(
        self, state_dir: Path, *, database: str = "", retention: int = RETENTION, tally: Tally | None = None
    ) -> None:
        """``retention`` is in days; today is one of them. ``tally`` keeps the statistics; it is closed with this."""
        self.moved = Moved()
        self.retention = retention
        self._trace = open_trace(state_dir, database)
        self._spool = state_dir / SPOOL
        self._days: dict[str, Day] = {}
        self._tally = tally
        self.stopping = False

    def turn(self, now: float) -> bool:
        """Move one file, or else tidy up; True when there may be more to do at once. ``now`` is Unix seconds.

        Raises StoreError (disk full, a damaged day): nothing is lost, the next turn tries again.
        """
        return self.move(now) or self._tidy(now)

    def move(self, now: float) -> bool:
        """Move one file; False where none is finished. Raises StoreError as :meth:`turn` does."""
        path = self._next(now)
        if path is not None:
            self._move(path)
        return path is not None

    def lag(self, now: float) -> float:
        """Return how long the oldest finished file has waited, in s; 0 where none does."""
        path = self._next(now)
        try:
            return 0.0 if path is None else max(0.0, now - path.stat().st_mtime)
        except FileNotFoundError:
            return 0.0

    def stop(self) -> None:
        """Let the turn that runs in another thread end soon; what it did is remembered. No turn may follow."""
        self.stopping = True
        for partition in list(self._days.values()):
            partition.interrupt()

    def close(self) -> None:
        """Close all days. Calling it twice does no harm."""
        while self._days:
            self._days.popitem()[1].close()
        self._trace.close()
        if self._tally is not None:
            self._tally.close()

    def _next(self, now: float) -> Path | None:
        """Return the oldest finished file. Names begin with the worker, then the time."""
        found = sorted(self._spool.glob(f"*{_DONE}"), key=lambda path: path.name.partition("-")[2])
        if found:
            return found[0]
        for path in self._spool.glob(f"*{_OPEN}"):
            if (taken := _adopted(path, now)) is not None:
                return taken
        return None

    def _move(self, path: Path) -> None:
        end = 0
        try:
            for frames in _chunks(path):
                if self.stopping:
                    return
                end = frames[-1][0]
                self._store(frames, path.stem)
                if self._tally is not None:
                    self._tally.add(path.stem, frames)
            size = path.stat().st_size
        except FileNotFoundError:
            return  # its worker deleted it to stay within the spool's limit, and counts that
        except (msgspec.MsgspecError, UnicodeDecodeError, TypeError, ValueError, LookupError, OverflowError):
            size = -1  # a frame is whole and holds something else than rows
        if size in (end, 0):
            path.unlink(missing_ok=True)
        else:
            path.rename(path.with_suffix(_TORN))
            self.moved.torn += 1
        self.moved.files += 1

    def _store(self, frames: list[Frame], file: str) -> None:
        """Give each day its rows of some frames, but for frames it has already from before we were killed."""
        parts: dict[str, list[Frame]] = {}
        for end, rows in frames:
            for day, members in _by_day(rows).items():
                parts.setdefault(day, []).append((end, members))
        self.moved.lost += sum(len(rows) for _, rows in parts.pop("", ()))
        for day, part in parts.items():
            partition = self._day(day)
            position = partition.position(file)
            new = [row for end, rows in part if end > position for row in rows]
            if new:
                partition.write(new, file, part[-1][0])
                self.moved.rows += len(new)

    def _day(self, day: str) -> Day:
        partition = self._days.pop(day, None) or self._trace.partition(day)
        self._days[day] = partition  # the last one used is the last to be closed
        while len(self._days) > OPEN_DAYS:
            self._days.pop(next(iter(self._days))).close()
        return partition

    def _tidy(self, now: float) -> bool:
        """Drop days that are over their time, and seal one that is over; True where one was sealed."""
        today = datetime.fromtimestamp(now, UTC)
        oldest = today.date() - timedelta(days=self.retention - 1)
        for day in [day for day in self._days if day < oldest.isoformat()]:
            self._days.pop(day).close()
        self.moved.dropped += len(self._trace.drop_before(oldest))
        if self._tally is not None:
            self._tally.tidy(self._spool, now)
        for path in self._spool.glob(f"*{_TORN}"):
            if path.stat().st_mtime < now - self.retention * DAY:
                path.unlink(missing_ok=True)
        over = (today - SEAL_AFTER).date().isoformat()
        for day in self._trace.days():
            if day < over:
                partition = self._day(day)
                if not partition.sealed:
                    partition.seal()
                    return True
        return False


def _chunks(path: Path) -> Iterator[list[Frame]]:
    """Yield some frames together: a file of many small ones costs no fsync for each."""
    frames: list[Frame] = []
    held = 0
    for frame in read_batches(path):
        frames.append(frame)
        held += len(frame[1])
        if held >= CHUNK:
            yield frames
            frames, held = [], 0
    if frames:
        yield frames


def _by_day(rows: list[TraceRow]) -> dict[str, list[TraceRow]]:
    """Return rows by the day they belong to, "" for those that belong to none."""
    parts: dict[str, list[TraceRow]] = {}
    names: dict[float, str] = {}
    for row in rows:
        number = row.at // DAY
        day = names.get(number)
        if day is None:
            try:
                day = day_of(row.at)
            except ValueError:
                day = ""
            names[number] = day
        parts.setdefault(day, []).append(row)
    return parts


def _adopted(path: Path, now: float) -> Path | None:
    """Finish a file whose writer is gone for good and was not started again."""
    try:
        if now - path.stat().st_mtime < ABANDONED:
            return None
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return path.rename(path.with_suffix(_DONE))
    except (FileNotFoundError, BlockingIOError):
        return None
