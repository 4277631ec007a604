"""Recipients under a pseudonym: the same number gives the same 16 octets, and nobody without the key can tell which."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

from smppproxy.state.errors import StoreError
from smppproxy.state.hashes import digests
from smppproxy.state.store import prepare

FILE: Final = "recipients.key"
KEY_SIZE: Final = 32  # octets; phone numbers can be tried one by one, so the key is all that protects them
SIZE: Final = 16  # octets of a pseudonym
_PLUS: Final = ord("+")


class Pseudonymiser:
    """Keyed hash of numbers. Cheap enough for the data path."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """Take a key of 16 to 64 octets. Raises ValueError for another."""
        if not 16 <= len(key) <= blake2b.MAX_KEY_SIZE:
            raise ValueError(f"a key of 16 to {blake2b.MAX_KEY_SIZE} octets is expected, not of {len(key)}")
        self._key = blake2b(key, digest_size=16).digest()  # the hash takes just that much

    @classmethod
    def load(cls, state_dir: Path) -> Pseudonymiser:
        """Read the key of a state directory, making one at the first time. Raises StoreError."""
        path = prepare(state_dir) / FILE
        try:
            key = _read(path)
            if key is None:
                _create(path)
                key = _read(path)
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}") from error
        if key is None or len(key) != KEY_SIZE:
            raise StoreError(
                f"{path}: a key of {KEY_SIZE} octets is expected, not of {len(key or b'')}; restore it from a backup: "
                "with another key, recipients traced so far cannot be found again"
            )
        return cls(key)

    def many(self, numbers: Sequence[bytes]) -> list[bytes]:
        """Return the pseudonyms of numbers as they stand in a PDU; a leading + makes no difference."""
        return digests(self._key, list(numbers), _PLUS)

    def __call__(self, number: str) -> bytes:
        """Return the pseudonym of a number, 16 octets. Spell numbers one way before."""
        try:
            octets = number.encode()
        except UnicodeEncodeError:  # a lone surrogate: no number, and no reason to fail
            octets = number.encode("utf-8", "surrogatepass")
        return digests(self._key, [octets])[0]


def _read(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as file:
        if os.fstat(descriptor).st_mode & 0o077:
            os.fchmod(descriptor, 0o600)  # a backup was restored with a wider mode
        return file.read(KEY_SIZE + 1)


def _create(path: Path) -> None:
    """Write a key, whole or not at all; where two processes do so at once, one key wins and both read that."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_SIZE))
            file.flush()
            os.fsync(descriptor)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
    finally:
        draft.unlink()
