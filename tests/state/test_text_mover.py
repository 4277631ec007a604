"""Texts on their way from the workers: each comes in once, whatever breaks on the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from filters.text import near
from filters.text.normalise import prepare
from smppproxy.state.errors import StoreError
from smppproxy.state.sealed import Sealer
from smppproxy.state.spool import Spool
from smppproxy.state.text_mover import ABANDONED, FIELDS, SPOOL, TextMover
from smppproxy.state.texts import TextStore, sealed_text

NOON = 1_800_014_400.0
SAID = "A loan of 1,000 today, no questions asked at all"
PRINT = b"f" * 16


def _spool(state_dir: Path, *ids: str, worker: int = 0, close: bool = True) -> Spool:
    sealer = Sealer.load(state_dir)
    spool = Spool(state_dir / SPOOL, worker, NOON, fields=FIELDS)
    spool.write([(NOON, each, PRINT, sealed_text(sealer, SAID, each, PRINT)) for each in ids])
    if close:
        spool.close(NOON)
    else:
        spool.flush(NOON + 1)
    return spool


def test_texts_are_moved_once(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _spool(state_dir, "t1", "t2")
    mover = TextMover(state_dir)
    unlink = Path.unlink
    monkeypatch.setattr(Path, "unlink", lambda self, missing_ok=False: None)  # killed before the file was deleted
    assert mover.turn(NOON)
    monkeypatch.setattr(Path, "unlink", unlink)
    assert mover.turn(NOON)
    assert not mover.turn(NOON)
    store = TextStore(state_dir)
    assert (store.of_trace("t1"), store.of_trace("t2"), store.reported(PRINT)) == (SAID, SAID, None)
    assert dict(store.signatures(NOON, NOON)) == {PRINT: near.signature(prepare(SAID).key)}
    assert not list((state_dir / SPOOL).iterdir())


def test_what_a_worker_writes_is_left_until_it_is_gone(state_dir: Path) -> None:
    spool = _spool(state_dir, "t1", close=False)
    mover = TextMover(state_dir)
    assert not mover.turn(NOON)
    (path,) = (state_dir / SPOOL).iterdir()
    os.utime(path, (NOON - ABANDONED, NOON - ABANDONED))
    assert not mover.turn(NOON)  # its writer holds the lock
    spool.close(NOON)
    assert mover.turn(NOON)
    assert mover.moved == 1


def test_a_file_cut_short_gives_what_is_whole(state_dir: Path) -> None:
    _spool(state_dir, "t1")
    (path,) = (state_dir / SPOOL).iterdir()
    path.write_bytes(path.read_bytes() + b"half a frame")
    mover = TextMover(state_dir)
    assert mover.turn(NOON)
    assert (mover.moved, mover.torn) == (1, 1)
    assert not list((state_dir / SPOOL).iterdir())


def test_a_full_disk_loses_nothing(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _spool(state_dir, "t1")
    mover = TextMover(state_dir)

    def full(*_: object) -> None:
        raise StoreError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(TextStore, "take", full)
        with pytest.raises(StoreError, match="No space left"):
            mover.turn(NOON)
    assert mover.turn(NOON)
    assert TextStore(state_dir).of_trace("t1") == SAID


def test_days_over_their_time_are_dropped(state_dir: Path) -> None:
    _spool(state_dir, "t1")
    mover = TextMover(state_dir)
    mover.retention = 2
    assert mover.turn(NOON)
    assert not mover.turn(NOON + 86_400)
    assert TextStore(state_dir).of_trace("t1") == SAID
    assert not mover.turn(NOON + 2 * 86_400)
    assert TextStore(state_dir).of_trace("t1") is None
