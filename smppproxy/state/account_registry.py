"""The registry of accounts: every change is recorded in the ledger, durable in the store, then told to the workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from smppproxy.state import ledger
from smppproxy.state.accounts import AccountRules, AccountState, KeyFault, NoRules, StoredAccount
from smppproxy.state.book_layout import CODES
from smppproxy.state.book_writer import Changes
from smppproxy.state.codes import check_text
from smppproxy.state.errors import ConflictError, InputError, NotFoundError
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.publishing import Publisher
from smppproxy.state.registry import BATCH, PAGE, Progress
from smppproxy.state.store import Cursor, Store

COLUMNS: Final = "system_id, state, settings, password_hash, why, who, created_at, changed_at"


class AccountChange(msgspec.Struct, frozen=True, gc=False):
    """What became of one account. ``before`` None: it is new; ``after`` None: it is gone; equal: nothing to do."""

    before: StoredAccount | None
    after: StoredAccount | None

    @property
    def changed(self) -> bool:
        """Whether anything was done."""
        return self.before != self.after

    @property
    def system_id(self) -> str:
        """The account that changed."""
        return (self.after or self.before).system_id  # type: ignore[union-attr]  # one of the two is always there


class AccountRegistry:
    """Accounts: add, update, suspend, resume, remove, show, list; files: see ``accounts_import``."""

    def __init__(
        self, publisher: Publisher, rules: AccountRules | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.rules: AccountRules = rules or NoRules()
        self.changed: Callable[[], None] = _nobody_asks
        """Called after each change, in the store's thread."""
        self.store = publisher.store
        self._publisher = publisher
        self._clock = clock

    # -- reading ---------------------------------------------------------------------------------------------------

    def show(self, system_id: str) -> StoredAccount:
        """Return an account. Raises NotFoundError."""
        found = self.find((system_id,)).get(system_id)
        if found is None:
            where = "stands in the configuration" if self.rules.taken(system_id) else "is not in the store"
            raise NotFoundError(f"account {system_id} {where}")
        return found

    def find(self, names: Sequence[str]) -> dict[str, StoredAccount]:
        """Return those of the accounts that are there."""
        found: dict[str, StoredAccount] = {}
        for start in range(0, len(names), BATCH):
            part = names[start : start + BATCH]
            sql = f"SELECT {COLUMNS} FROM accounts WHERE system_id IN ({', '.join('?' * len(part))})"
            for row in self.store.query(sql, part):
                found[row[0]] = _read(row)
        return found

    def page(
        self, *, state: AccountState | None = None, prefix: str = "", after: str = "", limit: int = PAGE
    ) -> list[StoredAccount]:
        """Return accounts in order, from the one after ``after``."""
        where, given = ["system_id > ?"], list[Any]((after,))
        if prefix:
            where.append("substr(system_id, 1, ?) = ?")
            given += [len(prefix), prefix]
        if state is not None:
            where.append("state = ?")
            given.append(str(state))
        sql = f"SELECT {COLUMNS} FROM accounts WHERE {' AND '.join(where)} ORDER BY system_id LIMIT ?"
        return [_read(row) for row in self.store.query(sql, (*given, limit))]

    def history(self, system_id: str, *, limit: int = 100) -> list[ledger.Entry]:
        """Return what the ledger tells of an account, newest first; also of one that was removed."""
        return ledger.history(self.store, subject_of(system_id), limit=limit)

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
        return self._record("account.add", AccountChange(None, new), who, why)

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
        return self._record("account.update", change, who, why)

    def suspend(self, system_id: str, *, who: str, why: str = "") -> AccountChange:
        """Let an account bind no more; its sessions are unbound. Raises NotFoundError."""
        change = self.altered(self.show(system_id), who, {}, state=AccountState.SUSPENDED, why=why)
        return self._record("account.suspend", change, who, why)

    def resume(self, system_id: str, *, who: str, why: str = "") -> AccountChange:
        """Let an account bind again. Raises NotFoundError, InputError (it does not fit the configuration any more)."""
        change = self.altered(self.show(system_id), who, {}, state=AccountState.ACTIVE, why=why)
        return self._record("account.resume", change, who, why)

    def remove(self, system_id: str, *, who: str, why: str = "") -> AccountChange:
        """Take an account out of the store; its sessions are unbound, its history stays. Raises NotFoundError."""
        return self._record("account.remove", AccountChange(self.show(system_id), None), who, why)

    def altered(self, known: StoredAccount, who: str, settings: Mapping[str, Any], **fields: Any) -> AccountChange:
        """Return the change that gives an account these keys and fields (UNSET ones stay), without making it."""
        given = {name: value for name, value in fields.items() if value is not msgspec.UNSET}
        merged = {key: value for key, value in (known.settings | dict(settings)).items() if value is not None}
        if given.get("state", known.state) is known.state:
            given.pop("why", None)  # a reason alone is no suspension
            if merged == known.settings and all(getattr(known, name) == value for name, value in given.items()):
                return AccountChange(known, known)
        return AccountChange(
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
        self, changes: Sequence[tuple[str, AccountChange]], *, who: str, why: str = "", progress: Progress | None = None
    ) -> Head | None:
        """Make changes, each with the ledger's word for it, all or none; durable on return."""
        for name, text in (("why", why), ("who", who)):
            if wrong := check_text(name, text):
                raise InputError(wrong)

        def write(cursor: Cursor) -> tuple[Head, Changes] | None:
            head = None
            for start in range(0, len(changes), BATCH):
                if progress is not None:
                    progress(start, len(changes))
                head = _write(cursor, changes[start : start + BATCH], who, why, self._millis())
            return None if head is None else (head, ())

        head = self._publisher.commit(CODES, write)
        self.changed()
        return head

    def _record(self, action: str, change: AccountChange, who: str, why: str) -> AccountChange:
        if faults := self.check(change):
            raise InputError(f"account {change.system_id}: {'; '.join(map(str, faults))}")
        if change.changed:
            self.apply([(action, change)], who=who, why=why)
        return change

    def now(self) -> float:
        """Return the registry's clock: Unix seconds."""
        return self._clock()

    def _millis(self) -> int:
        return int(self._clock() * 1000)


def subject_of(system_id: str) -> str:
    """Return the name the ledger knows an account by."""
    return f"account:{system_id}"


def everything(store: Store) -> Iterator[StoredAccount]:
    """Yield every account of a store in order."""
    return map(_read, store.stream(f"SELECT {COLUMNS} FROM accounts ORDER BY system_id"))


_settings: Final = msgspec.json.Decoder(dict[str, Any]).decode


def _read(row: Any) -> StoredAccount:
    system_id, state, settings, *rest = row
    return StoredAccount(system_id, AccountState(state), _settings(settings), *rest)


def _row(account: StoredAccount) -> tuple[Any, ...]:
    system_id, state, settings, *rest = msgspec.structs.astuple(account)
    return (system_id, str(state), msgspec.json.encode(settings, order="sorted").decode(), *rest)


def _write(cursor: Cursor, changes: Sequence[tuple[str, AccountChange]], who: str, why: str, at: int) -> Head:
    gone = [(change.system_id,) for _, change in changes if change.after is None]
    if gone:
        cursor.executemany("DELETE FROM accounts WHERE system_id = ?", gone)
        # Whoever gets the name later must not be read by the tokens of the one who had it.
        cursor.executemany("DELETE FROM tokens WHERE account = ?", gone)
    cursor.executemany(_UPSERT, [_row(change.after) for _, change in changes if change.after is not None])
    drafts = [Draft(action, subject_of(change.system_id), _evidence(change), why) for action, change in changes]
    return ledger.append(cursor, drafts, who=who, at=at)


def _evidence(change: AccountChange) -> dict[str, Any]:
    """Return what the ledger keeps: never a hash, which could be tried for ever."""
    before, after = change.before, change.after
    told: dict[str, Any] = {
        "before": None if before is None else before.told(),
        "after": None if after is None else after.told(),
    }
    if before is not None and after is not None and before.password_hash != after.password_hash:
        told["password"] = "changed"
    return told


def _nobody_asks() -> None:
    """Nobody follows the accounts."""


_UPSERT: Final = (
    f"INSERT INTO accounts ({COLUMNS}) VALUES ({', '.join('?' * len(COLUMNS.split(', ')))}) "
    "ON CONFLICT (system_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS.split(", ")[1:])
)
