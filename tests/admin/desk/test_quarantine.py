"""Held messages: several released or dropped at once, a text shown only for a reason that the ledger keeps."""

from __future__ import annotations

from typing import Any

import pytest

from smppproxy.admin.desk import quarantine

A, B, C = "a" * 16, "b" * 16, "c" * 16


def _states(do: Any) -> dict[str, str]:
    return {each["message_id"]: each["state"] for each in do("quarantine.list", state="")["messages"]}


async def test_several_at_once(ben: Any, do: Any, hold: Any) -> None:
    hold(A, B, C)
    await ben.get("/desk/quarantine")
    assert ben.page.count('type="checkbox" name="id"') == 3
    assert " data-choose>" in ben.page  # what the script looks for
    await ben.post("/desk/quarantine", id=[A, B], act="release", why="asked back")
    assert "2 messages will be sent." in ben.text
    await ben.post("/desk/quarantine", id=C, act="drop", receipts="yes", why="fraud")
    assert "1 message will never be sent." in ben.text
    assert _states(do) == {A: "releasing", B: "releasing", C: "dropped"}
    told = do("ledger.list")["entries"]
    assert [(each["action"], each["who"], each["why"]) for each in told[:2]] == [
        ("quarantine.drop", "desk:ben", "fraud"), ("quarantine.release", "desk:ben", "asked back"),
    ]  # fmt: skip
    assert do("quarantine.show", message_id=C)["message"]["receipt"] == "due"


async def test_filters_and_pages(ben: Any, do: Any, hold: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(A, B)
    monkeypatch.setattr(quarantine, "PAGE", 1)
    await ben.get("/desk/quarantine?account=acme")
    assert A in ben.page
    assert B not in ben.page
    await ben.get(f"/desk/quarantine?state=held&after={A}&account=acme")
    assert B in ben.page
    for query in ("?account=other", "?code=1", "?reason=text_loan", "?state=dropped"):
        await ben.get(f"/desk/quarantine{query}")
        assert A not in ben.page
    await ben.get("/desk/quarantine?state=all")
    assert 'name="id"' not in ben.page  # only what can be decided is there to choose


async def test_what_is_refused_keeps_the_choice(ben: Any, do: Any, hold: Any) -> None:
    hold(A, B)
    await ben.get("/desk/quarantine")
    for fields, told in (
        ({"act": "release", "why": "w"}, "choose one message"),
        ({"act": "release", "id": A}, "say why"),
        ({"act": "burn", "id": A, "why": "w"}, "say what"),
        ({"act": "release", "id": "none", "why": "w"}, "no message"),
    ):
        assert (await ben.post("/desk/quarantine", **fields)).status_code in (400, 404)
        assert told in ben.text
        assert f'value="{A}"' in ben.page  # the list is still there
    await ben.post("/desk/quarantine", act="drop", id=A)
    assert f'name="id" value="{A}" checked' in ben.page
    assert f'name="id" value="{B}" checked' not in ben.page
    assert "receipts" in ben.page
    assert set(_states(do).values()) == {"held"}


async def test_a_text_is_shown_for_a_reason(ben: Any, do: Any, hold: Any) -> None:
    hold(A, text="Hello <b>you</b>")
    await ben.get(f"/desk/quarantine/{A}")
    assert "Hello" not in ben.page
    assert "01050001234" not in ben.page
    assert (await ben.post(f"/desk/quarantine/{A}", act="read")).status_code == 400
    assert "Hello" not in ben.page
    await ben.post(f"/desk/quarantine/{A}", act="read", why="complaint 7")
    assert "Hello &lt;b&gt;you" in ben.page
    assert "01050001234" in ben.text
    assert "What moved it most: loan" in ben.text
    entry = do("ledger.list")["entries"][0]
    assert (entry["action"], entry["subject"], entry["who"], entry["why"]) == (
        "quarantine.read", A, "desk:ben", "complaint 7",
    )  # fmt: skip


async def test_the_other_parts_of_a_text_are_told(ben: Any, hold: Any) -> None:
    hold(A, B, text_id="one text")
    await ben.post("/desk/quarantine", id=A, act="drop", why="fraud")
    assert "2 messages, with the other parts of their texts, will never be sent." in ben.text


async def test_one_message(ben: Any, do: Any, hold: Any) -> None:
    hold(A)
    page = (await ben.get(f"/desk/quarantine/{A}")).text
    assert "text_smishing" in ben.text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    await ben.post(f"/desk/quarantine/{A}", act="drop", why="fraud")
    assert "1 message will never be sent." in ben.text
    assert 'value="release"' not in ben.page
    assert "by desk:ben" in ben.text
    assert _states(do) == {A: "dropped"}
    await ben.post(f"/desk/quarantine/{A}", act="release", why="too late")
    assert "can be released" in ben.text
    assert "They are no longer kept." in ben.text


async def test_a_fate_nobody_knows(ben: Any, do: Any, hold: Any, authority: Any) -> None:
    hold(A)
    do("quarantine.release", message_ids=[A], who="cli:x", why="w")
    authority.quarantine.due(10)
    authority.quarantine._clock.now += 100  # the worker died over it
    authority.quarantine.lost(60.0)
    await ben.get("/desk/quarantine?state=unknown")
    assert "it may be sent twice" in ben.text
    await ben.post("/desk/quarantine?state=unknown", id=A, act="release", why="w")
    assert "can be released" in ben.text
    await ben.post("/desk/quarantine?state=unknown", id=A, act="release", again="yes", why="w")
    assert _states(do) == {A: "releasing"}


async def test_a_text_that_went_meanwhile(ben: Any, do: Any, hold: Any) -> None:
    hold(A)
    await ben.get(f"/desk/quarantine/{A}")
    do("quarantine.drop", message_ids=[A], receipts=False, who="cli:x", why="w")
    await ben.post(f"/desk/quarantine/{A}", act="read", why="w")
    assert "They are no longer kept." in ben.text
