"""The hashes of the trace, over batches: one that is keyed for recipients, one that is not for texts.

SipHash-2-4 with 128 bits (Aumasson and Bernstein, 2012) is made for short inputs such as numbers. Without the key a
digest tells nothing of its input, and equal inputs have equal digests. The trace hashes a recipient for each message,
and for that a general hash costs more than all else that is done to the message; the compiled twin ``_hashes.pyx``
takes a twentieth of it. Texts are hashed by BLAKE2b (RFC 7693), which the twin has too: to make and to ask one of
Python's objects for each costs as much as the hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

NAME: Final = "pure"

_MASK: Final = (1 << 64) - 1


def _rotated(word: int, by: int) -> int:
    return (word << by | word >> 64 - by) & _MASK


def _rounds(v: list[int], count: int) -> None:
    v0, v1, v2, v3 = v
    for _ in range(count):
        v0 = (v0 + v1) & _MASK
        v1 = _rotated(v1, 13) ^ v0
        v0 = _rotated(v0, 32)
        v2 = (v2 + v3) & _MASK
        v3 = _rotated(v3, 16) ^ v2
        v0 = (v0 + v3) & _MASK
        v3 = _rotated(v3, 21) ^ v0
        v2 = (v2 + v1) & _MASK
        v1 = _rotated(v1, 17) ^ v2
        v2 = _rotated(v2, 32)
    v[:] = v0, v1, v2, v3


def digests(key: bytes, values: Sequence[bytes], skipped: int = -1) -> list[bytes]:
    """The keyed digests of a batch, 16 octets each; an octet ``skipped`` in front of a value is left out.

    Raises ValueError for a key that has not 16 octets.
    """
    if len(key) != 16:
        raise ValueError("a key of 16 octets is expected")
    return [_digest(key, value[1:] if value and value[0] == skipped else value) for value in values]


def fingerprints(values: Sequence[bytes]) -> list[bytes]:
    """The digests of a batch, 16 octets each, and nothing of what is empty."""
    return [blake2b(value, digest_size=16).digest() if value else b"" for value in values]


def _digest(key: bytes, value: bytes) -> bytes:
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    v = [
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D ^ 0xEE,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    ]
    whole = len(value) // 8 * 8
    words = [int.from_bytes(value[at : at + 8], "little") for at in range(0, whole, 8)]
    words.append(int.from_bytes(value[whole:], "little") | (len(value) & 0xFF) << 56)
    for word in words:
        v[3] ^= word
        _rounds(v, 2)
        v[0] ^= word
    v[2] ^= 0xEE
    _rounds(v, 4)
    first = v[0] ^ v[1] ^ v[2] ^ v[3]
    v[1] ^= 0xDD
    _rounds(v, 4)
    return (first | (v[0] ^ v[1] ^ v[2] ^ v[3]) << 64).to_bytes(16, "little")
