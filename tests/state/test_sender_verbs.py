"""Requests about senders: every verb, and refusals that are answers."""

from __future__ import annotations

from typing import Any

from smppproxy.state.authority import Authority

A, B = "821023456789", "8215881234"


def _ask(authority: Authority, do: str, **fields: Any) -> dict[str, Any]:
    return authority.service.dispatch({"do": f"senders.{do}", **fields})


def test_the_life_of_a_sender(authority: Authority, clock: Any) -> None:
    assert _ask(authority, "add", number="010-2345-6789", codes=["1"], who="cli:anna")["sender"]["number"] == A
    assert _ask(authority, "update", number=A, evidence="paper", accounts=["b", "a"])["sender"]["accounts"] == (
        "a",
        "b",
    )
    assert _ask(authority, "suspend", number=A)["changed"]
    assert _ask(authority, "resume", number=A)["changed"]
    assert _ask(authority, "block", number=A, state="theft_blocked", until=int(clock.now) + 5)["changed"]
    shown = _ask(authority, "show", number=A, history=1)
    assert (shown["sender"]["state"], [each["action"] for each in shown["history"]]) == (
        "theft_blocked",
        ["sender.block"],
    )
    clock.now += 5
    assert _ask(authority, "show", number=A)["sender"]["state"] == "active"
    assert _ask(authority, "remove", number=A)["error"]["kind"] == "conflict"
    assert _ask(authority, "remove", number=A, force=True)["changed"]
    assert _ask(authority, "show", number=A)["error"]["kind"] == "not_found"
    assert _ask(authority, "block", number=A, state="active")["error"]["kind"] == "bad_input"


def test_listing_comes_in_pages(authority: Authority, clock: Any) -> None:
    _ask(authority, "add", number=A, valid_until=int(clock.now))
    _ask(authority, "add", number=B)
    page = _ask(authority, "list", limit=1)
    assert ([(e["number"], e["state"]) for e in page["senders"]], page["next"]) == ([(A, "inactive")], A)
    page = _ask(authority, "list", limit=1, after=A)
    assert ([e["number"] for e in page["senders"]], page["next"]) == ([B], None)


def test_files_go_in_and_out(authority: Authority) -> None:
    assert authority.service.dispatch({"do": "codes.upload", "upload": "u", "text": "number\n010-2345"}) == {"ok": True}
    assert _ask(authority, "import", upload="u", text="-6789\n")["added"] == 1
    assert f"{A},active" in _ask(authority, "export")["text"]
