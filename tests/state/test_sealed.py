"""Sealed texts: they open with their key in their place, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.state.errors import StoreError
from smppproxy.state.sealed import FILE, OVERHEAD, Keyring, Sealer, SealError, retire, rotate

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_what_is_sealed_opens_in_its_place(octets: bytes, context: bytes) -> None:
    sealer = Sealer([KEY])
    sealed = sealer.seal(octets, context)
    assert sealer.open(sealed, context) == octets
    assert len(sealed) == len(octets) + OVERHEAD
    assert sealed != sealer.seal(octets, context)
    with pytest.raises(SealError, match="altered or moved"):
        sealer.open(sealed, context + b"x")


@given(st.binary(max_size=80))
def test_garbage_is_refused(octets: bytes) -> None:
    with pytest.raises(SealError):
        Sealer([KEY]).open(octets, b"")


@given(st.integers(0, OVERHEAD + 4), st.integers(1, 255))
def test_an_altered_octet_is_noticed(where: int, change: int) -> None:
    sealed = bytearray(Sealer([KEY]).seal(b"Hello", b""))
    sealed[where] ^= change
    with pytest.raises(SealError):
        Sealer([KEY]).open(bytes(sealed), b"")


def test_a_key_that_is_gone_is_named() -> None:
    sealed = Sealer([KEY]).seal(b"Hello", b"")
    with pytest.raises(SealError, match=Sealer([KEY]).key_id):
        Sealer([OTHER]).open(sealed, b"")


@pytest.mark.parametrize("keys", [[], [b"short"], [KEY, bytes(33)]])
def test_keys_of_other_sizes_are_refused(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 octets"):
        Sealer(keys)


def test_the_key_is_made_once_and_private(state_dir: Path) -> None:
    sealed = Sealer.load(state_dir).seal(b"Hello", b"")
    (state_dir / FILE).chmod(0o644)  # as a backup may restore it
    assert Sealer.load(state_dir).open(sealed, b"") == b"Hello"
    assert (state_dir / FILE).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in state_dir.iterdir()] == [FILE]


def test_keys_are_rotated_and_retired(state_dir: Path) -> None:
    first = Sealer.load(state_dir)
    sealed = first.seal(b"Hello", b"")
    second = rotate(state_dir)
    assert (first.fresh(sealed), second.fresh(sealed)) == (True, False)
    assert second.key_id != first.key_id
    anew = second.seal(second.open(sealed, b""), b"")
    assert retire(state_dir) == 1
    assert retire(state_dir) == 0
    last = Sealer.load(state_dir)
    assert last.fresh(anew)
    assert last.open(anew, b"") == b"Hello"
    with pytest.raises(SealError, match="does not hold"):
        last.open(sealed, b"")
    assert (state_dir / FILE).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in state_dir.iterdir()] == [FILE]


@pytest.mark.parametrize("octets", [b"", b"zz", KEY.hex().encode()[:-2], b"\xff" * 64])
def test_a_damaged_file_is_named_and_left(state_dir: Path, octets: bytes) -> None:
    state_dir.mkdir()
    (state_dir / FILE).write_bytes(octets)
    for act in (Sealer.load, rotate, retire):
        with pytest.raises(StoreError, match="restore it from a backup"):
            act(state_dir)
    assert (state_dir / FILE).read_bytes() == octets


@pytest.mark.parametrize("act", [Sealer.load, rotate, retire])
def test_a_file_that_cannot_be_read_is_named(state_dir: Path, act: object) -> None:
    (state_dir / FILE).mkdir(parents=True)
    with pytest.raises(StoreError, match=FILE):
        act(state_dir)  # type: ignore[operator]


def test_a_keyring_takes_up_a_new_key_at_once(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path)
    first = keyring()
    assert keyring() is first
    rotate(tmp_path)
    assert keyring().key_ids == [first.key_id, keyring().key_id]
    assert keyring().open(first.seal(b"before", b""), b"") == b"before"
    retire(tmp_path)
    assert len(keyring().key_ids) == 1
