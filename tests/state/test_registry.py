"""What all registries have in common, on each of them."""

from __future__ import annotations

from typing import Any

import pytest

from filters.ports import CodeState
from smppproxy.state import ledger
from smppproxy.state.authority import Authority
from smppproxy.state.code_registry import RECORDS
from smppproxy.state.codes import Code
from smppproxy.state.errors import InputError
from smppproxy.state.registry import BATCH, Change

#: A key of each kind, and what adding it takes.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "codes": ("301150232", {}),
    "senders": ("821023456789", {}),
    "accounts": ("acme", {"settings": {"upstream": "smsc"}}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_is_told_found_and_in_the_ledger(authority: Authority, kind: str) -> None:
    registry, (key, fields) = getattr(authority, kind), KINDS[kind]
    change = registry.add(key, **fields, who="anna", why="paper 7")
    assert (change.changed, change.before, change.after) == (True, None, change.record)
    assert registry.find([key, "another"]) == {key: change.record}
    gone = registry.remove(key, who="bo")
    assert (gone.after, gone.record) == (None, change.record)
    assert registry.find([key]) == {}
    told = [(each.action, each.who, each.why) for each in registry.history(key)]
    name = kind.removesuffix("s")
    assert told == [(f"{name}.remove", "bo", ""), (f"{name}.add", "anna", "paper 7")]


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_ledger_cannot_keep_changes_nothing(authority: Authority, kind: str) -> None:
    registry, (key, fields) = getattr(authority, kind), KINDS[kind]
    for told in ({"who": "x", "why": "a\nb"}, {"who": "a\nb"}):
        with pytest.raises(InputError):
            registry.add(key, **fields, **told)
    assert registry.find([key]) == {}
    assert registry.apply([], who="x") is None
    assert ledger.head(authority.store).revision == 0


def test_many_are_written_and_found_in_parts(authority: Authority) -> None:
    codes = [Code(code=f"{n:09}", state=CodeState.ACTIVE) for n in range(2 * BATCH + 1)]
    told: list[tuple[int, int]] = []
    changes = [("code.add", Change(None, code)) for code in codes]
    authority.codes.apply(changes, who="x", progress=lambda *now: told.append(now))
    assert told == [(0, len(codes)), (BATCH, len(codes)), (2 * BATCH, len(codes))]
    assert len(authority.codes.find([code.code for code in codes])) == len(codes)
    page = RECORDS.page(authority.store, {"state = ?": ("active",)}, prefix="00000000", after="000000007", limit=9)
    assert [each.code for each in page] == ["000000008", "000000009"]
