"""The requests about senders, as typed records, and what answers them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from filters.ports import SenderState
from smppproxy.state.registry import Progress
from smppproxy.state.requests import LIST_LIMIT, Export, Import, Instant, Request
from smppproxy.state.sender_registry import RECORDS, SenderChange, SenderRegistry
from smppproxy.state.senders import Sender
from smppproxy.state.senders_csv import render
from smppproxy.state.senders_import import import_senders
from smppproxy.state.service import Service

Names = tuple[str, ...]


class Add(Request, frozen=True):
    """Register a sender, or give it further codes and accounts."""

    number: str
    codes: Names = ()
    accounts: Names = ()
    evidence: str = ""
    valid_from: Instant | None = None
    valid_until: Instant | None = None


class Update(Request, frozen=True):
    """Change a sender; what is absent stays."""

    number: str
    codes: Names | msgspec.UnsetType = msgspec.UNSET
    accounts: Names | msgspec.UnsetType = msgspec.UNSET
    evidence: str | msgspec.UnsetType = msgspec.UNSET
    valid_from: Instant | msgspec.UnsetType | None = msgspec.UNSET
    valid_until: Instant | msgspec.UnsetType | None = msgspec.UNSET


class Suspend(Request, frozen=True):
    """Suspend a sender, for ever or until an instant."""

    number: str
    until: Instant | None = None


class Block(Suspend, frozen=True):
    """Block a number, registered or not."""

    state: Literal["blacklisted", "protected", "theft_blocked"] = "blacklisted"


class Resume(Request, frozen=True):
    """Lift a suspension, or a block where said."""

    number: str
    lift_block: bool = False


class Remove(Request, frozen=True):
    """Take a sender out of the registry; a suspended or blocked one only by force."""

    number: str
    force: bool = False


class Show(Request, frozen=True):
    """Tell of one sender and of what happened to it."""

    number: str
    history: Annotated[int, msgspec.Meta(ge=0)] = 20


class List(Request, frozen=True):
    """List senders in order, those after ``after``."""

    state: SenderState | None = None
    code: str = ""
    account: str = ""
    prefix: str = ""
    after: str = ""
    limit: int = 1000


class SenderVerbs:
    """Answers for :class:`SenderRegistry`."""

    def __init__(self, service: Service, senders: SenderRegistry) -> None:
        self._service = service
        self._senders = senders

    def add(self, r: Add, _: Progress) -> dict[str, Any]:
        """``senders.add``."""
        change = self._senders.add(
            r.number, who=r.who, why=r.why, codes=r.codes, accounts=r.accounts, evidence=r.evidence,
            valid_from=r.valid_from, valid_until=r.valid_until,
        )  # fmt: skip
        return _changed(change)

    def update(self, r: Update, _: Progress) -> dict[str, Any]:
        """``senders.update``."""
        fields = {name: getattr(r, name) for name in ("evidence", "valid_from", "valid_until")}
        for name in ("codes", "accounts"):
            names = getattr(r, name)
            fields[name] = names if names is msgspec.UNSET else tuple(sorted(set(names)))
        return _changed(self._senders.update(r.number, who=r.who, why=r.why, **fields))

    def suspend(self, r: Suspend, _: Progress) -> dict[str, Any]:
        """``senders.suspend``."""
        return _changed(self._senders.suspend(r.number, who=r.who, why=r.why, until=r.until))

    def block(self, r: Block, _: Progress) -> dict[str, Any]:
        """``senders.block``."""
        return _changed(self._senders.block(r.number, SenderState(r.state), who=r.who, why=r.why, until=r.until))

    def resume(self, r: Resume, _: Progress) -> dict[str, Any]:
        """``senders.resume``."""
        return _changed(self._senders.resume(r.number, who=r.who, why=r.why, lift_block=r.lift_block))

    def remove(self, r: Remove, _: Progress) -> dict[str, Any]:
        """``senders.remove``."""
        return _changed(self._senders.remove(r.number, who=r.who, why=r.why, force=r.force))

    def show(self, r: Show, _: Progress) -> dict[str, Any]:
        """``senders.show``."""
        history = self._senders.history(r.number, limit=min(r.history, 1000))
        return {"sender": self._worth(self._senders.show(r.number)), "history": [each.told() for each in history]}

    def list(self, r: List, _: Progress) -> dict[str, Any]:
        """``senders.list``."""
        limit = max(1, min(r.limit, LIST_LIMIT))
        found = self._senders.page(
            state=r.state, code=r.code, account=r.account, prefix=r.prefix, after=r.after, limit=limit + 1
        )
        page = found[:limit]
        return {
            "senders": [self._worth(each) for each in page],
            "next": page[-1].number if len(found) > limit else None,
        }

    def import_(self, r: Import, progress: Progress) -> Any:
        """``senders.import``."""
        text = self._service.uploaded(r.upload, r.text)
        return import_senders(self._senders, text, who=r.who, why=r.why, dry_run=r.dry_run, progress=progress)

    def _worth(self, sender: Sender) -> dict[str, Any]:
        """Return a sender as people see it: with the state it has now, ``inactive`` where it has none."""
        told: dict[str, Any] = msgspec.to_builtins(sender)
        return told | {"state": str(sender.state_at(self._senders.now()) or "inactive")}


def add(service: Service, senders: SenderRegistry) -> None:
    """Let a service answer the verbs of senders."""
    verbs = SenderVerbs(service, senders)
    service.add_verb("senders.add", Add, verbs.add)
    service.add_verb("senders.update", Update, verbs.update)
    service.add_verb("senders.suspend", Suspend, verbs.suspend)
    service.add_verb("senders.block", Block, verbs.block)
    service.add_verb("senders.resume", Resume, verbs.resume)
    service.add_verb("senders.remove", Remove, verbs.remove)
    service.add_verb("senders.show", Show, verbs.show)
    service.add_verb("senders.list", List, verbs.list)
    service.add_verb("senders.import", Import, verbs.import_)
    service.add_verb("senders.export", Export, lambda _, __: {"text": render(RECORDS.everything(senders.store))})


def _changed(change: SenderChange) -> dict[str, Any]:
    return {"changed": change.changed, "sender": change.record}
