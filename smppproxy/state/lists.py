"""The registry of lists: every change makes a version, is in the ledger, durable, and then shown to the workers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, Final

import msgspec

from smppproxy.state import ledger, list_store
from smppproxy.state.book_writer import Changes
from smppproxy.state.codes import check_text
from smppproxy.state.errors import ConflictError, InputError, NotFoundError
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.list_files import Format, Item, parse
from smppproxy.state.list_keys import Keys, ListKind, shown_key
from smppproxy.state.list_store import ListRecord, Version
from smppproxy.state.publishing import Publisher
from smppproxy.state.registry import Progress
from smppproxy.state.store import Cursor

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
SHOWN: Final = 1000  # differences listed one by one; all are counted


class ListOutcome(msgspec.Struct, frozen=True):
    """What a change did, or with ``dry_run`` would do. ``version`` stays where nothing changed."""

    list: str
    version: int
    added: int
    changed: int
    removed: int
    unchanged: int
    entries: int  # after it
    dry_run: bool = False
    differences: tuple[str, ...] = ()  # "+ key", "~ key", "- key": the first thousand


class ListRegistry:
    """Lists: create, drop, add, remove, import, roll back."""

    def __init__(self, publisher: Publisher, keys: Keys, *, clock: Callable[[], float] = time.time) -> None:
        self.keys = keys
        self.store = publisher.store
        self._publisher = publisher
        self._clock = clock

    def show(self, name: str) -> ListRecord:
        """Return a list. Raises NotFoundError."""
        found = list_store.find(self.store, name)
        if found is None:
            names = ", ".join(each.name for each in list_store.lists(self.store)) or "none yet"
            raise NotFoundError(f"there is no list {name}; there are: {names}")
        return found

    def create(self, name: str, kind: ListKind, *, who: str, why: str = "", about: str = "") -> bool:
        """Make an empty list; False where it is there already. Raises InputError, ConflictError (of another kind)."""
        if not NAME.fullmatch(name):
            raise InputError(f"list {name!r}: up to 40 of a-z 0-9 _ . - are expected")
        _check(who=who, why=why, about=about)
        known = list_store.find(self.store, name)
        if known is not None:
            if known.kind is not kind:
                raise ConflictError(f"list {name} is there already, of kind {known.kind}")
            return False
        now = self._millis()

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            cursor.execute(
                "INSERT INTO lists (name, kind, about, created_at) VALUES (?, ?, ?, ?)", (name, str(kind), about, now)
            )
            draft = Draft("list.create", subject_of(name), {"kind": kind, "about": about}, why)
            return ledger.append(cursor, [draft], who=who, at=now), ()

        self._publisher.commit(list_store.table_of(kind), write)
        return True

    def drop(self, name: str, *, who: str, why: str = "") -> ListRecord:
        """Delete a list with all its versions. Raises NotFoundError."""
        _check(who=who, why=why)
        record = self.show(name)
        gone = [key for key, _ in list_store.entries(self.store, record)]

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            for table, column in (("list_entries", "list"), ("list_versions", "list"), ("lists", "id")):
                cursor.execute(f"DELETE FROM {table} WHERE {column} = ?", (record.id,))
            draft = Draft("list.drop", subject_of(name), {"kind": record.kind, "entries": record.entries}, why)
            head = ledger.append(cursor, [draft], who=who, at=self._millis())
            return head, list_store.shown(self.store, record, {}, gone)

        self._publisher.commit(list_store.table_of(record.kind), write)
        return record

    def add(
        self, name: str, keys: Iterable[str], item: Item, *, who: str, why: str = "", dry_run: bool = False
    ) -> ListOutcome:
        """Put entries into a list. Raises NotFoundError, InputError."""
        record = self.show(name)
        return self._bring(record, "add", self._read(record, keys, item), {}, who=who, why=why, dry_run=dry_run)

    def remove(self, name: str, keys: Iterable[str], *, who: str, why: str = "") -> ListOutcome:
        """Take entries out of a list. Raises NotFoundError, InputError."""
        record = self.show(name)
        gone = set(self._read(record, keys, Item(), old=True))
        return self._bring(record, "remove", {}, dict.fromkeys(gone), who=who, why=why)

    def import_text(
        self,
        name: str,
        text: str,
        *,
        who: str,
        why: str = "",
        form: Format = Format.AUTO,
        default: Item = Item(),  # noqa: B008  immutable
        keep: bool = False,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> ListOutcome:
        """Make a file a list's content; ``keep``: what it does not name stays. Raises NotFoundError, InputError."""
        record = self.show(name)
        _check(source=default.source, reason=default.reason)
        if progress is not None:
            progress(0, 3)
        wanted = parse(text, record.kind, self.keys.reader(record.kind), form, default)
        if not wanted:
            raise InputError(
                "the file names no entry; nothing was changed. To empty a list say `lists drop` and `lists create`"
            )
        if progress is not None:
            progress(1, 3)
        digest = sha256(text.encode()).hexdigest()
        gone: dict[str, None] | None = {} if keep else None
        return self._bring(
            record, "import", wanted, gone, who=who, why=why, dry_run=dry_run, digest=digest, progress=progress
        )

    def bring(
        self,
        name: str,
        wanted: dict[str, Item],
        *,
        who: str,
        why: str = "",
        digest: str = "",
        dry_run: bool = False,
        beside: Callable[[Cursor], Draft] | None = None,
    ) -> ListOutcome:
        """Make entries the content of a list; what is not among them goes.

        ``beside`` writes in the same transaction and gives an entry of the ledger. Raises NotFoundError, InputError.
        """
        return self._bring(
            self.show(name), "import", wanted, None, who=who, why=why, digest=digest, dry_run=dry_run, beside=beside
        )

    def rollback(self, name: str, *, who: str, why: str = "", to: int | None = None) -> ListOutcome:
        """Bring a list back to an earlier version, by default to that before the change last in force.

        Raises NotFoundError, ConflictError (no such version).
        """
        _check(who=who, why=why)
        record = self.show(name)
        known = {each.version: each for each in list_store.versions(self.store, record, list_store.KEPT)}
        target = _before(record.version, known) if to is None else to
        oldest = min(known, default=0) - 1
        if target < 0 and to is None:
            raise ConflictError(f"list {name} is as it was created: there is nothing to go back to")
        if not known or not oldest <= target < record.version:
            raise ConflictError(
                f"list {name} has no version {target} to go back to"
                + (f"; versions {max(oldest, 0)} to {record.version - 1} can be" if known else "")
            )
        put, gone = list_store.difference(self.store, record, target)
        return self._write(record, "rollback", put, gone, who=who, why=why, restores=target)

    def _bring(
        self,
        record: ListRecord,
        action: str,
        wanted: dict[str, Item],
        gone: dict[str, None] | None,
        *,
        who: str,
        why: str,
        dry_run: bool = False,
        digest: str = "",
        progress: Progress | None = None,
        beside: Callable[[Cursor], Draft] | None = None,
    ) -> ListOutcome:
        """Bring a list to hold ``wanted``; of the rest ``gone`` goes, None: all of it."""
        _check(who=who, why=why)
        put, ended, unchanged = {}, set(), 0
        left = set(wanted)
        for key, item in self._held(record, wanted, gone):
            new = wanted.get(key)
            if new is None:
                if gone is None or key in gone:
                    ended.add(key)
                continue
            left.discard(key)
            if new == item:
                unchanged += 1
            else:
                put[key] = new
                ended.add(key)
        put.update((key, wanted[key]) for key in left)
        put = {key: put[key] for key in sorted(put)}  # so that store and books are filled in order
        if progress is not None:
            progress(2, 3)
        return self._write(
            record, action, put, ended, who=who, why=why, unchanged=unchanged, dry_run=dry_run, digest=digest,
            beside=beside,
        )  # fmt: skip

    def _held(
        self, record: ListRecord, wanted: dict[str, Item], gone: dict[str, None] | None
    ) -> Iterable[tuple[str, Item]]:
        """Return what a list holds of the keys in question."""
        if gone is None or len(wanted) + len(gone) > list_store.BATCH:
            return list_store.entries(self.store, record)
        return list_store.some(self.store, record, [*wanted, *gone])

    def _write(
        self,
        record: ListRecord,
        action: str,
        put: dict[str, Item],
        ended: set[str],
        *,
        who: str,
        why: str,
        unchanged: int = 0,
        dry_run: bool = False,
        digest: str = "",
        restores: int | None = None,
        beside: Callable[[Cursor], Draft] | None = None,
    ) -> ListOutcome:
        changed = sum(key in put for key in ended)
        added, removed = len(put) - changed, len(ended) - changed
        number = record.version + 1
        nothing = not put and not ended
        outcome = ListOutcome(
            record.name, record.version if nothing or dry_run else number, added, changed, removed, unchanged,
            record.entries + added - removed, dry_run, _differences(record.kind, put, ended) if dry_run else (),
        )  # fmt: skip
        if nothing or dry_run:
            return outcome
        now = self._millis()
        version = Version(number, now, who, why, action, restores, added, changed, removed, outcome.entries, digest)

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            changes = list_store.shown(self.store, record, put, ended)
            list_store.write(cursor, record, number, put.items(), ended)
            list_store.write_version(cursor, record, version)
            content: dict[str, Any] = {"kind": record.kind, **msgspec.structs.asdict(version)}
            if len(put) + len(ended) <= 10:  # a person's own change is told in full
                content["keys"] = _differences(record.kind, put, ended)
            drafts = [Draft(f"list.{action}", subject_of(record.name), content, why)]
            if beside is not None:
                drafts.append(beside(cursor))
            return ledger.append(cursor, drafts, who=who, at=now), changes

        self._publisher.commit(list_store.table_of(record.kind), write)
        return outcome

    def _read(self, record: ListRecord, keys: Iterable[str], item: Item, *, old: bool = False) -> dict[str, Item]:
        _check(source=item.source, reason=item.reason)
        read, found = self.keys.reader(record.kind, old=old), {}
        for key in keys:
            try:
                found[read(key.strip())] = item
            except ValueError as error:
                raise InputError(f"{key!r}: {error}") from None
        return found

    def _millis(self) -> int:
        return int(self._clock() * 1000)


def subject_of(name: str) -> str:
    """Return the name the ledger knows a list by."""
    return f"list:{name}"


def _before(version: int, known: dict[int, Version]) -> int:
    """Return the version before the one in force: who rolls back twice goes back two steps."""
    while (found := known.get(version)) is not None and found.restores is not None:
        version = found.restores
    return version - 1


def _differences(kind: ListKind, put: dict[str, Item], ended: set[str]) -> tuple[str, ...]:
    told = [(key, "~" if key in ended else "+") for key in put]
    told += [(key, "-") for key in ended if key not in put]
    told.sort()
    return tuple(f"{sign} {shown_key(kind, key)}" for key, sign in told[:SHOWN])


def _check(**texts: str) -> None:
    for name, text in texts.items():
        if wrong := check_text(name, text):
            raise InputError(wrong)
