"""What commands on the registries share: an export is there as a whole, or not at all."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest

from smppproxy.cli.registry import write_text
from smppproxy.state.errors import StateError


def test_a_full_disk_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_text("an older one", path)
    path.chmod(0o600)
    write_text("the old one", path)
    assert path.stat().st_mode & 0o777 == 0o600
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        with pytest.raises(StateError, match="nothing was written"):
            write_text("x" * 5000, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_private_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_text("x", tmp_path / "texts.csv", private=True)
        write_text("x", tmp_path / "report.html")
    finally:
        os.umask(before)
    assert (tmp_path / "texts.csv").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "report.html").stat().st_mode & 0o777 == 0o666
    (tmp_path / "texts.csv").chmod(0o664)
    write_text("y", tmp_path / "texts.csv", private=True)
    assert (tmp_path / "texts.csv").stat().st_mode & 0o777 == 0o664  # as a person said


def test_a_device_is_written_to(tmp_path: Path) -> None:
    write_text("x", Path("/dev/null"))
    (tmp_path / "link").symlink_to(tmp_path / "there")
    write_text("x", tmp_path / "link")
    assert (tmp_path / "there").read_text() == "x"
    assert (tmp_path / "link").is_symlink()
