"""The requests about codes, as typed records, and what answers them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from filters.ports import CodeState
from smppproxy.state.code_registry import RECORDS, CodeChange, CodeRegistry
from smppproxy.state.codes import Code
from smppproxy.state.codes_csv import render
from smppproxy.state.codes_import import import_codes
from smppproxy.state.registry import Progress
from smppproxy.state.requests import LIST_LIMIT, Export, Import, Instant, Nothing, Request
from smppproxy.state.service import Service


class Add(Request, frozen=True):
    """Register a code; instants are Unix seconds."""

    code: str
    owner: str = ""
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    owner_id: str = ""
    chain: tuple[str, ...] = ()  # resellers, the nearest first
    registered_at: Instant | None = None  # None: now


class Update(Request, frozen=True):
    """Change a code's owner, chain or dates; what is absent stays."""

    code: str
    owner: str | msgspec.UnsetType = msgspec.UNSET
    valid_from: Instant | msgspec.UnsetType | None = msgspec.UNSET
    valid_until: Instant | msgspec.UnsetType | None = msgspec.UNSET
    owner_id: str | msgspec.UnsetType = msgspec.UNSET
    chain: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    registered_at: Instant | msgspec.UnsetType = msgspec.UNSET


class OneCode(Request, frozen=True):
    """Do something to one code: suspend, strike."""

    code: str


class Throttle(OneCode, frozen=True):
    """Leave a code so many messages a second; 0 lifts that."""

    rate: Annotated[float, msgspec.Meta(ge=0)]
    until: Instant | None = None


class Resume(OneCode, frozen=True):
    """Lift a suspension, or a strike where said."""

    lift_strike: bool = False


class Remove(OneCode, frozen=True):
    """Take a code out of the registry; one under sanction only by force."""

    force: bool = False


class Show(Request, frozen=True):
    """Tell of one code and of what happened to it."""

    code: str
    history: Annotated[int, msgspec.Meta(ge=0)] = 20


class List(Request, frozen=True):
    """List codes in order, those after ``after``."""

    state: CodeState | None = None
    owner: str = ""
    owner_id: str = ""
    prefix: str = ""
    after: str = ""
    limit: int = 1000


class CodeVerbs:
    """Answers for :class:`CodeRegistry`."""

    def __init__(self, service: Service, codes: CodeRegistry) -> None:
        self._service = service
        self._codes = codes

    def add(self, r: Add, _: Progress) -> dict[str, Any]:
        """``codes.add``."""
        return _changed(self._codes.add(**msgspec.structs.asdict(r)))

    def update(self, r: Update, _: Progress) -> dict[str, Any]:
        """``codes.update``."""
        return _changed(self._codes.update(**msgspec.structs.asdict(r)))

    def suspend(self, r: OneCode, _: Progress) -> dict[str, Any]:
        """``codes.suspend``."""
        return _changed(self._codes.suspend(r.code, who=r.who, why=r.why))

    def strike(self, r: OneCode, _: Progress) -> dict[str, Any]:
        """``codes.strike``."""
        return _changed(self._codes.strike(r.code, who=r.who, why=r.why))

    def throttle(self, r: Throttle, _: Progress) -> dict[str, Any]:
        """``codes.throttle``."""
        return _changed(self._codes.throttle(r.code, rate=r.rate, until=r.until, who=r.who, why=r.why))

    def resume(self, r: Resume, _: Progress) -> dict[str, Any]:
        """``codes.resume``."""
        return _changed(self._codes.resume(r.code, who=r.who, why=r.why, lift_strike=r.lift_strike))

    def remove(self, r: Remove, _: Progress) -> dict[str, Any]:
        """``codes.remove``."""
        return _changed(self._codes.remove(r.code, who=r.who, why=r.why, force=r.force))

    def show(self, r: Show, _: Progress) -> dict[str, Any]:
        """``codes.show``."""
        history = self._codes.history(r.code, limit=min(r.history, 1000))
        return {"code": self._worth(self._codes.show(r.code)), "history": [each.told() for each in history]}

    def list(self, r: List, _: Progress) -> dict[str, Any]:
        """``codes.list``."""
        limit = max(1, min(r.limit, LIST_LIMIT))
        found = self._codes.page(
            state=r.state, owner=r.owner, owner_id=r.owner_id, prefix=r.prefix, after=r.after, limit=limit + 1
        )
        page = found[:limit]
        return {"codes": [self._worth(each) for each in page], "next": page[-1].code if len(found) > limit else None}

    def import_(self, r: Import, progress: Progress) -> Any:
        """``codes.import``."""
        text = self._service.uploaded(r.upload, r.text)
        return import_codes(self._codes, text, who=r.who, why=r.why, dry_run=r.dry_run, progress=progress)

    def _worth(self, code: Code) -> dict[str, Any]:
        """Return a code as people see it: with the state it has now."""
        told: dict[str, Any] = msgspec.to_builtins(code)
        return told | {"state": str(code.state_at(self._codes.now()))}


def add(service: Service, codes: CodeRegistry) -> None:
    """Let a service answer the verbs of codes."""
    verbs = CodeVerbs(service, codes)
    service.add_verb("codes.add", Add, verbs.add)
    service.add_verb("codes.update", Update, verbs.update)
    service.add_verb("codes.suspend", OneCode, verbs.suspend)
    service.add_verb("codes.strike", OneCode, verbs.strike)
    service.add_verb("codes.throttle", Throttle, verbs.throttle)
    service.add_verb("codes.resume", Resume, verbs.resume)
    service.add_verb("codes.remove", Remove, verbs.remove)
    service.add_verb("codes.show", Show, verbs.show)
    service.add_verb("codes.list", List, verbs.list)
    service.add_verb("codes.count", Nothing, lambda _, __: {"counts": codes.count()})
    service.add_verb("codes.import", Import, verbs.import_)
    service.add_verb("codes.export", Export, lambda _, __: {"text": render(RECORDS.everything(codes.store))})


def _changed(change: CodeChange) -> dict[str, Any]:
    return {"changed": change.changed, "code": change.record}
