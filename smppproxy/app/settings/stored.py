"""Accounts of the store beside those of the configuration: what one may hold, and both as one configuration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from smppproxy.app.settings import faults
from smppproxy.app.settings.accounts import Account
from smppproxy.app.settings.checks import (
    Readable,
    codes_can_pass,
    passwords_fit_the_mode,
    statuses_do_not_mislead,
    upstreams_exist,
)
from smppproxy.app.settings.faults import Found
from smppproxy.app.settings.passwords import hash_password
from smppproxy.app.settings.root import Settings
from smppproxy.app.settings.translate import validate
from smppproxy.state.accounts import AccountState, KeyFault, StoredAccount
from smppproxy.state.peek import peek

APART: Final = ("system_id", "password", "password_hash")
"""Keys of ``[[accounts]]`` that are no setting of a stored account, but fields of their own."""

_CHECKS: Final = (upstreams_exist, passwords_fit_the_mode, statuses_do_not_mislead, codes_can_pass)


class Rules:
    """What a configuration demands of the accounts in the store."""

    def __init__(self, settings: Settings) -> None:
        """Take the configuration as it stands in the file, without accounts of the store."""
        self._settings = settings
        self._names = {account.system_id for account in settings.accounts}
        self._tree = {"upstreams": [{"name": upstream.name} for upstream in settings.upstreams]}

    def faults(self, account: StoredAccount) -> list[KeyFault]:
        """Return what is wrong with an account in this configuration."""
        return self.account(account)[1]

    def taken(self, system_id: str) -> bool:
        """Whether an account of this name stands in the configuration."""
        return system_id in self._names

    def hashed(self, password: str) -> str:
        """Return the hash of a password."""
        return hash_password(password)

    def account(self, stored: StoredAccount) -> tuple[Account | None, list[KeyFault]]:
        """Return an account as the configuration knows it, None where it has a fault, and all faults."""
        apart = [KeyFault(key, "", "no such key here") for key in APART if key in stored.settings]
        if apart:
            return None, apart
        tree: dict[str, Any] = {**stored.settings, "system_id": stored.system_id}
        if stored.password_hash:
            tree["password_hash"] = stored.password_hash
        built, found = validate(Account, tree, ("accounts", 0), {})
        if built is not None:
            read = Readable(
                proxy=self._settings.proxy,
                upstreams=list(enumerate(self._settings.upstreams)),
                accounts=[(0, built)],
                filters=self._settings.filters,
                tree={**self._tree, "accounts": [tree]},
            )
            known = {one.path for one in found}
            found += [
                one
                for check in _CHECKS
                for one in check(read)
                if isinstance(one, Found) and one.path[:1] == ("accounts",) and one.path not in known
            ]
        return (built if not found else None), [_told(one) for one in found]


def combine(settings: Settings, stored: Iterable[StoredAccount]) -> tuple[Settings, dict[str, str]]:
    """Return a configuration with the active accounts of the store, and why each that is left out cannot be used.

    One that stands in the configuration too is left out there: what a person wrote in the file is what the file says.
    """
    rules = Rules(settings)
    more: list[Account] = []
    unusable: dict[str, str] = {}
    for each in stored:
        if rules.taken(each.system_id):
            unusable[each.system_id] = "it stands in the configuration too; remove it from one of them"
        elif each.state is AccountState.ACTIVE:
            account, found = rules.account(each)
            if account is None:
                unusable[each.system_id] = "; ".join(map(str, found))
            else:
                more.append(account)
    return settings.model_copy(update={"accounts": (*settings.accounts, *more)}), unusable


def held(settings: Settings) -> list[str] | None:
    """Return the names of the accounts in the store of a configuration; None where it cannot be read."""
    rows = peek(settings.proxy.database or settings.proxy.state_path, "SELECT system_id FROM accounts")
    return None if rows is None else [name for (name,) in rows]


def kept(settings: Settings) -> list[StoredAccount]:
    """Return the accounts in the store of a configuration, none where it cannot be read."""
    from smppproxy.state.account_registry import COLUMNS, RECORDS

    rows = peek(settings.proxy.database or settings.proxy.state_path, f"SELECT {COLUMNS} FROM accounts")
    return [RECORDS.read(row) for row in rows or ()]


def _told(found: Found) -> KeyFault:
    path = found.path[2:]
    value = faults.show(found.value, path, found.suggestion) if found.has_value and found.value is not None else ""
    expected = f"{found.expected} ({found.suggestion})" if found.suggestion else found.expected
    return KeyFault(faults.dotted(path), value, expected)
