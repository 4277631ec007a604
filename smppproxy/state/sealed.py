"""Texts at rest: AES-256-GCM under keys of the state directory, so that a copy of the database alone tells nothing.

A sealed value is one octet of version, four that name the key, twelve of nonce, then ciphertext and tag. The *context*
(which table, which row) is authenticated with it: a value moved to another row does not open.

The key file holds one key a line, newest last; the newest seals, all of them open. :func:`rotate` appends one, owners
of sealed values then write them again (:meth:`Sealer.fresh` tells which are old), and :func:`retire` forgets the rest.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from smppproxy.state.errors import StoreError
from smppproxy.state.store import prepare

FILE: Final = "texts.key"
KEY_SIZE: Final = 32  # octets: AES-256
NONCE_SIZE: Final = 12  # octets, random: NIST SP 800-38D allows 2**32 of them under one key
NAME_SIZE: Final = 4  # octets of a key's name, the beginning of its SHA-256
OVERHEAD: Final = 1 + NAME_SIZE + NONCE_SIZE + 16  # octets a sealed value is longer than what it holds
_VERSION: Final = b"\x01"
_FILE_LIMIT: Final = 1 << 16  # octets; some nine hundred keys


class SealError(StoreError):
    """A sealed value does not open: its key is gone, or it was altered or moved."""


class Sealer:
    """Seals and opens. Holds the keys in memory; safe to share between threads."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take keys of 32 octets, the newest last. Raises ValueError for none, or one of another size."""
        if not keys or any(len(key) != KEY_SIZE for key in keys):
            raise ValueError(f"one key or more of {KEY_SIZE} octets is expected")
        self._ciphers = {name_of(key): AESGCM(key) for key in keys}
        self._newest = name_of(keys[-1])

    @classmethod
    def load(cls, state_dir: Path) -> Sealer:
        """Read the keys of a state directory, making one at the first time. Raises StoreError."""
        path = prepare(state_dir) / FILE
        try:
            octets = _read(path)
            if octets is None:
                _create(path, _line(secrets.token_bytes(KEY_SIZE)))
                octets = _read(path) or b""
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}") from error
        return cls(_parse(path, octets))

    @property
    def key_id(self) -> str:
        """The name of the key that seals, eight hexadecimal digits."""
        return self._newest.hex()

    @property
    def key_ids(self) -> list[str]:
        """The names of all keys that are here, the one that seals last."""
        return [name.hex() for name in self._ciphers]

    def seal(self, octets: bytes, context: bytes) -> bytes:
        """Return octets as they may be stored. ``context`` names the place; it must be given again to open them."""
        nonce = secrets.token_bytes(NONCE_SIZE)
        head = _VERSION + self._newest
        return head + nonce + self._ciphers[self._newest].encrypt(nonce, octets, head + context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Return what was sealed. Raises SealError."""
        head, nonce = sealed[: 1 + NAME_SIZE], sealed[1 + NAME_SIZE : 1 + NAME_SIZE + NONCE_SIZE]
        if len(sealed) < OVERHEAD or not head.startswith(_VERSION):
            raise SealError("this is no sealed text, or one of a newer version; restore the database from a backup")
        cipher = self._ciphers.get(head[1:])
        if cipher is None:
            raise SealError(
                f"sealed with key {head[1:].hex()}, which {FILE} does not hold; restore {FILE} from a backup: "
                "without that key the text cannot be read again"
            )
        try:
            return cipher.decrypt(nonce, sealed[len(head) + NONCE_SIZE :], head + context)
        except InvalidTag:
            raise SealError("a sealed text was altered or moved; restore the database from a backup") from None

    def opens(self, sealed: bytes) -> bool:
        """Whether the key of a value is here; a store that nodes share holds values of each other's keys."""
        return sealed[1 : 1 + NAME_SIZE] in self._ciphers

    def fresh(self, sealed: bytes) -> bool:
        """Whether a value is sealed with the newest key; else it is to be opened and sealed again."""
        return sealed[1 : 1 + NAME_SIZE] == self._newest


class Keyring:
    """The sealer of a state directory as its key file is now: a key that was added seals from the next call on."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._stamp: tuple[int, ...] | None = None
        self._sealer: Sealer | None = None

    def __call__(self) -> Sealer:
        """Return the sealer, read again where the file was written since. Raises StoreError."""
        stamp = self._written()
        if self._sealer is None or stamp is None or stamp != self._stamp:
            self._sealer = Sealer.load(self._state_dir)
            self._stamp = self._written() if stamp is None else stamp
        return self._sealer

    def _written(self) -> tuple[int, ...] | None:
        try:
            found = (self._state_dir / FILE).stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self._state_dir / FILE}: {error.strerror}") from error
        return found.st_mtime_ns, found.st_ino, found.st_size


def rotate(state_dir: Path) -> Sealer:
    """Append a new key, durably: it seals from now on, the ones before still open. Raises StoreError."""
    Sealer.load(state_dir)
    path = state_dir / FILE
    try:
        _replace(path, (_read(path) or b"") + _line(secrets.token_bytes(KEY_SIZE)))
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
    return Sealer.load(state_dir)


def retire(state_dir: Path) -> int:
    """Forget all keys but the newest and return how many; what they sealed can never be read again.

    Call it when everything was sealed anew. Raises StoreError.
    """
    path = state_dir / FILE
    try:
        keys = _parse(path, _read(path) or b"")
        if len(keys) > 1:
            _replace(path, _line(keys[-1]))
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
    return len(keys) - 1


def name_of(key: bytes) -> bytes:
    """Return the name of a key, which says nothing of it."""
    return sha256(b"smppproxy key name\0" + key).digest()[:NAME_SIZE]


def _line(key: bytes) -> bytes:
    return key.hex().encode() + b"\n"


def _parse(path: Path, octets: bytes) -> list[bytes]:
    try:
        keys = [bytes.fromhex(line) for line in octets.decode("ascii").split()]
    except ValueError:
        keys = []
    if not keys or any(len(key) != KEY_SIZE for key in keys):
        raise StoreError(
            f"{path}: lines of {2 * KEY_SIZE} hexadecimal digits are expected, one a key; restore it from a backup: "
            "with another key, texts stored so far cannot be read again"
        )
    return keys


def _read(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as file:
        if os.fstat(descriptor).st_mode & 0o077:
            os.fchmod(descriptor, 0o600)  # a backup was restored with a wider mode
        return file.read(_FILE_LIMIT)


def _draft(path: Path, octets: bytes) -> Path:
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(descriptor)
    return draft


def _create(path: Path, octets: bytes) -> None:
    """Write a file, whole or not at all; where two processes do so at once, one wins and both read that."""
    draft = _draft(path, octets)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    _flush(path.parent)


def _replace(path: Path, octets: bytes) -> None:
    _draft(path, octets).replace(path)
    _flush(path.parent)


def _flush(folder: Path) -> None:
    """Make names in a folder durable: what is sealed with a key that a power cut takes away is lost."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
