"""The way of a held message from a worker to the store, and of what the carrier said when it was released.

A worker writes one file for each batch: whole, synced, and only then under its name, so that what is there is durable
and can be read to its end. Control takes files into the store and deletes them; a file that is taken twice changes
nothing. Names tell what a file holds, so that bounds are kept without opening any:
``<worker>-<nanoseconds>-<number>-<messages>-<octets>.held`` and ``….outcome``.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

FOLDER: Final = "quarantine"
USAGE: Final = "usage"  # what the store holds, as control wrote it down last: messages and octets
ALIASES: Final = "released"  # a mark: its age is that of the last message that was released under a name of ours
HELD, OUTCOME, _DRAFT, DAMAGED = ".held", ".outcome", ".tmp", ".damaged"

_encode: Final = msgspec.msgpack.Encoder().encode
R = TypeVar("R")


class HeldMessage(msgspec.Struct, array_like=True, frozen=True):
    """A message as a worker writes it down. ``at`` is Unix seconds, ``pdu`` sealed."""

    message_id: str
    text_id: str
    at: float
    account: str
    code: str
    sender: str
    recipients: int
    operation: int
    segment: str
    reason: str
    rule: str
    evidence: str
    score: float
    trace_id: str
    registered: int
    size: int
    pdu: bytes


class Fate(StrEnum):
    """What came of sending a released message."""

    ANSWERED = "answered"  # the carrier's own answer, good or bad
    UNKNOWN = "unknown"  # the carrier may or may not have it
    NOT_SENT = "not_sent"  # no link just now: to be tried again
    BARRED = "barred"  # refused at the door, for instance for a sanction


class Outcome(msgspec.Struct, array_like=True, frozen=True):
    """What a worker has to tell of a message it was to send."""

    message_id: str
    fate: Fate
    status: int = 0
    carrier_id: str = ""
    told: str = ""


class Usage(msgspec.Struct, frozen=True):
    """How much is held."""

    messages: int = 0
    octets: int = 0


class Journal:
    """One worker's files. Every method blocks on the disk: call them off the event loop."""

    def __init__(self, state_dir: Path, worker: int) -> None:
        """Raises OSError where the folder cannot be."""
        self.folder = state_dir / FOLDER
        self._worker = worker
        self._number = 0
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for draft in self.folder.glob(f"{worker:03d}-*{_DRAFT}"):  # of a process that was killed over it
            draft.unlink(missing_ok=True)

    def usage(self) -> Usage:
        """Return how much is held: what the store had last, and what is on its way there. Raises OSError."""
        known = read_usage(self.folder)
        messages, octets = known.messages, known.octets
        for name in os.listdir(self.folder):
            if name.endswith(HELD):
                parts = name.removesuffix(HELD).split("-")
                messages, octets = messages + int(parts[3]), octets + int(parts[4])
        return Usage(messages, octets)

    def write(self, rows: Sequence[HeldMessage] | Sequence[Outcome]) -> None:
        """Write rows of one kind; durable on return. Raises OSError, and then nothing is there."""
        kind = HELD if isinstance(rows[0], HeldMessage) else OUTCOME
        octets = sum(row.size for row in rows if isinstance(row, HeldMessage))
        self._number += 1
        stem = f"{self._worker:03d}-{time.time_ns():020d}-{self._number:06d}-{len(rows)}-{octets}"
        draft, path = self.folder / (stem + _DRAFT), self.folder / (stem + kind)
        payload = _encode(rows)
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(descriptor, "wb") as file:
                file.write(zlib.crc32(payload).to_bytes(4, "little") + payload)
                file.flush()
                os.fsync(descriptor)
            draft.rename(path)
            sync_folder(self.folder)
        except OSError:
            draft.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise

    def mark_released(self) -> None:
        """Remember that receipts may come for a message that was released. Raises OSError."""
        (self.folder / ALIASES).touch(mode=0o600)


def files(folder: Path, kind: str) -> list[Path]:
    """Return the files of a kind, the oldest first."""
    return sorted(folder.glob(f"*{kind}"), key=lambda path: path.name.split("-")[1:3])


def read(path: Path, kind: type[R]) -> list[R]:
    """Return the rows of a file. Raises OSError, ValueError for one that is damaged."""
    octets = path.read_bytes()
    payload = octets[4:]
    if len(octets) < 4 or zlib.crc32(payload) != int.from_bytes(octets[:4], "little"):
        raise ValueError(f"{path}: its checksum does not fit: the disk is damaged")
    rows: Any = msgspec.msgpack.decode(payload, type=list[kind])  # type: ignore[valid-type]
    return list(rows)


def read_usage(folder: Path) -> Usage:
    """Return what control wrote down last; nothing where it wrote nothing yet, or what cannot be read."""
    try:
        return msgspec.json.decode((folder / USAGE).read_bytes(), type=Usage)
    except (OSError, msgspec.MsgspecError):
        return Usage()


def write_usage(folder: Path, usage: Usage) -> None:
    """Write down how much the store holds, for the workers. Raises OSError."""
    draft = folder / (USAGE + _DRAFT)
    draft.touch(mode=0o600)
    draft.write_bytes(msgspec.json.encode(usage))
    draft.replace(folder / USAGE)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
