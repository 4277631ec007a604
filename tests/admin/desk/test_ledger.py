"""The ledger: its newest entries, and the proof."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from smppproxy.admin.desk import ledger


async def test_entries(vera: Any, do: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    do("codes.add", code="301150232", who="cli:<i>", why="contract <17>")
    await vera.get("/desk/ledger")
    assert "code.add code:301150232 cli:<i> contract <17>" in vera.text
    assert "<17>" not in vera.page
    do("desk.password", name="ben", password_hash="scrypt$x", who="cli:t")
    await vera.get("/desk/ledger")
    assert "<details" not in vera.page.partition("desk.password")[2].partition("</tr>")[0]  # nothing to show of it
    do("desk.remove", name="ben", who="cli:t")
    monkeypatch.setattr(ledger, "PAGE", 1)
    await vera.get("/desk/ledger")
    assert 'href="/desk/ledger?before=6"' in vera.page
    await vera.get("/desk/ledger?before=4")
    assert "desk.add desk:vera" in vera.text


async def test_the_proof(vera: Any, do: Any, authority: Any) -> None:
    await vera.get("/desk/ledger")
    assert "unbroken" not in vera.text
    await vera.post("/desk/ledger", act="verify")
    assert "The chain of 3 entries is unbroken." in vera.text
    with sqlite3.connect(authority.books.path.parent / "smppproxy.db") as store:
        store.execute("DROP TRIGGER ledger_is_never_changed")
        store.execute("UPDATE ledger SET who = 'nobody' WHERE entry = 2")
    store.close()
    await vera.post("/desk/ledger", act="verify")
    assert "The ledger was altered: entry 2 was altered" in vera.text
