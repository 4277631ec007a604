"""Accounts in the store: what a reseller's system_id may do, beside those that stand in the configuration.

The keys of an account are those of ``[[accounts]]``; what they may hold is known to whoever reads the configuration, so
it is asked through :class:`AccountRules`. Passwords are kept as hashes and told to nobody.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import msgspec

from smppproxy.state.errors import InputError


class AccountState(StrEnum):
    """Whether an account may bind."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class StoredAccount(msgspec.Struct, frozen=True, gc=False):
    """An account as stored. ``settings`` holds the keys that were given; instants are Unix milliseconds."""

    system_id: str
    state: AccountState
    settings: dict[str, Any]
    password_hash: str  # "": none, the SMSC decides
    why: str
    who: str
    created_at: int
    changed_at: int

    def told(self) -> dict[str, Any]:
        """Return the account as anybody may see it: without its hash."""
        shown: dict[str, Any] = msgspec.to_builtins(self)
        del shown["password_hash"]
        return shown | {"password": "set" if self.password_hash else "none"}


class KeyFault(NamedTuple):
    """What is wrong with one key of an account."""

    key: str
    value: str  # as it may be shown
    expected: str

    def __str__(self) -> str:
        return f"{self.key}: expected {self.expected}" + (f", got {self.value}" if self.value else "")


class AccountRules(Protocol):
    """What the configuration knows of accounts."""

    def faults(self, account: StoredAccount) -> list[KeyFault]:
        """Return what is wrong with an account in this configuration."""

    def taken(self, system_id: str) -> bool:
        """Whether an account of this name stands in the configuration."""

    def hashed(self, password: str) -> str:
        """Return the hash of a password."""


class NoRules:
    """Everything goes: for whoever only reads."""

    def faults(self, account: StoredAccount) -> list[KeyFault]:
        """Return nothing."""
        return []

    def taken(self, system_id: str) -> bool:
        """No account stands anywhere else."""
        return False

    def hashed(self, password: str) -> str:
        """Refuse to keep a password."""
        raise InputError("a password cannot be hashed here")
