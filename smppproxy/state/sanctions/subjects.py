"""Whom a verdict counts against, and how people name a subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from smppproxy.state.codes import CODE_LIMIT
from smppproxy.state.errors import InputError
from smppproxy.state.list_keys import read_host
from smppproxy.state.sanctions.rules import Kind
from smppproxy.state.verdicts import VerdictRow

OwnerOf = Callable[[str], str]
"""The registration number of a code's owner, "" where it is not known."""

Canonical = Callable[[str], str]
"""A sender's number in the form of the registry. Raises InputError."""

_CLUSTER: Final = 64  # octets of a cluster's key at most


class Subject(NamedTuple):
    """Somebody or something that can be sanctioned; as text ``kind:key``, the name the ledger knows it by."""

    kind: Kind
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


def subjects_of(row: VerdictRow, owner: str, kinds: Iterable[Kind]) -> list[Subject]:
    """Return whom a verdict counts against, of the kinds asked for."""
    keys = {
        Kind.CODE: row.code,
        Kind.SENDER: row.sender,
        Kind.ACCOUNT: row.account,
        Kind.OWNER: owner,
        Kind.CLUSTER: row.cluster.hex(),
        Kind.HOST: row.host,
    }
    return [Subject(kind, key) for kind in kinds if (key := keys[kind])]


def parsed(text: str) -> Subject:
    """Return the subject of its own spelling, as the store holds it."""
    kind, _, key = text.partition(":")
    return Subject(Kind(kind), key)


def read_subject(text: str, canonical: Canonical) -> Subject:
    """Return the subject a person wrote: ``kind:key``, or a code without its kind. Raises InputError."""
    name, colon, key = text.strip().partition(":")
    if not colon:
        name, key = Kind.CODE, name
    try:
        kind = Kind(name)
    except ValueError:
        raise InputError(f"{text!r}: one of {', '.join(f'{each}:…' for each in Kind)} is expected, or a code") from None
    key = key.strip()
    if not key or len(key) > CODE_LIMIT or not key.isprintable() or not key.isascii():
        raise InputError(f"{text!r}: printable ASCII of 1 to {CODE_LIMIT} characters is expected after {kind}:")
    if kind is Kind.SENDER:
        key = canonical(key)
    elif kind is Kind.HOST:
        try:
            key = read_host(key)
        except ValueError as error:
            raise InputError(f"{text!r}: {error}") from None
    elif kind is Kind.CLUSTER:
        try:
            octets = bytes.fromhex(key)
        except ValueError:
            octets = b""
        if not 0 < len(octets) <= _CLUSTER:
            raise InputError(f"{text!r}: the key of a cluster is hexadecimal, as evidence and trace show it")
        key = octets.hex()
    return Subject(kind, key)
