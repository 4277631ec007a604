"""Passwords of resellers: hashing, and verifying that stays cheap when hundreds of binds arrive at once.

A hash reads ``scrypt$n$r$p$salt$hash`` with salt and hash in base64. Deriving it takes milliseconds, which a
bind storm must not pay per bind: after the first success the password's keyed HMAC is remembered (the key lives
in this process only), and from then on right and wrong passwords are told apart in microseconds.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final, NamedTuple

#: 4 MiB and about 10 ms: the most a worker may spend on one bind without its other sessions noticing.
COST: Final = (4096, 8, 1)
MOST_MEMORY: Final = 64 << 20  # octets scrypt may take for a hash found in a configuration

#: Wrong passwords remembered per account until the right one has been seen: bounds what a misconfigured client costs.
WRONG_REMEMBERED: Final = 64

_PROCESS_KEY: Final = secrets.token_bytes(32)


class _Parts(NamedTuple):
    n: int
    r: int
    p: int
    salt: bytes
    digest: bytes


def hash_password(password: str) -> str:
    """Return the hash of a password, for ``password_hash`` in the configuration."""
    n, r, p = COST
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(octets_of(password), salt=salt, n=n, r=r, p=p, dklen=32)
    return f"scrypt${n}${r}${p}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def is_hash(text: str) -> bool:
    """Tell whether a text is a password hash this program can verify."""
    return _parts(text) is not None


def octets_of(password: str) -> bytes:
    """Return a password as it stands in a bind PDU: Latin-1, and UTF-8 where that cannot hold it."""
    try:
        return password.encode("latin-1")
    except UnicodeEncodeError:
        return password.encode()


class Verifier:
    """Verifies the password of one account. Constant-time; the first right one per process costs one scrypt."""

    __slots__ = ("_known", "_parts", "_wrong")

    def __init__(self, password: str | None = None, password_hash: str | None = None) -> None:
        """Take a password in clear or its hash; with neither, every password is right (the SMSC decides).

        Raises ValueError for a hash that is none.
        """
        self._parts = _parts(password_hash) if password_hash is not None else None
        if password_hash is not None and self._parts is None:
            raise ValueError("not a password hash of the form scrypt$n$r$p$salt$hash")
        self._known = None if password is None else _keyed(octets_of(password))
        self._wrong: dict[bytes, None] = {}

    @property
    def required(self) -> bool:
        """Whether this account has a password at all."""
        return self._known is not None or self._parts is not None

    @property
    def slow(self) -> bool:
        """Whether the next verification may take milliseconds, which a busy loop should leave to a thread."""
        return self._known is None and self._parts is not None

    def verify(self, given: bytes) -> bool:
        """Tell whether the octets of a bind PDU's password field are this account's password."""
        if not self.required:
            return True
        keyed = _keyed(given)
        if self._known is not None:
            return hmac.compare_digest(keyed, self._known)
        if keyed in self._wrong:
            return False
        return self._derive(given, keyed)

    def _derive(self, given: bytes, keyed: bytes) -> bool:
        if self._parts is None:
            return False
        n, r, p, salt, digest = self._parts
        derived = hashlib.scrypt(given, salt=salt, n=n, r=r, p=p, dklen=len(digest), maxmem=MOST_MEMORY)
        if hmac.compare_digest(derived, digest):
            self._known = keyed
            self._wrong.clear()
            return True
        if len(self._wrong) >= WRONG_REMEMBERED:
            del self._wrong[next(iter(self._wrong))]
        self._wrong[keyed] = None
        return False


def _keyed(octets: bytes) -> bytes:
    return hmac.digest(_PROCESS_KEY, octets, "sha256")


def _parts(text: str) -> _Parts | None:
    fields = text.split("$")
    if len(fields) != 6 or fields[0] != "scrypt":
        return None
    try:
        n, r, p = (int(field) for field in fields[1:4])
        salt, digest = (base64.b64decode(field, validate=True) for field in fields[4:])
    except (ValueError, binascii.Error):
        return None
    sound = n > 1 and n & (n - 1) == 0 and r > 0 and p > 0 and 128 * n * r * p <= MOST_MEMORY // 2
    return _Parts(n, r, p, salt, digest) if sound and 16 <= len(digest) <= 64 else None
