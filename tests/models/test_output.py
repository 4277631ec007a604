"""Writing a model: all of it or nothing, and what cannot work is told before the work."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from models.recipe import output


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_model_is_written(tmp_path: Path) -> None:
    out = tmp_path / "some/where"
    output.prepare(out)
    assert names(out) == []
    output.write(out, b"graph", {"name": "é"})
    assert (out / "model.onnx").read_bytes() == b"graph"
    assert json.loads((out / "manifest.json").read_text("utf-8")) == {"name": "é"}
    assert names(out) == ["manifest.json", "model.onnx"]


def test_a_place_that_cannot_be_written_to_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="exists"):
        output.prepare(tmp_path / "file")
    monkeypatch.setattr(output, "ROOM", 1 << 62)
    with pytest.raises(OSError, match="are needed") as told:
        output.prepare(tmp_path / "new")
    assert told.value.errno == errno.ENOSPC


def test_where_writing_fails_the_model_before_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output.write(tmp_path, b"old", {"name": "old"})
    written = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if "manifest" in path.name:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return written(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space"):
            output.write(tmp_path, b"new", {"name": "new"})
    assert (tmp_path / "model.onnx").read_bytes() == b"old"
    assert names(tmp_path) == ["manifest.json", "model.onnx"]


def test_what_json_does_not_know_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        output.write(tmp_path, b"graph", {"share": float("nan")})
    assert names(tmp_path) == []
