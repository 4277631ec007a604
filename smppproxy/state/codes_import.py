"""A file of codes into the registry: what would change, and the change, all or nothing."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from filters.ports import CodeState
from smppproxy.state.code_registry import CodeChange, CodeRegistry
from smppproxy.state.codes import Code, print_chain
from smppproxy.state.codes_csv import Row, parse
from smppproxy.state.errors import RowFault
from smppproxy.state.file_import import Outcome, bring
from smppproxy.state.registry import Change, Progress
from smppproxy.state.table_csv import refuse

_SANCTIONS: Final = (CodeState.SUSPENDED, CodeState.STRUCK)


FIELDS: Final = ("state", "owner", "owner_id", "chain", "registered_at", "valid_from", "valid_until", "why")

Cell = str | int | float | None


class Difference(msgspec.Struct, frozen=True):
    """One code a file would change: the fields that differ, each ``[before, after]``."""

    code: str
    what: Literal["add", "change"]
    fields: dict[str, tuple[Cell, Cell]]


def import_codes(
    registry: CodeRegistry,
    text: str,
    *,
    who: str,
    why: str = "",
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Outcome[Difference]:
    """Bring the registry in line with a CSV text (see codes_csv); codes it does not name stay as they are.

    An import may sanction a code and never lifts a sanction: a list a week old must not undo a strike made since.
    Raises InputError with every row that is wrong; then nothing was changed.
    """
    rows = parse(text, registry.shape)
    known = registry.find([row.code for row in rows])
    changes: list[tuple[str, CodeChange]] = []
    faults: list[RowFault] = []
    wanted = [
        _new(registry, row, who) if before is None else _altered(registry, row, before, who)
        for row, before in ((row, known.get(row.code)) for row in rows)
    ]
    for row, change in zip(rows, registry.bearing(wanted), strict=True):
        found = _faults(registry, row, change)
        faults += found
        if not found and change.changed:
            changes.append((_action(change), change))
    refuse(faults, "contradicts the registry", "contradict the registry")
    return bring(registry, changes, _difference, rows=len(rows), who=who, why=why, dry_run=dry_run, progress=progress)


def _new(registry: CodeRegistry, row: Row, who: str) -> CodeChange:
    now = int(registry.now() * 1000)
    given = {name: value for name, value in _fields(row).items() if value is not msgspec.UNSET}
    given.setdefault("registered_at", now // 1000)
    if given.get("state") in (None, CodeState.INACTIVE):
        given["state"] = CodeState.ACTIVE
    return Change(None, Code(code=row.code, who=who, created_at=now, changed_at=now, **given))  # type: ignore[arg-type]


def _altered(registry: CodeRegistry, row: Row, before: Code, who: str) -> CodeChange:
    fields = _fields(row)
    if fields["state"] in (CodeState.INACTIVE, before.state):
        fields["state"] = msgspec.UNSET
    return registry.altered(before, who, **fields)


def _fields(row: Row) -> dict[str, object]:
    return {name: getattr(row, name) for name in FIELDS}


def _faults(registry: CodeRegistry, row: Row, change: CodeChange) -> list[RowFault]:
    """Return why a row cannot be followed."""
    before, after = change.before, change.record
    faults: list[tuple[str, str, str]] = []
    if before is not None and before.state in _SANCTIONS and after.state is CodeState.ACTIVE:
        told = f"the code is {before.state}; an import lifts no sanction: `codes resume` does"
        faults.append(("state", str(after.state), told))
    if before is not None and before.state is CodeState.STRUCK and after.state is CodeState.SUSPENDED:
        faults.append(("state", str(after.state), "the code is struck, which outweighs a suspension"))
    if after.valid_from is not None and after.valid_until is not None and after.valid_from >= after.valid_until:
        faults.append(("valid_until", "", "the code would never be valid: a date after valid_from is expected"))
    elif row.state is CodeState.INACTIVE and after.state_at(registry.now()) is not CodeState.INACTIVE:
        faults.append(("state", "inactive", "inactive follows from the dates: put a valid_until that has passed"))
    return [RowFault(row.line, *fault) for fault in faults]


def _action(change: CodeChange) -> str:
    before, after = change.before, change.after
    if before is None:
        return "code.add"
    if after is not None and after.state is not before.state:
        return "code.strike" if after.state is CodeState.STRUCK else "code.suspend"
    return "code.update"


def _plain(value: Any) -> Cell:
    plain: Cell = print_chain(value) if isinstance(value, tuple) else value
    return plain


def _difference(change: CodeChange) -> Difference:
    before, after = change.before, change.after
    fields = {}
    for name in (*FIELDS, "rate"):
        old, new = getattr(before, name, None), getattr(after, name, None)
        if name == "registered_at" and before is None:
            continue
        if old != new and (before is not None or new not in ("", None, (), 0.0)):
            fields[name] = (_plain(old), _plain(new))
    return Difference(change.record.code, "add" if before is None else "change", fields)
