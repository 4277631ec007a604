"""What the workers tell the sanctions: each text that something was found against, and how much was sent at all.

A worker leaves both in ``state_dir/verdicts``, in files like those of the trace (:mod:`smppproxy.state.spool`), each
finished a fifth of a second after its first row. The process that holds the sanctions reads a finished file, notes
its name as read together with what follows from it, and deletes it; a name is never used twice.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from smppproxy.state.spool import Spool, read_frames

FOLDER: Final = "verdicts"
FILE_AGE: Final = 0.2  # s until a file is finished: a sanction follows its cause within half a second
TOTAL_LIMIT: Final = 256 << 20  # octets of one worker's files while nobody reads them; over a million verdicts
FILE_LIMIT: Final = 8 << 20  # octets of a file; read in one go
ABANDONED: Final = 60.0  # s without a write after which a file no process holds is taken

_OPEN, _DONE = ".open", ".spool"
_VERDICT, _VOLUME = 0, 1  # what a row begins with
_BETWEEN: Final = "/"  # in a header, between the names of the two kinds of rows


class VerdictRow(NamedTuple):
    """One text that a rule or the judge found something against; once for a text, not once for a segment.

    New fields are added at the end, with a default: a file names the fields it was written with.
    """

    at: float  # Unix seconds
    trace_id: str  # "" where no trace is kept, and for a text that was found bad after it had gone
    account: str
    code: str  # the first sender's code, "" when absent
    sender: str
    recipient: bytes  # keyed hash of the first recipient, 16 octets
    text: bytes  # fingerprint of the normalised text, as in the trace; b"" when it was not normalised
    cluster: bytes  # key of the near-identical texts it belongs to, b"" when not known
    host: str  # registered domain of the first link, "" when there is none
    reason: str  # filters.contract.Reason
    label: str  # class of the text the model held most likely, "" when not judged
    score: float  # of the finding: the probability of its class, or the rule's own weight
    model: str  # version of the model that judged, "" for a rule
    rule: str  # name of the rule that found it
    enforced: bool  # False: found by a filter in observe mode
    refused: bool
    route: str  # domestic | international
    recipients: int = 1


class VolumeRow(NamedTuple):
    """How many messages an account sent with a code between two flushes, whatever became of them."""

    at: float  # Unix seconds
    account: str
    code: str
    messages: int


FIELDS: Final = (*VerdictRow._fields, _BETWEEN, *VolumeRow._fields)


class Tidings(NamedTuple):
    """What a file holds. ``whole`` False: its writer was killed while it wrote, or the disk damaged it."""

    verdicts: list[VerdictRow]
    volumes: list[VolumeRow]
    whole: bool


class VerdictSpool(Spool):
    """One worker's files. As in every spool nothing raises on the data path; when full, the oldest file goes."""

    def __init__(self, state_dir: Path, worker: int, now: float) -> None:
        """Begin to write for a worker. Raises OSError: no such directory can be."""
        super().__init__(
            state_dir / FOLDER,
            worker,
            now,
            limit_bytes=TOTAL_LIMIT,
            file_limit=FILE_LIMIT,
            file_age=FILE_AGE,
            fields=FIELDS,
        )

    def put(self, verdicts: Iterable[VerdictRow], volumes: Iterable[VolumeRow] = ()) -> None:
        """Take rows; :meth:`flush` writes them."""
        rows: list[tuple[Any, ...]] = [(_VERDICT, *row) for row in verdicts]
        rows += [(_VOLUME, *row) for row in volumes]
        if rows:
            self.write(rows)


def finished(state_dir: Path) -> list[Path]:
    """Return the files that are done, oldest first."""
    return sorted((state_dir / FOLDER).glob(f"*{_DONE}"), key=lambda path: path.name.partition("-")[2])


def adopt(state_dir: Path, now: float) -> int:
    """Finish files whose writers are gone for good; return how many there were. ``now`` is Unix seconds."""
    taken = 0
    for path in (state_dir / FOLDER).glob(f"*{_OPEN}"):
        try:
            if now - path.stat().st_mtime >= ABANDONED:
                with path.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.rename(path.with_suffix(_DONE))
                taken += 1
        except (FileNotFoundError, BlockingIOError):
            continue  # finished meanwhile, or its writer lives
    return taken


def read(path: Path) -> Tidings:
    """Return what a file holds, up to the first frame that is not whole. Raises OSError."""
    verdicts: list[VerdictRow] = []
    volumes: list[VolumeRow] = []
    end = 0
    try:
        for fields, behind, rows in read_frames(path):
            between = fields.index(_BETWEEN)
            of_verdicts, of_volumes = _order(VerdictRow, fields[:between]), _order(VolumeRow, fields[between + 1 :])
            for kind, *row in rows:
                if kind == _VERDICT:
                    verdicts.append(VerdictRow(**_named(of_verdicts, row)))
                elif kind == _VOLUME:
                    volumes.append(VolumeRow(**_named(of_volumes, row)))
            end = behind
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError, ValueError, LookupError):
        return Tidings(verdicts, volumes, whole=False)  # a frame is whole and holds something else than rows
    return Tidings(verdicts, volumes, whole=end == path.stat().st_size)


def _order(kind: type[Any], fields: Sequence[str]) -> list[str]:
    """Return the names of the fields as written, "" for one that this version does not know."""
    return [name if name in kind._fields else "" for name in fields]


def _named(order: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    return {name: value for name, value in zip(order, row, strict=False) if name}
