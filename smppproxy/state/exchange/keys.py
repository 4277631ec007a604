"""Ed25519 keys: our own in a file that only we may read, those of others as text people can compare."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from smppproxy.state.errors import ConflictError, InputError, NotFoundError, StateError
from smppproxy.state.store import prepare

KEY_FILE: Final = "list-signing.key"
PREFIX: Final = "ed25519:"  # what begins a public key in one line

_LINE: Final = re.compile(rf"{PREFIX}([0-9a-fA-F]{{64}})").fullmatch
_READABLE_BY_OTHERS: Final = 0o077


def key_id(public: bytes) -> str:
    """Return the short name of a public key: 16 hexadecimal digits of its SHA-256."""
    return sha256(public).hexdigest()[:16]


def line_of(public: bytes) -> str:
    """Return a public key in one line, as :func:`read_public` reads it."""
    return PREFIX + public.hex()


def read_public(text: str) -> bytes:
    """Return the 32 octets of a public key, from its line or from PEM as openssl writes it. Raises InputError."""
    bare = text.strip()
    if match := _LINE(bare):
        return bytes.fromhex(match[1])
    if "PRIVATE KEY" in bare:
        raise InputError("this is a private key: it stays with its owner; give the public one")
    try:
        key = load_pem_public_key(bare.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise InputError(f"a public key is expected: {PREFIX} and 64 hexadecimal digits, or PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"an Ed25519 key is expected, not {type(key).__name__.removesuffix('PublicKey')}")
    return key.public_bytes_raw()


def is_signed(public: bytes, signature: bytes, octets: bytes) -> bool:
    """Whether a signature is that of the octets by the owner of a public key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, octets)
    except (InvalidSignature, ValueError):
        return False
    return True


class SigningKey:
    """Our own key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        """The short name of the public half."""
        return key_id(self.public)

    def sign(self, octets: bytes) -> bytes:
        """Return the 64 octets of a signature."""
        return self._key.sign(octets)

    @classmethod
    def load(cls, state_dir: Path) -> SigningKey:
        """Read the key of a state directory. Raises NotFoundError (none yet), StateError (open to others, broken)."""
        path = state_dir / KEY_FILE
        try:
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                octets = file.read(1 << 16)
        except FileNotFoundError:
            raise NotFoundError("there is no key to sign with yet; make one with `smppproxy lists keys new`") from None
        except OSError as error:
            raise StateError(f"{path}: {error.strerror}") from error
        if mode & _READABLE_BY_OTHERS:
            raise StateError(
                f"{path}: others may read it (mode {mode & 0o777:04o}); `chmod 600` it, and if anybody else had an "
                "account here make a new one: `smppproxy lists keys new --replace`"
            )
        try:
            key = load_pem_private_key(octets, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise StateError(f"{path}: no Ed25519 private key in PEM; restore it from a backup or make a new one")
        return cls(key)

    @classmethod
    def create(cls, state_dir: Path, *, replace: bool = False) -> SigningKey:
        """Make a key; the one that is replaced is kept beside it. Raises ConflictError (there is one), StateError."""
        path = prepare(state_dir) / KEY_FILE
        key = Ed25519PrivateKey.generate()
        octets = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        fresh = path.with_suffix(".new")
        try:
            if path.exists() and not replace:
                raise ConflictError(
                    "there is a key already; --replace makes another one, which all who take our lists must trust anew"
                )
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                old = cls._id_of(path)
                os.replace(path, path.with_name(f"{KEY_FILE}.{old}"))
            os.replace(fresh, path)
        except OSError as error:
            raise StateError(f"{path}: {error.strerror}") from error
        return cls(key)

    @classmethod
    def _id_of(cls, path: Path) -> str:
        try:
            return cls.load(path.parent).id
        except StateError:
            return "unreadable"


def pem_of(public: bytes) -> str:
    """Return a public key as PEM, for openssl."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
