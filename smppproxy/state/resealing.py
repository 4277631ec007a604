"""Everything that is sealed under the keys of a state directory, so that none depends on an old key any more.

Three places hold sealed values: the days of texts, feedback, and messages in quarantine. They are gone through a few
values at a time, each few in a transaction: whatever ends this, every value opens with the key it names. In a store
that nodes share, values under another node's keys are that node's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from smppproxy.state import feedback, quarantine_verbs
from smppproxy.state.sealed import NAME_SIZE, Sealer, SealError
from smppproxy.state.store import Store
from smppproxy.state.texts import TextStore

BATCH: Final = 500  # values of one step, some 10 ms of the store's thread
SPOOLS: Final = ("texts/spool", "quarantine")  # where workers leave what they sealed
WAITING: Final = ("*.open", "*.spool", "*.held")


class Place(msgspec.Struct, frozen=True):
    """How far everything was gone through. ``day`` is of the texts; ``after`` the last value seen, "" for none."""

    kind: str = "texts"
    day: str = ""
    after: str = ""


class Step(msgspec.Struct, frozen=True):
    """What a step brought. ``next`` is None where it was the last."""

    sealed: int
    unreadable: int  # values that were altered: no key opens them
    next: Place | None


class _Kind(NamedTuple):
    """A table of the store with sealed values."""

    table: str
    key: str
    value: str
    named_by: str  # the column that names the place a value is sealed in
    context: Callable[[Any], bytes]
    typed: Callable[[str], Any]


_KINDS: Final = {
    "feedback": _Kind("feedback", "id", "text", "fingerprint", feedback.sealed_in, int),
    "quarantine": _Kind("quarantine", "message_id", "pdu", "message_id", quarantine_verbs.sealed_in, str),
}
KINDS: Final = ("texts", *_KINDS)


def step(store: Store, state_dir: Path, sealer: Sealer, place: Place) -> Step:
    """Seal the next few values with the newest key. Raises StoreError."""
    if place.kind == "texts":
        return _texts(TextStore(state_dir, sealer), place)
    kind = _KINDS[place.kind]
    beyond = f" AND {kind.key} > ?" if place.after else ""
    sql = (
        f"SELECT {kind.key}, {kind.named_by}, {kind.value} FROM {kind.table} WHERE {kind.value} IS NOT NULL{beyond} "
        f"ORDER BY {kind.key} LIMIT ?"
    )
    rows = store.query(sql, (*((kind.typed(place.after),) if place.after else ()), BATCH))
    changed, unreadable = [], 0
    for key, name, value in rows:
        sealed = bytes(value)
        if sealer.fresh(sealed) or not sealer.opens(sealed):
            continue
        try:
            changed.append((again(sealer, sealed, kind.context(name)), key, value))
        except SealError:
            unreadable += 1
    if changed:
        with store.transaction() as cursor:  # what was dropped or changed meanwhile stays as it is
            cursor.executemany(
                f"UPDATE {kind.table} SET {kind.value} = ? WHERE {kind.key} = ? AND {kind.value} = ?", changed
            )
    following = Place(place.kind, after=str(rows[-1][0])) if len(rows) == BATCH else _behind(place.kind)
    return Step(len(changed), unreadable, following)


def again(sealer: Sealer, sealed: bytes, context: bytes) -> bytes:
    """Return a value sealed with the newest key. Raises SealError."""
    return sealer.seal(sealer.open(sealed, context), context)


def stale(store: Store, state_dir: Path, sealer: Sealer) -> dict[str, int]:
    """Return how many values of each kind open with an old key only, and how many files wait to be taken in."""
    names = [bytes.fromhex(each) for each in sealer.key_ids[:-1]]
    if not names:
        return {}
    asked = ", ".join("?" * len(names))
    found = {"texts": TextStore(state_dir, sealer).sealed_under(names)}
    for name, kind in _KINDS.items():
        sql = f"SELECT count(*) FROM {kind.table} WHERE substr({kind.value}, 2, {NAME_SIZE}) IN ({asked})"
        ((found[name],),) = store.query(sql, names)
    found["files on their way"] = sum(1 for _ in _waiting(state_dir, names))
    return {name: int(many) for name, many in found.items() if many}


def _texts(texts: TextStore, place: Place) -> Step:
    days = [day for day in texts.days() if day >= place.day]
    if not days:
        return Step(0, 0, _behind("texts"))
    after = int(place.after) if place.after and days[0] == place.day else 0
    sealed, unreadable, last = texts.reseal(days[0], after, BATCH)
    if last is not None:
        return Step(sealed, unreadable, Place("texts", days[0], str(last)))
    following = Place("texts", days[1]) if len(days) > 1 else _behind("texts")
    return Step(sealed, unreadable, following)


def _behind(kind: str) -> Place | None:
    at = KINDS.index(kind) + 1
    return Place(KINDS[at]) if at < len(KINDS) else None


def _waiting(state_dir: Path, names: list[bytes]) -> Iterator[Path]:
    """Yield the files of workers in which a value under one of some keys may stand."""
    for folder in SPOOLS:
        for pattern in WAITING:
            for path in (state_dir / folder).glob(pattern):
                try:
                    octets = path.read_bytes()
                except FileNotFoundError:
                    continue  # taken in since we looked
                if any(name in octets for name in names):
                    yield path
