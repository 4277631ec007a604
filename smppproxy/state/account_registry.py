"""The registry of accounts: add, update, suspend, resume, remove, show, list."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from smppproxy.state.accounts import AccountRules, AccountState, KeyFault, NoRules, StoredAccount
from smppproxy.state.book_layout import CODES
from smppproxy.state.book_writer import Changes
from smppproxy.state.errors import ConflictError, InputError, NotFoundError
from smppproxy.state.ledger import Head
from smppproxy.state.publishing import Publisher
from smppproxy.state.registry import PAGE, Change, Progress, Records, Registry
from smppproxy.state.store import Cursor

COLUMNS: Final = "system_id, state, settings, password_hash, why, who, created_at, changed_at"

AccountChange = Change[StoredAccount]


class AccountRegistry(Registry[StoredAccount]):
    """Accounts of the store; files: see ``accounts_import``."""

    def __init__(
        self, publisher: Publisher, rules: AccountRules | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__("account", RECORDS, CODES, publisher, clock)
        self.rules: AccountRules = rules or NoRules()
        self.changed: Callable[[], None] = _nobody_asks
        """Called after each change, in the store's thread."""

    # -- reading ---------------------------------------------------------------------------------------------------

    def show(self, system_id: str) -> StoredAccount:
        """Return an account. Raises NotFoundError."""
        found = self.find((system_id,)).get(system_id)
        if found is None:
            where = "stands in the configuration" if self.rules.taken(system_id) else "is not in the store"
            raise NotFoundError(f"account {system_id} {where}")
        return found

    def page(
        self, *, state: AccountState | None = None, prefix: str = "", after: str = "", limit: int = PAGE
    ) -> list[StoredAccount]:
        """Return accounts in order, from the one after ``after``."""
        conditions = {} if state is None else {"state = ?": (str(state),)}
        return RECORDS.page(self.store, conditions, prefix=prefix, after=after, limit=limit)

    # -- changing --------------------------------------------------------------------------------------------------

    def add(
        self, system_id: str, settings: Mapping[str, Any], *, password_hash: str = "", who: str, why: str = ""
    ) -> AccountChange:
        """Make an account, which may bind at once. Raises InputError, ConflictError."""
        known = self.find((system_id,)).get(system_id)
        if known is not None:
            raise ConflictError(
                f"account {system_id} is in the store already and {known.state}; `accounts update` changes it"
            )
        new = self.fresh(system_id, settings, password_hash, who, why)
        return self._record("add", Change(None, new), who, why)

    def fresh(
        self, system_id: str, settings: Mapping[str, Any], password_hash: str, who: str, why: str
    ) -> StoredAccount:
        """Return a new account, without keeping it."""
        now, given = self._millis(), {key: value for key, value in settings.items() if value is not None}
        return StoredAccount(system_id, AccountState.ACTIVE, given, password_hash, why, who, now, now)

    def update(
        self,
        system_id: str,
        settings: Mapping[str, Any],
        *,
        password_hash: str | msgspec.UnsetType = msgspec.UNSET,
        who: str,
        why: str = "",
    ) -> AccountChange:
        """Change the keys given (None: back to its default); others stay. Raises NotFoundError, InputError."""
        change = self.altered(self.show(system_id), who, settings, password_hash=password_hash)
        return self._record("update", change, who, why)

    def suspend(self, system_id: str, *, who: str, why: str = "") -> AccountChange:
        """Let an account bind no more; its sessions are unbound. Raises NotFoundError."""
        change = self.altered(self.show(system_id), who, {}, state=AccountState.SUSPENDED, why=why)
        return self._record("suspend", change, who, why)

    def resume(self, system_id: str, *, who: str, why: str = "") -> AccountChange:
        """Let an account bind again. Raises NotFoundError, InputError (it does not fit the configuration any more)."""
        change = self.altered(self.show(system_id), who, {}, state=AccountState.ACTIVE, why=why)
        return self._record("resume", change, who, why)

    def remove(self, system_id: str, *, who: str, why: str = "") -> AccountChange:
        """Take an account out of the store; its sessions are unbound, its history stays. Raises NotFoundError."""
        return self._record("remove", Change(self.show(system_id), None), who, why)

    def altered(self, known: StoredAccount, who: str, settings: Mapping[str, Any], **fields: Any) -> AccountChange:
        """Return the change that gives an account these keys and fields (UNSET ones stay), without making it."""
        given = {name: value for name, value in fields.items() if value is not msgspec.UNSET}
        merged = {key: value for key, value in (known.settings | dict(settings)).items() if value is not None}
        if given.get("state", known.state) is known.state:
            given.pop("why", None)  # a reason alone is no suspension
            if merged == known.settings and all(getattr(known, name) == value for name, value in given.items()):
                return Change(known, known)
        return Change(
            known, msgspec.structs.replace(known, who=who, changed_at=self._millis(), settings=merged, **given)
        )

    def check(self, change: AccountChange) -> list[KeyFault]:
        """Return what forbids a change."""
        after = change.after
        if after is None or not change.changed:
            return []
        if self.rules.taken(after.system_id):
            return [KeyFault("system_id", after.system_id, "a name that does not stand in the configuration")]
        if change.before is not None and after.state is AccountState.SUSPENDED:
            return []  # also one that does not fit the configuration any more
        return self.rules.faults(after)

    def apply(
        self, changes: Sequence[tuple[str, AccountChange]], *, who: str, why: str = "",
        progress: Progress | None = None,
    ) -> Head | None:  # fmt: skip
        """Make changes as any registry does, and tell whoever follows the accounts."""
        head = super().apply(changes, who=who, why=why, progress=progress)
        self.changed()
        return head

    def _check(self, change: AccountChange) -> None:
        if faults := self.check(change):
            raise InputError(f"account {change.record.system_id}: {'; '.join(map(str, faults))}")

    def _write(self, cursor: Cursor, changes: Sequence[tuple[str, AccountChange]], who: str, why: str) -> Head:
        # Whoever gets the name later must not be read by the tokens of the one who had it.
        gone = [(change.record.system_id,) for _, change in changes if change.after is None]
        if gone:
            cursor.executemany("DELETE FROM tokens WHERE account = ?", gone)
        return super()._write(cursor, changes, who, why)

    def _shown(self, changes: Sequence[tuple[str, AccountChange]]) -> Changes:
        return ()  # no rule looks an account up

    def _evidence(self, change: AccountChange) -> dict[str, Any]:
        """Return what the ledger keeps: never a hash, which could be tried for ever."""
        before, after = change.before, change.after
        told: dict[str, Any] = {
            "before": None if before is None else before.told(),
            "after": None if after is None else after.told(),
        }
        if before is not None and after is not None and before.password_hash != after.password_hash:
            told["password"] = "changed"
        return told


_settings: Final = msgspec.json.Decoder(dict[str, Any]).decode


def _read(row: Any) -> StoredAccount:
    system_id, state, settings, *rest = row
    return StoredAccount(system_id, AccountState(state), _settings(settings), *rest)


def _row(account: StoredAccount) -> tuple[Any, ...]:
    system_id, state, settings, *rest = msgspec.structs.astuple(account)
    return (system_id, str(state), msgspec.json.encode(settings, order="sorted").decode(), *rest)


def _nobody_asks() -> None:
    """Nobody follows the accounts."""


RECORDS: Final = Records("accounts", COLUMNS, _read, _row)
