"""Commands as they are found in the field: another locale, umask and time zone, no home, blanks and Hangul in paths."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = (sys.executable, "-c", "from smppproxy.cli import main; main()")
OWNERS = ("가나다통신", "深圳短信 😀")


@pytest.fixture
def elsewhere(config: Path) -> Path:
    """The configuration in a folder whose name no old locale can spell."""
    folder = config.parent / "한글 설정"
    folder.mkdir()
    return config.rename(folder / "제 설정.toml")


def _called(config: Path, *words: str | Path) -> str:
    """What a command wrote, where the system speaks ASCII only and hides nothing by itself."""
    plain = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "TZ": "Asia/Seoul"}
    plain["PYTHONPATH"] = str(Path.cwd())
    command = [*PROGRAM, *map(str, words), "-c", str(config)]
    done = subprocess.run(command, env=plain, cwd="/", umask=0, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


def test_names_in_every_script_and_files_that_are_nobody_elses(elsewhere: Path, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text(
        "code,owner\n" + "".join(f"{n},{owner}\n" for n, owner in enumerate(OWNERS, 301150232)), encoding="utf-8"
    )
    assert "loads; 1 listener" in _called(elsewhere, "check")
    assert _called(elsewhere, "codes", "import", file) == "added 2, changed 0, unchanged 0\n"
    assert [line.split("\t")[2] for line in _called(elsewhere, "codes", "list").splitlines()] == list(OWNERS)
    state = elsewhere.parent / "var"
    assert state.stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in state.iterdir() if each.is_file()} == {0o600}


def test_the_judge_leaves_nothing_at_home(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        [sys.executable, "-c", "import filters.text.judge"],
        env=environment, cwd=tmp_path, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert list(tmp_path.iterdir()) == []
