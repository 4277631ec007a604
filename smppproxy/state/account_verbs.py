"""The requests about accounts, as typed records, and what answers them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from smppproxy.state.account_registry import RECORDS, AccountChange, AccountRegistry
from smppproxy.state.accounts import AccountState
from smppproxy.state.accounts_csv import render
from smppproxy.state.accounts_import import import_accounts
from smppproxy.state.registry import Progress
from smppproxy.state.requests import LIST_LIMIT, Import, Request
from smppproxy.state.service import Service


class OneAccount(Request, frozen=True):
    """Do something to one account: suspend, resume, remove."""

    system_id: str


class Add(OneAccount, frozen=True):
    """Make an account; ``settings`` are keys of ``[[accounts]]``."""

    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    password_hash: str = ""


class Update(OneAccount, frozen=True):
    """Change an account; keys that are absent stay, null brings back the default."""

    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    password_hash: str | msgspec.UnsetType = msgspec.UNSET


class Show(OneAccount, frozen=True):
    """Tell of one account and of what happened to it."""

    history: Annotated[int, msgspec.Meta(ge=0)] = 20


class List(Request, frozen=True):
    """List accounts in order, those after ``after``."""

    state: AccountState | None = None
    prefix: str = ""
    after: str = ""
    limit: int = 1000


class Export(Request, frozen=True):
    """Return all accounts as CSV, with the hashes of passwords where that is said."""

    hashes: bool = False


class AccountVerbs:
    """Answers for :class:`AccountRegistry`."""

    def __init__(self, service: Service, accounts: AccountRegistry) -> None:
        self._service = service
        self._accounts = accounts

    def add(self, r: Add, _: Progress) -> dict[str, Any]:
        """``accounts.add``."""
        change = self._accounts.add(r.system_id, r.settings, password_hash=r.password_hash, who=r.who, why=r.why)
        return _changed(change)

    def update(self, r: Update, _: Progress) -> dict[str, Any]:
        """``accounts.update``."""
        return _changed(
            self._accounts.update(r.system_id, r.settings, password_hash=r.password_hash, who=r.who, why=r.why)
        )

    def suspend(self, r: OneAccount, _: Progress) -> dict[str, Any]:
        """``accounts.suspend``."""
        return _changed(self._accounts.suspend(r.system_id, who=r.who, why=r.why))

    def resume(self, r: OneAccount, _: Progress) -> dict[str, Any]:
        """``accounts.resume``."""
        return _changed(self._accounts.resume(r.system_id, who=r.who, why=r.why))

    def remove(self, r: OneAccount, _: Progress) -> dict[str, Any]:
        """``accounts.remove``."""
        return _changed(self._accounts.remove(r.system_id, who=r.who, why=r.why))

    def show(self, r: Show, _: Progress) -> dict[str, Any]:
        """``accounts.show``."""
        history = self._accounts.history(r.system_id, limit=min(r.history, 1000))
        return {"account": self._accounts.show(r.system_id).told(), "history": [each.told() for each in history]}

    def list(self, r: List, _: Progress) -> dict[str, Any]:
        """``accounts.list``."""
        limit = max(1, min(r.limit, LIST_LIMIT))
        found = self._accounts.page(state=r.state, prefix=r.prefix, after=r.after, limit=limit + 1)
        page = found[:limit]
        return {
            "accounts": [each.told() for each in page],
            "next": page[-1].system_id if len(found) > limit else None,
        }

    def import_(self, r: Import, progress: Progress) -> Any:
        """``accounts.import``."""
        text = self._service.uploaded(r.upload, r.text)
        return import_accounts(self._accounts, text, who=r.who, why=r.why, dry_run=r.dry_run, progress=progress)

    def export(self, r: Export, _: Progress) -> dict[str, Any]:
        """``accounts.export``."""
        return {"text": render(RECORDS.everything(self._accounts.store), hashes=r.hashes)}


def add(service: Service, accounts: AccountRegistry) -> None:
    """Let a service answer the verbs of accounts."""
    verbs = AccountVerbs(service, accounts)
    service.add_verb("accounts.add", Add, verbs.add)
    service.add_verb("accounts.update", Update, verbs.update)
    service.add_verb("accounts.suspend", OneAccount, verbs.suspend)
    service.add_verb("accounts.resume", OneAccount, verbs.resume)
    service.add_verb("accounts.remove", OneAccount, verbs.remove)
    service.add_verb("accounts.show", Show, verbs.show)
    service.add_verb("accounts.list", List, verbs.list)
    service.add_verb("accounts.import", Import, verbs.import_)
    service.add_verb("accounts.export", Export, verbs.export)


def _changed(change: AccountChange) -> dict[str, Any]:
    return {"changed": change.changed, "account": change.record.told()}
