"""What the desk's page is made of: verbs by name, passwords as accounts', never many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from smppproxy.app import abuse_desk
from smppproxy.app.abuse_desk import AbuseDesk
from smppproxy.app.reseller_desk import ResellerDesk
from smppproxy.app.settings.passwords import hash_password
from smppproxy.state.errors import BusyError, NotFoundError
from smppproxy.state.trace_query import TraceQuestion


class Known:
    """An overview with fixed answers."""

    def __init__(self, state_dir: Path) -> None:
        self.settings: Any = SimpleNamespace(
            proxy=SimpleNamespace(state_path=state_dir), stats=SimpleNamespace(utc_offset=5.5)
        )

    async def not_ready(self) -> list[str]:
        return ["draining"]

    async def status(self) -> dict[str, Any]:
        return {"version": "1"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[AbuseDesk]:
    async def answer(request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "codes.show":
            return {"ok": False, "error": {"kind": "not_found", "message": "no such code"}}
        return {"ok": True, "by": "the store", **request}

    async def explain(request: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "by": "the judge"}

    known: Any = Known(tmp_path)
    resellers = ResellerDesk(tmp_path, "", answer)
    desk = AbuseDesk({"": answer, "text.explain": explain}, known, resellers)
    yield desk
    desk.close()
    desk.close()
    resellers.close()


async def test_verbs_go_where_the_socket_sends_them(desk: AbuseDesk) -> None:
    assert await desk.ask("codes.list", who="desk:anna") == {"by": "the store", "do": "codes.list", "who": "desk:anna"}
    assert (await desk.ask("text.explain"))["by"] == "the judge"
    with pytest.raises(NotFoundError, match="no such code"):
        await desk.ask("codes.show")


async def test_the_trace_and_what_it_knows_a_recipient_by(desk: AbuseDesk) -> None:
    assert await desk.search(TraceQuestion(trace_id="x")) == []
    assert set(desk.recipient_keys("01050001234")) & set(desk.recipient_keys("+82 10 5000 1234"))
    assert all(len(key) == 16 for key in desk.recipient_keys("01050001234"))


async def test_passwords(desk: AbuseDesk) -> None:
    kept = hash_password("pässword 안녕")
    assert await desk.matches("pässword 안녕", kept)
    assert not await desk.matches("password", kept)
    assert not await desk.matches("", "")  # nobody's password is no password
    assert await desk.matches("x", await desk.hashed("x"))


async def test_only_so_many_sign_in_at_once(desk: AbuseDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(abuse_desk, "WAITING", 2)
    found = await asyncio.gather(*(desk.matches("x", "") for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in found] == [bool, bool, BusyError]
    assert not await desk.matches("x", "")


async def test_the_node(desk: AbuseDesk) -> None:
    assert await desk.health() == (["draining"], {"version": "1"})
    assert desk.utc_offset == 5.5
