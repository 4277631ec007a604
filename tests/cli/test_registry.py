"""What commands on the registries share: an export is there as a whole, or not at all."""

from __future__ import annotations

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


def test_a_device_is_written_to(tmp_path: Path) -> None:
    write_text("x", Path("/dev/null"))
    (tmp_path / "link").symlink_to(tmp_path / "there")
    write_text("x", tmp_path / "link")
    assert (tmp_path / "there").read_text() == "x"
    assert (tmp_path / "link").is_symlink()
