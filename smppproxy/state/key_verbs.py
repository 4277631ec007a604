"""The requests about the keys that seal what people wrote, and what answers them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from smppproxy.state import ledger, resealing
from smppproxy.state.book_layout import CODES
from smppproxy.state.book_writer import Changes
from smppproxy.state.errors import InputError
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.publishing import Publisher
from smppproxy.state.registry import Progress
from smppproxy.state.requests import Nothing, Request
from smppproxy.state.resealing import Place, Step
from smppproxy.state.sealed import FILE, Sealer, retire, rotate
from smppproxy.state.service import Service
from smppproxy.state.store import Cursor

RETIRE_AFTER: Final = 600.0  # s the newest key has to be in use: what workers sealed before is on the disk by then


class Change(Request, frozen=True):
    """Make a new key, or forget the old ones."""


class Reseal(Request, frozen=True):
    """Seal some values with the newest key, from a place on."""

    place: Place = Place()


def add(
    service: Service, publisher: Publisher, sealer: Callable[[], Sealer], clock: Callable[[], float] = time.time
) -> None:
    """Let a service answer the verbs of keys."""
    state_dir = publisher.books.path.parent

    def told(_: Nothing, __: Progress) -> dict[str, Any]:
        keys = sealer()
        return {"keys": keys.key_ids, "stale": resealing.stale(publisher.store, state_dir, keys)}

    def rotated(r: Change, _: Progress) -> dict[str, Any]:
        _reason(r.why)
        before = sealer().key_id

        def write(cursor: Cursor) -> tuple[Head, Changes]:  # another node that was faster is noticed before
            draft = Draft("keys.rotate", rotate(state_dir).key_id, {"before": before}, r.why)
            return ledger.append(cursor, [draft], who=r.who, at=int(clock() * 1000)), ()

        publisher.commit(CODES, write)
        return {"key": sealer().key_id, "before": before}

    def resealed(r: Reseal, _: Progress) -> Step:
        if r.place.kind not in resealing.KINDS or (r.place.after and not _fits(r.place)):
            raise InputError(f"{r.place} is no place; give back what the last answer named as `next`")
        return resealing.step(publisher.store, state_dir, sealer(), r.place)

    def retired(r: Change, _: Progress) -> dict[str, Any]:
        _reason(r.why)
        old = sealer().key_ids[:-1]
        if not old:
            raise InputError("there is one key only; `keys rotate` makes a new one")
        age = clock() - (state_dir / FILE).stat().st_mtime
        if age < RETIRE_AFTER:
            raise InputError(
                f"the newest key is {max(age, 0):.0f} s old, and workers may still write what they sealed before: "
                f"come again {RETIRE_AFTER:.0f} s after `keys rotate`"
            )
        left = resealing.stale(publisher.store, state_dir, sealer())
        if left:
            counts = ", ".join(f"{many} {name}" for name, many in left.items())
            raise InputError(f"nothing was forgotten: old keys are needed for {counts}; run `keys reseal` first")

        def write(cursor: Cursor) -> tuple[Head, Changes]:
            draft = Draft("keys.retire", sealer().key_id, {"forgotten": old}, r.why)
            head = ledger.append(cursor, [draft], who=r.who, at=int(clock() * 1000))
            retire(state_dir)  # last: where it fails, the ledger tells nothing
            return head, ()

        publisher.commit(CODES, write)
        return {"key": sealer().key_id, "forgotten": old}

    service.add_verb("keys.list", Nothing, told)
    service.add_verb("keys.rotate", Change, rotated)
    service.add_verb("keys.reseal", Reseal, resealed)
    service.add_verb("keys.retire", Change, retired)


def _reason(why: str) -> None:
    if not why.strip():
        raise InputError("say why: --why; it is kept in the ledger")


def _fits(place: Place) -> bool:
    return place.kind == "quarantine" or (place.after.isascii() and place.after.isdigit())
