"""The requests about lists, as typed records, and what answers them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from smppproxy.state import list_store
from smppproxy.state.list_files import Format, Item, render
from smppproxy.state.list_keys import ListKind, pattern_id, shown_key
from smppproxy.state.list_store import ListRecord
from smppproxy.state.lists import ListRegistry
from smppproxy.state.registry import Progress
from smppproxy.state.requests import LIST_LIMIT, Instant, Nothing, Request
from smppproxy.state.service import Service


class Create(Request, frozen=True):
    """Make an empty list."""

    name: str
    kind: ListKind
    about: str = ""


class OneList(Request, frozen=True):
    """Do something to one list: drop, export."""

    name: str


class Add(OneList, frozen=True):
    """Put entries into a list."""

    keys: tuple[str, ...]
    source: str = ""
    reason: str = ""
    expires: Instant | None = None


class Remove(OneList, frozen=True):
    """Take entries out of a list."""

    keys: tuple[str, ...]


class Import(OneList, frozen=True):
    """Make a file the content of a list."""

    text: str = ""
    upload: str = ""  # name of the pieces uploaded ahead of ``text``
    format: Format = Format.AUTO
    source: str = ""
    reason: str = ""
    expires: Instant | None = None
    keep: bool = False
    dry_run: bool = False


class Rollback(OneList, frozen=True):
    """Bring a list back to an earlier version."""

    to: Annotated[int, msgspec.Meta(ge=0)] | None = None


class Show(OneList, frozen=True):
    """Tell of a list, its versions, and its entries after ``after``."""

    after: str = ""
    limit: int = 1000
    versions: Annotated[int, msgspec.Meta(ge=0, le=list_store.KEPT)] = 10


class ListVerbs:
    """Answers for :class:`ListRegistry`."""

    def __init__(self, service: Service, lists: ListRegistry) -> None:
        self._service = service
        self._lists = lists

    def create(self, r: Create, _: Progress) -> dict[str, Any]:
        """``lists.create``."""
        changed = self._lists.create(r.name, r.kind, who=r.who, why=r.why, about=r.about)
        return {"changed": changed, "list": self._lists.show(r.name)}

    def drop(self, r: OneList, _: Progress) -> dict[str, Any]:
        """``lists.drop``."""
        return {"changed": True, "list": self._lists.drop(r.name, who=r.who, why=r.why)}

    def add(self, r: Add, _: Progress) -> Any:
        """``lists.add``."""
        return self._lists.add(r.name, r.keys, Item(r.source, r.reason, r.expires), who=r.who, why=r.why)

    def remove(self, r: Remove, _: Progress) -> Any:
        """``lists.remove``."""
        return self._lists.remove(r.name, r.keys, who=r.who, why=r.why)

    def import_(self, r: Import, progress: Progress) -> Any:
        """``lists.import``."""
        return self._lists.import_text(
            r.name, self._service.uploaded(r.upload, r.text), who=r.who, why=r.why, form=r.format,
            default=Item(r.source, r.reason, r.expires), keep=r.keep, dry_run=r.dry_run, progress=progress,
        )  # fmt: skip

    def rollback(self, r: Rollback, _: Progress) -> Any:
        """``lists.rollback``."""
        return self._lists.rollback(r.name, who=r.who, why=r.why, to=r.to)

    def export(self, r: OneList, _: Progress) -> dict[str, Any]:
        """``lists.export``."""
        record = self._lists.show(r.name)
        return {"text": "".join(render(record.kind, list_store.entries(self._lists.store, record)))}

    def list(self, r: Nothing, _: Progress) -> dict[str, Any]:
        """``lists.list``."""
        return {"lists": list_store.lists(self._lists.store)}

    def show(self, r: Show, _: Progress) -> dict[str, Any]:
        """``lists.show``."""
        store, record = self._lists.store, self._lists.show(r.name)
        limit = max(0, min(r.limit, LIST_LIMIT))
        found = [_told(record, key, item) for key, item in list_store.entries(store, record, r.after, limit)]
        more = len(found) == limit and limit > 0
        return {
            "list": record,
            "versions": list_store.versions(store, record, r.versions),
            "entries": found,
            "next": found[-1]["key"] if more else None,
        }


def add(service: Service, lists: ListRegistry) -> None:
    """Let a service answer the verbs of lists."""
    verbs = ListVerbs(service, lists)
    service.add_verb("lists.create", Create, verbs.create)
    service.add_verb("lists.drop", OneList, verbs.drop)
    service.add_verb("lists.add", Add, verbs.add)
    service.add_verb("lists.remove", Remove, verbs.remove)
    service.add_verb("lists.import", Import, verbs.import_)
    service.add_verb("lists.rollback", Rollback, verbs.rollback)
    service.add_verb("lists.export", OneList, verbs.export)
    service.add_verb("lists.list", Nothing, verbs.list)
    service.add_verb("lists.show", Show, verbs.show)


def _told(record: ListRecord, key: str, item: Item) -> dict[str, Any]:
    told: dict[str, Any] = {"key": key, "entry": shown_key(record.kind, key), **item._asdict()}
    if record.kind is ListKind.PATTERN:
        told["id"] = pattern_id(record.name, key)
    return told
