"""Pseudonyms of recipients: stable under one key, secret without it."""

from __future__ import annotations

import subprocess
import sys
from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smppproxy.state import pseudonyms
from smppproxy.state.errors import StoreError
from smppproxy.state.hashes import digests
from smppproxy.state.pseudonyms import FILE, Pseudonymiser

KEY = bytes(range(32))


@given(st.text(st.characters()))
@example("\udcff")
def test_a_pseudonym_is_the_keyed_hash(number: str) -> None:
    key = blake2b(KEY, digest_size=16).digest()
    [expected] = digests(key, [number.encode("utf-8", "surrogatepass")])
    pseudonymiser = Pseudonymiser(KEY)
    assert [pseudonymiser(number) for _ in range(2)] == [expected, expected]


@pytest.mark.parametrize("size", [0, 15, 65])
def test_keys_of_other_sizes_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="16 to 64 octets"):
        Pseudonymiser(bytes(size))


def test_the_key_is_made_once_and_private(state_dir: Path) -> None:
    first = Pseudonymiser.load(state_dir)("8210")
    assert Pseudonymiser.load(state_dir)("8210") == first
    assert (state_dir / FILE).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in state_dir.iterdir()] == [FILE]


def test_a_key_of_wider_mode_is_made_private(state_dir: Path) -> None:
    Pseudonymiser.load(state_dir)
    (state_dir / FILE).chmod(0o644)
    Pseudonymiser.load(state_dir)
    assert (state_dir / FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("octets", [b"", b"short", bytes(33)])
def test_a_damaged_key_is_named_and_left(state_dir: Path, octets: bytes) -> None:
    state_dir.mkdir()
    (state_dir / FILE).write_bytes(octets)
    with pytest.raises(StoreError, match="restore it from a backup"):
        Pseudonymiser.load(state_dir)
    assert (state_dir / FILE).read_bytes() == octets


LOADER = "import sys, pathlib; from smppproxy.state.pseudonyms import Pseudonymiser as P; " + (
    "print(P.load(pathlib.Path(sys.argv[1]))('8210').hex())"
)


def test_workers_that_start_together_share_one_key(state_dir: Path) -> None:
    started = [subprocess.Popen([sys.executable, "-c", LOADER, state_dir], stdout=subprocess.PIPE) for _ in range(4)]
    assert len({child.communicate()[0] for child in started}) == 1


def test_who_comes_second_reads_the_key_of_the_first(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Pseudonymiser.load(state_dir)("8210")
    real, seen = pseudonyms._read, []

    def blind_at_first(path: Path) -> bytes | None:
        seen.append(path)
        return real(path) if len(seen) > 1 else None

    monkeypatch.setattr(pseudonyms, "_read", blind_at_first)
    assert Pseudonymiser.load(state_dir)("8210") == first
    assert [each.name for each in state_dir.iterdir()] == [FILE]


def test_a_key_that_cannot_be_read_is_named(state_dir: Path) -> None:
    (state_dir / FILE).mkdir(parents=True)
    with pytest.raises(StoreError, match=FILE):
        Pseudonymiser.load(state_dir)


def test_many_numbers_at_once_with_or_without_a_plus() -> None:
    pseudonymiser = Pseudonymiser(KEY)
    assert pseudonymiser.many([b"8210", b"+8210", b""]) == [pseudonymiser(each) for each in ("8210", "8210", "")]
    assert pseudonymiser.many([]) == []
