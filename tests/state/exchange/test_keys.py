"""Keys: made private, read in both spellings, refused where they are not what they should be."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from smppproxy.state.errors import ConflictError, InputError, NotFoundError, StateError
from smppproxy.state.exchange.keys import KEY_FILE, SigningKey, is_signed, key_id, line_of, pem_of, read_public


def test_a_key_is_private_and_comes_back(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="lists keys new"):
        SigningKey.load(tmp_path)
    key = SigningKey.create(tmp_path)
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert SigningKey.load(tmp_path).public == key.public
    assert is_signed(key.public, key.sign(b"text"), b"text")
    assert not is_signed(key.public, key.sign(b"text"), b"texts")
    with pytest.raises(ConflictError, match="--replace"):
        SigningKey.create(tmp_path)
    other = SigningKey.create(tmp_path, replace=True)
    assert SigningKey.load(tmp_path).public == other.public != key.public
    kept = tmp_path / f"{KEY_FILE}.{key.id}"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    SigningKey.create(tmp_path)
    os.chmod(tmp_path / KEY_FILE, 0o640)
    with pytest.raises(StateError, match="others may read it"):
        SigningKey.load(tmp_path)


def test_a_broken_key_is_named(tmp_path: Path) -> None:
    SigningKey.create(tmp_path)
    (tmp_path / KEY_FILE).write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(StateError, match="no Ed25519 private key"):
        SigningKey.load(tmp_path)
    SigningKey.create(tmp_path, replace=True)
    assert (tmp_path / f"{KEY_FILE}.unreadable").exists()


def test_public_keys_are_read_in_both_spellings(tmp_path: Path) -> None:
    public = SigningKey.create(tmp_path).public
    assert read_public(line_of(public).upper().replace("ED25519", "ed25519") + "\n") == public
    assert read_public(pem_of(public)) == public
    assert len(key_id(public)) == 16


def test_what_is_no_public_key_is_refused(tmp_path: Path) -> None:
    SigningKey.create(tmp_path)
    curve = generate_private_key(SECP256R1()).public_key()
    wrong = {
        "ed25519:12": "64 hexadecimal",
        "": "64 hexadecimal",
        (tmp_path / KEY_FILE).read_text(): "private key",
        curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(): "expected, not _?EC",
    }
    for text, told in wrong.items():
        with pytest.raises(InputError, match=told):
            read_public(text)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing: apt-get install openssl")
def test_openssl_agrees(tmp_path: Path) -> None:
    """Who does not run smppproxy signs and proves with openssl."""
    key = SigningKey.create(tmp_path)
    (tmp_path / "text").write_bytes(b"a list\n")
    (tmp_path / "signature").write_bytes(key.sign(b"a list\n"))
    (tmp_path / "public.pem").write_text(pem_of(key.public))
    done = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-in", "text", "-sigfile",
         "signature"],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    assert b"Verified Successfully" in done.stdout, done.stderr
