"""The desk: searches in threads, so many and no more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from smppproxy.app import reseller_desk
from smppproxy.app.reseller_desk import THREADS, WAITING, ResellerDesk
from smppproxy.state.errors import BusyError, StateError, StoreError
from smppproxy.state.spool import Spool
from smppproxy.state.trace_query import TraceQuestion

NOON = 1_800_014_400.0


async def _answer(request: dict[str, Any]) -> dict[str, Any]:
    if request["token"] == "broken":
        return {"ok": False, "error": {"kind": "store", "message": "disk"}}
    return {"ok": True, "account": "acme" if request["token"] == "good" else None}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[ResellerDesk]:
    desk = ResellerDesk(tmp_path, "", _answer)
    yield desk
    desk.close()


async def test_tokens_are_asked_of_the_store(desk: ResellerDesk) -> None:
    assert await desk.account_of("good") == "acme"
    assert await desk.account_of("bad") is None
    with pytest.raises(StateError):
        await desk.account_of("broken")


async def test_a_token_of_an_account_that_is_gone_is_none(tmp_path: Path) -> None:
    accounts = {"acme"}
    desk = ResellerDesk(tmp_path, "", _answer, accounts.__contains__)
    assert await desk.account_of("good") == "acme"
    accounts.clear()
    assert await desk.account_of("good") is None
    desk.close()


async def test_messages_are_found_in_the_real_trace(desk: ResellerDesk, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", 0, NOON)
    spool.write(
        [(NOON, f"t{n}", name, "smsc", 4, "", "1588", bytes(16), b"", "refuse", reason, "", "", 0.0, 69, "", 0.1)
         for n, (name, reason) in enumerate([("acme", "text_loan"), ("acme", ""), ("other", "text_loan")])]
    )  # fmt: skip
    spool.close(NOON)
    found = await desk.search(TraceQuestion(account="acme", reasons=("text_loan", "code_missing")))
    assert [row.trace_id for row in found] == ["t0"]
    assert await desk.search(TraceQuestion(account="acme", trace_id="t2")) == []


async def test_too_many_are_told_to_come_again(desk: ResellerDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    def slow(*_: Any) -> list[Any]:
        gate.wait(30)
        return []

    monkeypatch.setattr(reseller_desk, "search", slow)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(desk.search(TraceQuestion())) for _ in range(THREADS + WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await desk.search(TraceQuestion())
        gate.set()
    assert [task.result() for task in tasks] == [[]] * (THREADS + WAITING)
    assert await desk.search(TraceQuestion()) == []


async def test_faults_are_told(desk: ResellerDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> list[Any]:
        raise StoreError("damaged")

    monkeypatch.setattr(reseller_desk, "search", broken)
    with pytest.raises(StoreError):
        await desk.search(TraceQuestion())
