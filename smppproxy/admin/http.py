"""The admin address: `/healthz`, `/readyz`, `/metrics`, `/status`, and `/v1` for resellers.

It speaks plain HTTP without a log-in and is therefore bound to loopback unless the configuration says otherwise. What
names accounts or peers (`/status`) is shown to callers on this machine only; health and metrics hold counts and may be
read from elsewhere; `/v1` shows the messages of one account to whoever holds a token of it.
"""

from __future__ import annotations

import ipaddress
from typing import Any, Protocol

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from smppproxy.admin.resellers import ResellerApi

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"  # the Prometheus exposition format


class Overview(Protocol):
    """What the admin address shows; control knows it."""

    async def not_ready(self) -> list[str]:
        """Why traffic should not be sent here; empty when it should."""

    async def metrics(self) -> str:
        """The metrics of all workers, merged, in the exposition format."""

    async def status(self) -> dict[str, Any]:
        """Processes, workers, sessions: JSON-able, without secrets."""


def build(overview: Overview, resellers: ResellerApi | None = None) -> Starlette:
    """The HTTP application; with `resellers` they may look their own messages up."""

    async def healthz(_: Request) -> Response:
        # Parent and control live, or nobody would answer: control ends with its parent.
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        reasons = await overview.not_ready()
        return _json({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)

    async def metrics(_: Request) -> Response:
        return Response(await overview.metrics(), media_type=METRICS_TYPE)

    async def status(request: Request) -> Response:
        if not _is_local(request):
            return _json({"error": "status is shown to callers on this machine only"}, 403)
        return _json(await overview.status(), 200)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            Route("/status", status),
            *(resellers.routes() if resellers is not None else ()),
        ]
    )


def _is_local(request: Request) -> bool:
    if request.client is None:
        return False
    try:
        address = ipaddress.ip_address(request.client.host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _json(content: Any, status: int) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
