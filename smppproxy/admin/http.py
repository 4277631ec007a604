"""The admin address: `/healthz`, `/readyz`, `/metrics`, `/status`, `/v1` for resellers, `/desk` for the abuse desk.

It speaks plain HTTP, without a log-in but for `/v1` and `/desk`, and is therefore bound to loopback unless the
configuration says otherwise. What names accounts or peers (`/status`) is shown to callers on this machine only; health
and metrics hold counts and may be read from elsewhere; `/v1` shows the messages of one account to whoever holds a
token of it; `/desk` is for persons who sign in.
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from smppproxy.admin.callers import is_local
from smppproxy.admin.desk.app import DeskPage
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


def build(overview: Overview, resellers: ResellerApi | None = None, desk: DeskPage | None = None) -> Starlette:
    """The HTTP application; with `resellers` they may look their own messages up, with `desk` persons may sign in."""

    async def healthz(_: Request) -> Response:
        # Parent and control live, or nobody would answer: control ends with its parent.
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        reasons = await overview.not_ready()
        return _json({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)

    async def metrics(_: Request) -> Response:
        return Response(await overview.metrics(), media_type=METRICS_TYPE)

    async def status(request: Request) -> Response:
        if request.client is None or not is_local(request.client.host):
            return _json({"error": "status is shown to callers on this machine only"}, 403)
        return _json(await overview.status(), 200)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            Route("/status", status),
            *(resellers.routes() if resellers is not None else ()),
            *(desk.routes() if desk is not None else ()),
        ]
    )


def _json(content: Any, status: int) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
