"""What the page asks control for: persons, counts, the newest of the ledger."""

from __future__ import annotations

from typing import Any

from smppproxy.state.authority import Authority
from smppproxy.state.protocol import result_of

HASH = "scrypt$4096$8$1$c2FsdA==$aGFzaA=="


def _ask(authority: Authority, do: str, **fields: Any) -> dict[str, Any]:
    return result_of(authority.service.dispatch({"do": do, **fields}))


def test_persons(authority: Authority) -> None:
    added = _ask(authority, "desk.add", name="anna", role="viewer", password_hash=HASH, who="cli:root")
    assert (added["changed"], added["person"]["role"]) == (True, "viewer")
    assert _ask(authority, "desk.role", name="anna", role="desk")["changed"]
    assert _ask(authority, "desk.password", name="anna", password_hash=HASH)["changed"]
    listed = _ask(authority, "desk.list")["persons"]
    assert [each["name"] for each in listed] == ["anna"]
    assert HASH not in repr((added, listed))  # only who compares a password is told its hash
    assert _ask(authority, "desk.person", name="anna")["person"]["hash"] == HASH
    for nobody in ("bob", "", "a\0b", "x" * 200):
        assert _ask(authority, "desk.person", name=nobody)["person"] is None
    assert _ask(authority, "desk.remove", name="anna")["changed"]
    assert authority.service.dispatch({"do": "desk.add", "name": "x", "role": "king", "password_hash": HASH})["ok"] is (
        False
    )


def test_the_ledger_page_by_page(authority: Authority) -> None:
    for name in ("a", "b", "c"):
        _ask(authority, "codes.add", code=f"30115023{ord(name)}", who="t", why=name)
    page = _ask(authority, "ledger.list", limit=2)
    assert [each["why"] for each in page["entries"]] == ["c", "b"]
    assert page["entries"][0]["subject"].startswith("code:")
    rest = _ask(authority, "ledger.list", limit=2, before=page["next"])
    assert ([each["why"] for each in rest["entries"]], rest["next"]) == (["a"], None)


def test_counts(authority: Authority) -> None:
    assert _ask(authority, "sanctions.count")["counts"] == {"proposed": 0, "standing": 0, "appealed": 0}
    assert _ask(authority, "quarantine.count")["counts"] == {}
    _ask(authority, "codes.add", code="301150232")
    _ask(authority, "sanctions.impose", subject="301150232", action="suspend", who="cli:a", why="w")
    _ask(authority, "sanctions.impose", subject="account:x", action="observe", who="cli:a", why="w", propose=True)
    assert _ask(authority, "sanctions.count")["counts"] == {"proposed": 1, "standing": 1, "appealed": 0}
    _ask(authority, "sanctions.appeal", id=1, text='they said "state":"open"', by="Shop", who="cli:a")
    (appealed,) = _ask(authority, "sanctions.list", appealed=True)["sanctions"]
    assert (appealed["id"], _ask(authority, "sanctions.count")["counts"]["appealed"]) == (1, 1)
    _ask(authority, "sanctions.decide_appeal", id=1, uphold=False, who="cli:a")
    assert _ask(authority, "sanctions.list", appealed=True)["sanctions"] == []
