"""Files of the quarantine: whole or not there, and their names tell how much they hold."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from smppproxy.state.quarantine_files import (
    HELD,
    OUTCOME,
    Fate,
    HeldMessage,
    Journal,
    Outcome,
    Usage,
    files,
    read,
    read_usage,
    write_usage,
)


def held(name: str, size: int = 100) -> HeldMessage:
    return HeldMessage(
        name, name, 5.0, "shop", "1", "2", 1, 4, "", "text_loan", "text", "", 0.9, "t", 1, size, b"x" * size
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 3)
    journal.write([held("a"), held("b", 50)])
    journal.write([held("c", 1)])
    journal.write([Outcome("a", Fate.ANSWERED, 0, "id")])
    first, second = files(journal.folder, HELD)
    assert read(first, HeldMessage) == [held("a"), held("b", 50)]
    assert read(second, HeldMessage) == [held("c", 1)]
    [outcome] = files(journal.folder, OUTCOME)
    assert read(outcome, Outcome) == [Outcome("a", Fate.ANSWERED, 0, "id")]
    assert journal.usage() == Usage(3, 151)
    assert first.stat().st_mode & 0o077 == 0


def test_the_store_s_own_counts_too(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 0)
    assert read_usage(journal.folder) == Usage()
    write_usage(journal.folder, Usage(7, 700))
    journal.write([held("a")])
    assert journal.usage() == Usage(8, 800)
    assert (journal.folder / "usage").stat().st_mode & 0o077 == 0
    (journal.folder / "usage").write_text("half a fi")
    assert read_usage(journal.folder) == Usage()


def test_damage_is_noticed(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 0)
    journal.write([held("a")])
    [path] = files(journal.folder, HELD)
    octets = bytearray(path.read_bytes())
    octets[10] ^= 1
    path.write_bytes(octets)
    with pytest.raises(ValueError, match="checksum"):
        read(path, HeldMessage)


@pytest.mark.parametrize("what", ["fsync", "open", "rename"])
def test_a_disk_that_refuses_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    journal = Journal(tmp_path, 0)

    def refuses(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path if what == "rename" else os, what, refuses)
    with pytest.raises(OSError, match="No space"):
        journal.write([held("a")])
    monkeypatch.undo()
    assert os.listdir(journal.folder) == []


def test_a_draft_of_a_killed_process_goes(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 0)
    (journal.folder / "000-1-1-1-1.tmp").write_bytes(b"half")
    (journal.folder / "001-1-1-1-1.tmp").write_bytes(b"another worker's")
    Journal(tmp_path, 0)
    assert os.listdir(journal.folder) == ["001-1-1-1-1.tmp"]
