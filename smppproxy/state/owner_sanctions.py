"""Owners under sanction: a struck business does not come back under a new code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from filters.measures import Measure, measure
from filters.ports import CodeState
from smppproxy.state import list_store
from smppproxy.state.codes import Code
from smppproxy.state.list_keys import ListKind
from smppproxy.state.store import Store

_STATES: Final = {"suspend": CodeState.SUSPENDED, "strike": CodeState.STRUCK}


def standing(store: Store, owners: Iterable[str], now: float) -> dict[str, Measure]:
    """Return what stands against those of the owners that are under sanction. ``now`` is Unix seconds."""
    wanted = sorted({owner for owner in owners if owner})
    found: dict[str, Measure] = {}
    for record in list_store.lists(store) if wanted else ():
        if record.kind is ListKind.OWNER_SANCTION:
            for start in range(0, len(wanted), list_store.BATCH):
                for key, item in list_store.some(store, record, wanted[start : start + list_store.BATCH]):
                    if item.expires is None or item.expires > now:
                        against = measure(item.reason)
                        if key not in found or _weight(against) > _weight(found[key]):
                            found[key] = against
    return found


def bearing(code: Code, against: Measure | None) -> Code:
    """Return the code as it is under its owner's sanction; what weighs more against the code itself stays."""
    if against is None:
        return code
    why = f"the owner {code.owner_id} is {against.participle}"
    if not against.refuses:
        if code.state is not CodeState.ACTIVE or 0 < code.rate <= against.rate:
            return code
        return msgspec.structs.replace(code, rate=against.rate, rate_until=None, why=why)
    state = _STATES[against.word]
    if code.state is CodeState.STRUCK or code.state is state:
        return code
    return msgspec.structs.replace(code, state=state, why=why)


def _weight(each: Measure) -> tuple[int, float]:
    return ("throttle", "suspend", "strike").index(each.word), -each.rate
