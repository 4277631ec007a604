"""A file of senders into the registry: what would change, and the change, all or nothing."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from filters.ports import SenderState
from smppproxy.state.errors import RowFault
from smppproxy.state.file_import import Outcome, bring
from smppproxy.state.registry import Change, Progress
from smppproxy.state.sender_registry import SenderChange, SenderRegistry, wrongs
from smppproxy.state.senders import BLOCKS, Sender
from smppproxy.state.senders_csv import Row, parse
from smppproxy.state.table_csv import refuse

TOGETHER: Final = 5000  # rows looked up at once
FIELDS: Final = ("state", "codes", "accounts", "evidence", "valid_from", "valid_until", "state_until", "why")


class SenderDifference(msgspec.Struct, frozen=True):
    """One sender a file would change: the fields that differ, each ``[before, after]``."""

    number: str
    what: Literal["add", "change"]
    fields: dict[str, tuple[Any, Any]]


def import_senders(
    registry: SenderRegistry,
    text: str,
    *,
    who: str,
    why: str = "",
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Outcome[SenderDifference]:
    """Bring the registry in line with a CSV text (see senders_csv); numbers it does not name stay as they are.

    An import may suspend or block a number and never lifts either: a list a week old must not undo what was decided
    since. Raises InputError with every row that is wrong; then nothing was changed.
    """
    rows = parse(text, registry.country)
    many = len(rows)
    rows.reverse()
    changes: list[tuple[str, SenderChange]] = []
    faults: list[RowFault] = []
    while rows:  # some at a time, and each is gone when its change is there: of a million rows one copy is enough
        some, rows[-TOGETHER:] = rows[-TOGETHER:], []
        known = registry.find([row.number for row in some])
        while some:
            row = some.pop()
            before = known.get(row.number)
            change = _new(registry, row, who) if before is None else _altered(registry, row, before, who)
            found = _faults(row, change)
            faults += found
            if not found and change.changed:
                changes.append((_action(change), change))
    refuse(faults, "contradicts the registry", "contradict the registry")
    return bring(registry, changes, _difference, rows=many, who=who, why=why, dry_run=dry_run, progress=progress)


def _new(registry: SenderRegistry, row: Row, who: str) -> SenderChange:
    now = int(registry.now() * 1000)
    fields: dict[str, Any] = {"state": SenderState.ACTIVE, **row.fields}
    # A block list names numbers; only who is named with them makes it a registration.
    registered = fields["state"] not in BLOCKS or any(fields.get(name) for name in ("codes", "accounts", "evidence"))
    new = Sender(number=row.number, registered=registered, who=who, created_at=now, changed_at=now, **fields)
    return Change(None, new)


def _altered(registry: SenderRegistry, row: Row, before: Sender, who: str) -> SenderChange:
    fields = dict(row.fields)
    state = fields.get("state")
    if state is before.state:
        del fields["state"]
    elif not before.registered and state not in BLOCKS and any(fields.get(name) for name in ("codes", "accounts")):
        fields["registered"] = True
    return registry.altered(before, who, **fields)


def _faults(row: Row, change: SenderChange) -> list[RowFault]:
    """Return why a row cannot be followed."""
    before, after = change.before, change.record
    if after is before:
        return []
    faults = [RowFault(row.line, column, "", expected) for column, expected in wrongs(after)]
    if before is not None and before.state is not SenderState.ACTIVE and after.state is SenderState.ACTIVE:
        told = f"the sender is {before.state}; an import lifts none: `senders resume` does"
        faults.append(RowFault(row.line, "state", "active", told))
    if before is not None and before.state in BLOCKS and after.state is SenderState.SUSPENDED:
        told = f"the sender is {before.state}, which outweighs a suspension"
        faults.append(RowFault(row.line, "state", "suspended", told))
    return faults


def _action(change: SenderChange) -> str:
    before, after = change.before, change.after
    if after is not None and after.state in BLOCKS and (before is None or before.state is not after.state):
        return "sender.block"
    if before is None:
        return "sender.add"
    return "sender.suspend" if after is not None and after.state is not before.state else "sender.update"


def _difference(change: SenderChange) -> SenderDifference:
    before, after = change.before, change.after
    fields = {}
    for name in FIELDS:
        old, new = getattr(before, name, None), getattr(after, name, None)
        if old != new and (before is not None or new not in ("", (), None)):
            fields[name] = (old, new)
    return SenderDifference(change.record.number, "add" if before is None else "change", fields)
