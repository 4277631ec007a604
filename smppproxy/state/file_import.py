"""What the imports of codes, senders and accounts have in common: what a file would change, and the change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

import msgspec

from smppproxy.state.registry import Change, Progress, Registry

SHOWN: Final = 1000  # differences listed one by one; all are counted

R = TypeVar("R", bound=msgspec.Struct)
D = TypeVar("D", bound=msgspec.Struct)


class Outcome(msgspec.Struct, Generic[D], frozen=True):
    """What an import did, or with ``dry_run`` would do."""

    added: int
    changed: int
    unchanged: int
    dry_run: bool
    differences: tuple[D, ...]  # the first thousand


def bring(
    registry: Registry[R],
    changes: Sequence[tuple[str, Change[R]]],
    difference: Callable[[Change[R]], D],
    *,
    rows: int,
    who: str,
    why: str,
    dry_run: bool,
    progress: Progress | None,
) -> Outcome[D]:
    """Make what a file of so many rows changes, but for a dry run, and tell it. Raises what ``apply`` raises."""
    if changes and not dry_run:
        registry.apply(changes, who=who, why=why, progress=progress)
    added = sum(change.before is None for _, change in changes)
    told = tuple(difference(change) for _, change in changes[:SHOWN])
    return Outcome(added, len(changes) - added, rows - len(changes), dry_run, told)
