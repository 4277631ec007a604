"""Which text model a proxy uses: a record beside copies of the models, written by one, read by every worker.

``state_dir/models/in_use.json`` names the model in use, the one before it, and the candidate that is on trial; each is
a folder beside it, named after its content, or the model that comes with the program. Those are kept, other copies go.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from smppproxy.state import ledger
from smppproxy.state.book_layout import CODES
from smppproxy.state.book_writer import Changes
from smppproxy.state.errors import InputError, StoreError
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.publishing import Publisher
from smppproxy.state.store import Cursor, prepare

FOLDER: Final = "models"
RECORD: Final = "in_use.json"
SHIPPED: Final = ""  # stands for the model that comes with the program
NEEDED: Final = ("model.onnx", "manifest.json")
OPTIONAL: Final = ("card.md",)
NAME: Final = re.compile(r"[0-9a-f]{12}-[0-9a-f]{8}")
SUBJECT: Final = "model"  # in the ledger


class Choice(msgspec.Struct, frozen=True):
    """A model somebody chose. ``model`` is its folder's name or SHIPPED; ``since`` Unix seconds, 0 = from the start."""

    model: str = SHIPPED
    since: int = 0
    who: str = ""


class Stage(StrEnum):
    """How far a candidate has come."""

    SHADOW = "shadow"  # it judges texts beside the model in use, and nothing follows from it
    CANARY = "canary"  # it judges the texts of some accounts for real


class Trial(msgspec.Struct, frozen=True):
    """A candidate. ``model`` and ``since`` as in a :class:`Choice`."""

    model: str
    stage: Stage
    share: float = 1.0  # 0 to 1: of the texts in a shadow, of the accounts in a canary
    accounts: tuple[str, ...] = ()  # in a canary: these instead of a share
    since: int = 0
    who: str = ""

    def judges(self, account: str) -> bool:
        """Whether the texts of an account are judged by the candidate for real.

        By a hash of the name: the same on every machine and day, and who is in a share is in every larger one.
        """
        if self.stage is not Stage.CANARY:
            return False
        if self.accounts:
            return account in self.accounts
        digest = blake2b(account.encode("utf-8", "surrogatepass"), digest_size=8, person=b"canary").digest()
        return int.from_bytes(digest) < self.share * 2**64


class InUse(msgspec.Struct, frozen=True):
    """The record. Without a file it is this: the shipped model, none before it and none on trial."""

    current: Choice = Choice()
    previous: Choice | None = None
    trial: Trial | None = None


def read(state_dir: Path) -> InUse:
    """Return the record. Raises StoreError where there is one that cannot be read."""
    path = state_dir / FOLDER / RECORD
    try:
        return msgspec.json.decode(path.read_bytes(), type=InUse)
    except FileNotFoundError:
        return InUse()
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreError(
            f"{path}: cannot be read as the record of the model in use: {error}. Remove it to use the shipped model, "
            'or choose one with "smppproxy model use".'
        ) from error


def directory(state_dir: Path, model: str) -> str:
    """Return the folder of a model on record, "" for the shipped one."""
    return "" if model == SHIPPED else str(state_dir / FOLDER / model)


def stage(source: Path, state_dir: Path) -> str:
    """Copy a model beside the record, durably, and return its name there. What is in use stays.

    The name is made of the content: the same model is copied once. Raises StoreError, InputError.
    """
    try:
        octets = {name: (source / name).read_bytes() for name in NEEDED}
        octets |= {name: (source / name).read_bytes() for name in OPTIONAL if (source / name).is_file()}
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from error
    model, manifest = (sha256(octets[name]).hexdigest() for name in NEEDED)
    name = f"{model[:12]}-{manifest[:8]}"
    folder = prepare(state_dir) / FOLDER
    target, draft = folder / name, folder / f".draft-{os.getpid()}"
    try:
        if all((target / each).is_file() and (target / each).read_bytes() == octets[each] for each in NEEDED):
            return name
        folder.mkdir(mode=0o700, exist_ok=True)
        draft.mkdir(mode=0o700, exist_ok=True)
        for each, content in octets.items():
            _write(draft / each, content)
        shutil.rmtree(target, ignore_errors=True)  # a copy that is damaged
        draft.rename(target)
        _flush(folder)
    except OSError as error:
        raise StoreError(f"{target}: the model cannot be copied here: {error.strerror}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return name


class ModelRegistry:
    """The one writer of the record."""

    def __init__(self, publisher: Publisher, *, clock: Callable[[], float] = time.time) -> None:
        self._publisher = publisher
        self._state_dir = publisher.books.path.parent
        self._clock = clock

    def record(self) -> InUse:
        """Return the record as it stands. Raises StoreError."""
        return read(self._state_dir)

    def use(
        self, model: str, *, who: str, why: str = "", evidence: Mapping[str, Any] | None = None
    ) -> tuple[bool, InUse]:
        """Make a staged model, or SHIPPED, the one in use; return whether that is a change, and the record.

        A candidate that is chosen is no longer on trial. ``evidence`` is what was measured of it before, for the
        ledger. Durable and in the ledger on return. Raises InputError, StoreError, BooksError.
        """
        self._staged(model)
        before = read(self._state_dir)
        if before.current.model == model:
            return False, before
        trial = before.trial if before.trial is not None and before.trial.model != model else None
        after = InUse(Choice(model, int(self._clock()), who), before.current, trial)
        content = {"before": _plain(before.current.model), "after": _plain(model)}
        if before.trial is not None and trial is None:
            content["promoted_from"] = before.trial.stage.value
        self._change("model.use", content | ({"measured": dict(evidence)} if evidence else {}), after, who, why)
        return True, after

    def try_out(
        self, trial: Trial, *, who: str, why: str = "", evidence: Mapping[str, Any] | None = None
    ) -> tuple[bool, InUse]:
        """Put a staged model on trial, instead of one that is; return whether that is a change, and the record.

        ``since`` and ``who`` of ``trial`` are filled in here. Raises as :meth:`use`.
        """
        self._staged(trial.model)
        before = read(self._state_dir)
        if trial.model == before.current.model:
            raise InputError(
                f"model {_plain(trial.model)!r} is the one in use: there is nothing to compare it with; name another"
            )
        if not 0.0 < trial.share <= 1.0:
            raise InputError(f"share {trial.share:g}: a number above 0, at most 1, is expected")
        if before.trial is not None and msgspec.structs.replace(before.trial, since=0, who="") == trial:
            return False, before
        after = InUse(
            before.current, before.previous, msgspec.structs.replace(trial, since=int(self._clock()), who=who)
        )
        content: dict[str, Any] = {"model": _plain(trial.model), "in_use": _plain(before.current.model)}
        content |= {"accounts": list(trial.accounts)} if trial.accounts else {"share": trial.share}
        content |= {"measured": dict(evidence)} if evidence else {}
        self._change(f"model.{trial.stage.value}", content, after, who, why)
        return True, after

    def stop(self, *, who: str, why: str = "") -> tuple[bool, InUse]:
        """End the trial; return whether there was one, and the record. Raises StoreError, BooksError."""
        before = read(self._state_dir)
        if before.trial is None:
            return False, before
        after = InUse(before.current, before.previous)
        content = {"model": _plain(before.trial.model), "stage": before.trial.stage.value}
        self._change("model.stop", content, after, who, why)
        return True, after

    def _staged(self, model: str) -> None:
        folder = self._state_dir / FOLDER
        if model != SHIPPED and not (
            NAME.fullmatch(model) and all((folder / model / each).is_file() for each in NEEDED)
        ):
            raise InputError(f"{folder}: there is no model {model!r} here; run the command again")

    def _change(self, action: str, content: dict[str, Any], after: InUse, who: str, why: str) -> None:
        at = int(self._clock() * 1000)

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            head = ledger.append(cursor, [Draft(action, SUBJECT, content, why)], who=who, at=at)
            self._record(after)  # last of all: where it fails, the ledger does not speak of it
            return head, ()

        self._publisher.commit(CODES, write)
        self._prune(after)

    def _record(self, record: InUse) -> None:
        path = self._state_dir / FOLDER / RECORD
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            draft = path.with_suffix(".new")
            _write(draft, msgspec.json.encode(record) + b"\n")
            draft.replace(path)
            _flush(path.parent)
        except OSError as error:
            raise StoreError(f"{path}: cannot be written: {error.strerror}") from error

    def _prune(self, record: InUse) -> None:
        """Remove the copies nobody would go back to."""
        kept = {each.model for each in (record.current, record.previous, record.trial) if each is not None}
        with suppress(OSError):  # what is left goes next time
            for path in (self._state_dir / FOLDER).iterdir():
                if NAME.fullmatch(path.name) and path.name not in kept:
                    shutil.rmtree(path, ignore_errors=True)


def _plain(model: str) -> str:
    return model or "shipped"


def _write(path: Path, octets: bytes) -> None:
    with path.open("wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    """Make names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
