"""The service: every verb, and refusals that are answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from smppproxy.state.authority import Authority
from smppproxy.state.errors import ConflictError
from smppproxy.state.protocol import SOCKET, encode, reachable
from smppproxy.state.requests import Nothing

A, B, C = "301150232", "301210079", "302190001"


def _ask(authority: Authority, do: str, **fields: Any) -> dict[str, Any]:
    return authority.service.dispatch({"do": do, **fields})


def test_the_life_of_a_code(authority: Authority) -> None:
    assert _ask(authority, "codes.add", code=A, who="cli:anna", owner="ACME")["changed"]
    assert _ask(authority, "codes.update", code=A, valid_until=2_000_000_000)["changed"]
    assert _ask(authority, "codes.suspend", code=A, why="spam")["code"]["state"] == "suspended"
    assert not _ask(authority, "codes.suspend", code=A)["changed"]
    assert _ask(authority, "codes.resume", code=A)["changed"]
    assert _ask(authority, "codes.strike", code=A)["changed"]
    assert _ask(authority, "codes.resume", code=A)["error"]["kind"] == "conflict"
    assert _ask(authority, "codes.resume", code=A, lift_strike=True)["changed"]
    shown = _ask(authority, "codes.show", code=A, history=2)
    assert (shown["code"]["state"], shown["code"]["owner"]) == ("active", "ACME")
    assert [each["action"] for each in shown["history"]] == ["code.resume", "code.strike"]
    assert _ask(authority, "codes.count")["counts"]["active"] == 1
    assert _ask(authority, "codes.remove", code=A)["changed"]
    assert _ask(authority, "codes.show", code=A)["error"] == {
        "kind": "not_found",
        "message": f"code {A} is not registered",
    }
    assert _ask(authority, "ledger.verify") | {"head": ""} == {"ok": True, "entries": 7, "head": "", "fault": ""}


def test_states_are_shown_as_of_now(authority: Authority, clock: Any) -> None:
    _ask(authority, "codes.add", code=A, valid_until=int(clock.now) + 5)
    clock.now += 5
    assert _ask(authority, "codes.show", code=A)["code"]["state"] == "inactive"
    assert _ask(authority, "codes.list")["codes"][0]["state"] == "inactive"


def test_lists_come_in_pages(authority: Authority) -> None:
    for code in (A, B, C):
        _ask(authority, "codes.add", code=code)
    page = _ask(authority, "codes.list", limit=2)
    assert ([each["code"] for each in page["codes"]], page["next"]) == ([A, B], B)
    page = _ask(authority, "codes.list", limit=2, after=B)
    assert ([each["code"] for each in page["codes"]], page["next"]) == ([C], None)


def test_files_go_in_and_out(authority: Authority) -> None:
    assert _ask(authority, "codes.import", text=f"code,owner\n{A},가나\n")["added"] == 1
    assert f"{A},active,가나" in _ask(authority, "codes.export")["text"]
    refused = _ask(authority, "codes.import", text="code,state\n1,asleep\n")
    assert refused["error"]["faults"][0]["row"] == 2


def test_a_file_may_come_in_pieces(authority: Authority) -> None:
    for piece in (f"code\n{A}", f"\n{B}\n"):
        assert _ask(authority, "codes.upload", upload="u", text=piece) == {"ok": True}
    assert _ask(authority, "codes.import", upload="u", text=f"{C}\n")["added"] == 3
    assert _ask(authority, "codes.import", upload="u", text=f"{C}\n")["unchanged"] == 1


def test_forgotten_uploads_do_not_pile_up(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abcde":
        _ask(authority, "codes.upload", upload=name, text=f"{A}\n")
    assert "is empty" in _ask(authority, "codes.import", upload="a")["error"]["message"]
    assert _ask(authority, "codes.import", upload="e")["added"] == 1
    monkeypatch.setattr("smppproxy.state.service.UPLOAD_LIMIT", 5)
    assert _ask(authority, "codes.upload", upload="f", text="123456")["error"]["kind"] == "bad_input"


@pytest.mark.parametrize(
    ("request_", "kind", "told"),
    [
        ({}, "protocol", "unknown request None"),
        ({"do": "codes.fly"}, "protocol", "known are accounts.add"),
        ({"do": ["codes.add"]}, "protocol", "unknown request"),
        ({"do": "codes.add"}, "bad_input", "missing required field `code`"),
        ({"do": "codes.add", "code": 5}, "bad_input", "Expected `str`"),
        ({"do": "codes.add", "code": A, "colour": "red"}, "bad_input", "unknown field `colour`"),
        ({"do": "codes.list", "state": "asleep"}, "bad_input", "asleep"),
        ({"do": "codes.add", "code": A, "valid_until": 10**30}, "bad_input", "valid_until"),
        ({"do": "codes.show", "code": A, "history": -1}, "bad_input", "history"),
    ],
)
def test_requests_that_are_none(authority: Authority, request_: dict[str, Any], kind: str, told: str) -> None:
    error = authority.service.dispatch(request_)["error"]
    assert error["kind"] == kind
    assert told in error["message"]


def test_others_add_their_verbs(authority: Authority) -> None:
    def refuse(request: Nothing, progress: Any) -> None:
        raise ConflictError(f"not now, {request.who}")

    authority.service.add_verb("sessions.close", Nothing, refuse)
    authority.service.add_verb("sessions.count", Nothing, lambda request, progress: {"count": 3})
    assert _ask(authority, "sessions.count") == {"ok": True, "count": 3}
    assert _ask(authority, "sessions.close", who="anna")["error"]["message"] == "not now, anna"


@asynccontextmanager
async def _served(authority: Authority, state_dir: Path) -> AsyncIterator[tuple[Any, Any]]:
    with reachable(state_dir / SOCKET) as address:
        server = await asyncio.start_unix_server(authority.service.handle, address)
        reader, writer = await asyncio.open_unix_connection(address)
    async with server:
        yield reader, writer
        writer.close()


async def test_a_connection_asks_many_things(authority: Authority, state_dir: Path) -> None:
    async with _served(authority, state_dir) as (reader, writer):
        writer.write(encode({"do": "codes.add", "code": A}) + encode({"do": "codes.show", "code": A}))
        answers = [json.loads(await reader.readline()) for _ in range(2)]
        assert [each["ok"] for each in answers] == [True, True]


async def test_a_long_request_is_taken(authority: Authority, state_dir: Path) -> None:
    async with _served(authority, state_dir) as (reader, writer):
        text = "".join(f"{n:09d}\n" for n in range(20_000))
        writer.write(encode({"do": "codes.import", "text": text, "dry_run": True}))
        line = bytearray()
        while not line.endswith(b"\n"):
            line += await reader.read(1 << 16)
        assert msgspec.json.decode(line)["added"] == 20_000


async def test_a_command_that_goes_away_harms_nobody(authority: Authority) -> None:
    class Gone(asyncio.StreamReader):
        async def read(self, n: int = -1) -> bytes:
            raise ConnectionResetError

    class Writer:
        closed = False

        def close(self) -> None:
            self.closed = True

    writer: Any = Writer()
    await authority.service.handle(Gone(), writer)
    assert writer.closed


async def test_garbage_is_answered_and_the_connection_closed(authority: Authority, state_dir: Path) -> None:
    async with _served(authority, state_dir) as (reader, writer):
        writer.write(b"hello\n")
        assert json.loads(await reader.readline())["error"]["kind"] == "protocol"
        assert await reader.read() == b""
