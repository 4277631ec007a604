"""The admin address, without processes behind it."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest

from smppproxy.admin.http import build
from smppproxy.admin.server import AdminServer


class Known:
    """An overview with fixed answers."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = list(reasons)

    async def not_ready(self) -> list[str]:
        return self.reasons

    async def metrics(self) -> str:
        return "smppproxy_workers 1.0\n"

    async def status(self) -> dict[str, Any]:
        return {"workers": [{"worker": 0}]}


async def get(path: str, *reasons: str, client: str = "127.0.0.1") -> httpx.Response:
    transport = httpx.ASGITransport(build(Known(*reasons)), client=(client, 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://admin") as http:
        return await http.get(path)


async def test_healthz_is_200_while_control_lives() -> None:
    assert (await get("/healthz", "draining")).status_code == 200


async def test_readyz_names_what_is_missing() -> None:
    ready, not_ready = await get("/readyz"), await get("/readyz", "worker 1 is not ready")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "reasons": []})
    assert (not_ready.status_code, not_ready.json()["reasons"]) == (503, ["worker 1 is not ready"])


async def test_metrics_are_in_the_exposition_format() -> None:
    answer = await get("/metrics", client="198.51.100.7")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.text == "smppproxy_workers 1.0\n"


@pytest.mark.parametrize("client", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
async def test_status_is_shown_on_this_machine(client: str) -> None:
    assert (await get("/status", client=client)).json() == {"workers": [{"worker": 0}]}


@pytest.mark.parametrize("client", ["198.51.100.7", "2001:db8::1", "::ffff:198.51.100.7", "name", ""])
async def test_status_is_shown_nowhere_else(client: str) -> None:
    answer = await get("/status", client=client)
    assert answer.status_code == 403
    assert "worker" not in answer.text


async def test_anything_else_is_not_found_and_nothing_can_be_changed() -> None:
    assert (await get("/")).status_code == 404
    transport = httpx.ASGITransport(build(Known()), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://admin") as http:
        assert (await http.post("/readyz")).status_code == 405


async def test_a_header_does_not_make_a_caller_local_and_a_server_stops_when_told() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = AdminServer(build(Known()))
    serving = asyncio.ensure_future(server.serve(listening))
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(address + "/status", headers={"X-Forwarded-For": "198.51.100.7"})
        assert answer.status_code == 200  # the caller's own address counts, whatever it claims
        assert "server" not in answer.headers
    server.stop()
    await serving
