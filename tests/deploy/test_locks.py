"""The lock files agree with each other and with what the project declares, and name no host."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-runtime.lock", "requirements-build.lock"]


def pins(name):
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*==\S+)(.*)$", (ROOT / name).read_text(), flags=re.MULTILINE))


def names(requirements):
    return {re.match(r"[A-Za-z0-9._-]+", each)[0].lower().replace("_", "-") for each in requirements}


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("lock", LOCKS[1:])
def test_a_part_pins_what_the_whole_pins(lock):
    assert set(pins(lock)) <= set(pins(LOCKS[0]))


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        ("requirements-runtime.lock", project()["project"]["dependencies"]),
        ("requirements-build.lock", project()["dependency-groups"]["build"]),
        ("requirements.lock", project()["project"]["dependencies"]),
        ("requirements.lock", project()["dependency-groups"]["test"]),
        ("requirements.lock", project()["dependency-groups"]["lint"]),
    ],
)
def test_everything_declared_is_pinned(lock, declared):
    assert names(declared) <= names(pins(lock)), "run: make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_hashes_and_names_no_host(lock):
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert text.count("==") <= text.count("--hash=sha256:")
