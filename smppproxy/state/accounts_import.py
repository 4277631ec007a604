"""A file of accounts into the store: what would change, and the change, all or nothing."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import msgspec

from smppproxy.state.account_registry import AccountChange, AccountRegistry
from smppproxy.state.accounts import AccountState, StoredAccount
from smppproxy.state.accounts_csv import Row, parse
from smppproxy.state.errors import RowFault
from smppproxy.state.file_import import Outcome, bring
from smppproxy.state.registry import Change, Progress
from smppproxy.state.table_csv import refuse


class AccountDifference(msgspec.Struct, frozen=True):
    """One account a file would change: the keys that differ, each ``[before, after]``."""

    system_id: str
    what: Literal["add", "change"]
    fields: dict[str, tuple[Any, Any]]


def import_accounts(
    registry: AccountRegistry,
    text: str,
    *,
    who: str,
    why: str = "",
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Outcome[AccountDifference]:
    """Bring the store in line with a CSV text (see accounts_csv); accounts it does not name stay as they are.

    An import may suspend an account and never resumes one. Raises InputError with every row that is wrong; then nothing
    was changed.
    """
    rows = parse(text)
    known = registry.find([row.system_id for row in rows])
    changes: list[tuple[str, AccountChange]] = []
    faults: list[RowFault] = []
    # A hash takes milliseconds; a dry run only has to know that there is one.
    hashed = registry.rules.hashed if not dry_run else cache(lambda _: registry.rules.hashed("-"))
    for row in rows:
        password = row.password_hash or (hashed(row.password) if row.password else "")
        change = _change(registry, row, known.get(row.system_id), password, who)
        found = _faults(registry, row, change)
        faults += found
        if not found and change.changed:
            changes.append((_action(change), change))
    refuse(faults, "is wrong or contradicts the store", "are wrong or contradict the store")
    return bring(registry, changes, _difference, rows=len(rows), who=who, why=why, dry_run=dry_run, progress=progress)


def _change(
    registry: AccountRegistry, row: Row, before: StoredAccount | None, password: str, who: str
) -> AccountChange:
    if before is None:
        new = registry.fresh(row.system_id, row.settings, password, who, row.why)
        return Change(None, msgspec.structs.replace(new, state=row.state or AccountState.ACTIVE))
    return registry.altered(
        before,
        who,
        row.settings,
        state=row.state or msgspec.UNSET,
        why=row.why,
        password_hash=password or msgspec.UNSET,
    )


def _faults(registry: AccountRegistry, row: Row, change: AccountChange) -> list[RowFault]:
    """Return why a row cannot be followed."""
    before, after = change.before, change.after
    if before is not None and after is not None and before.state is not after.state is AccountState.ACTIVE:
        expected = "the account is suspended; an import resumes none: `accounts resume` does"
        return [RowFault(row.line, "state", "active", expected)]
    return [
        RowFault(row.line, fault.key, fault.value, f"{fault.expected} is expected") for fault in registry.check(change)
    ]


def _action(change: AccountChange) -> str:
    before, after = change.before, change.after
    if before is None:
        return "account.add"
    return "account.suspend" if after is not None and after.state is not before.state else "account.update"


def _difference(change: AccountChange) -> AccountDifference:
    before, after = change.before, change.after
    old = {} if before is None else before.told()["settings"] | {"state": before.state, "why": before.why}
    new = {} if after is None else after.told()["settings"] | {"state": after.state, "why": after.why}
    fields = {name: (old.get(name), new.get(name)) for name in (*old, *(new.keys() - old.keys()))}
    fields = {name: pair for name, pair in fields.items() if pair[0] != pair[1] and pair != (None, "")}
    if (before.password_hash if before else "") != (after.password_hash if after else ""):
        fields["password"] = ("set" if before and before.password_hash else None, "new")
    return AccountDifference(change.record.system_id, "add" if before is None else "change", fields)
