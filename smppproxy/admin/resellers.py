"""`/v1`: what became of a reseller's own messages, for whoever holds a token of its account. It can change nothing.

A message of another account is answered like one that never was: the same question to the trace, the same answer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smppproxy.admin.callers import Network, address_of
from smppproxy.admin.failures import Failures
from smppproxy.state.codes import parse_instant, print_instant
from smppproxy.state.errors import BusyError, InputError, StateError
from smppproxy.state.refusals import REASONS, as_csv, told
from smppproxy.state.trace import TraceRow
from smppproxy.state.trace_query import TraceQuestion

MESSAGES: Final = 100  # rows of a look-up; a submit_multi has one for each of up to 254 recipients
REFUSALS: Final = 10_000  # rows of a report where nothing is said
REFUSALS_LIMIT: Final = 50_000  # rows of a report at most; some 15 MB
DAY: Final = 86_400.0  # s; the report of refusals goes back so far where nothing is said
BUSY: Final = "5"  # s a client should wait when too many ask

_TRACE_ID: Final = re.compile(r"[0-9a-z-]{1,64}").fullmatch
_MESSAGE_ID: Final = re.compile(r"[\x21-\x7e]{1,64}").fullmatch


class Desk(Protocol):
    """Who knows tokens and messages; neither question may hold the event loop."""

    async def account_of(self, token: str) -> str | None:
        """Return the account a token may read. Raises StateError."""

    async def search(self, question: TraceQuestion) -> list[TraceRow]:
        """Return rows of the trace. Raises StateError; BusyError where too many ask at once."""


class RequestRefusedError(Exception):
    """What a request is answered with instead."""

    def __init__(self, status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.kind, self.headers = status, kind, headers


Answer = Callable[[Request, str], Awaitable[Response]]


class ResellerApi:
    """The routes of `/v1`."""

    def __init__(
        self,
        desk: Desk,
        *,
        trusted: Callable[[], Sequence[Network]] = tuple,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``trusted`` gives the proxies whose X-Forwarded-For says who asks."""
        self._desk = desk
        self._trusted = trusted
        self._clock = clock
        self._failures = Failures()

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/messages/{trace_id}", self._guarded(self._message)),
            Route("/v1/messages", self._guarded(self._messages)),
            Route("/v1/refusals.csv", self._guarded(self._refusals)),
        ]

    def _guarded(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint that answers for the account of a token, and every failure as JSON."""

        async def endpoint(request: Request) -> Response:
            try:
                response = await answer(request, await self._account(request))
            except RequestRefusedError as refused:
                response = _error(refused.status, refused.kind, str(refused), refused.headers)
            except InputError as error:
                response = _error(400, "bad_input", str(error))
            except BusyError as error:
                response = _error(503, "busy", str(error), {"Retry-After": BUSY})
            except StateError:
                # What is wrong with our disk is nobody else's business; the log has it.
                response = _error(503, "unavailable", "the trace cannot be read now; try again later")
            response.headers["Cache-Control"] = "no-store"
            return response

        return endpoint

    async def _account(self, request: Request) -> str:
        """Return whose messages may be shown. Raises RequestRefusedError."""
        address, now = address_of(request, self._trusted()), self._clock()
        if (wait := self._failures.wait(address, now)) > 0:
            seconds = str(int(wait) + 1)
            raise RequestRefusedError(
                429, "too_many_failures", f"too many wrong tokens; wait {seconds} s", {"Retry-After": seconds}
            )
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip()
        account = await self._desk.account_of(token) if scheme.lower() == "bearer" and len(token) <= 200 else None
        if account is None:
            self._failures.failed(address, now)
            raise RequestRefusedError(
                401, "unauthorized", "a valid token is expected: Authorization: Bearer sxp_…; ask the operator for one",
                {"WWW-Authenticate": 'Bearer realm="smppproxy"'},
            )  # fmt: skip
        return account

    async def _message(self, request: Request, account: str) -> Response:
        _only(request)
        trace_id = request.path_params["trace_id"]
        if not _TRACE_ID(trace_id):
            raise RequestRefusedError(400, "bad_input", "a trace id of the letters a to z, digits and - is expected")
        rows = await self._desk.search(TraceQuestion(trace_id=trace_id, account=account, limit=MESSAGES))
        if not rows:
            raise RequestRefusedError(404, "not_found", "no message of this account has that trace id")
        return _json({"messages": [told(row) for row in rows]})

    async def _messages(self, request: Request, account: str) -> Response:
        _only(request, "message_id")
        message_id = request.query_params.get("message_id", "")
        if not _MESSAGE_ID(message_id):
            raise RequestRefusedError(400, "bad_input", "?message_id= is expected, 1 to 64 visible characters of ASCII")
        rows = await self._desk.search(TraceQuestion(message_id=message_id, account=account, limit=MESSAGES))
        return _json({"messages": [told(row) for row in rows]})

    async def _refusals(self, request: Request, account: str) -> Response:
        _only(request, "from", "to", "limit")
        given, now = request.query_params, self._clock()
        since = float(parse_instant(given["from"])) if "from" in given else now - DAY
        until = float(parse_instant(given["to"], end=True)) if "to" in given else now
        if since >= until:
            raise RequestRefusedError(400, "bad_input", "from lies behind to")
        limit = given.get("limit", str(REFUSALS))
        if not (limit.isascii() and limit.isdecimal() and len(limit) < 9 and 1 <= int(limit) <= REFUSALS_LIMIT):
            raise RequestRefusedError(400, "bad_input", f"a limit of 1 to {REFUSALS_LIMIT} is expected")
        wanted = int(limit)
        question = TraceQuestion(account=account, reasons=REASONS, since=since, until=until, limit=wanted + 1)
        rows = await self._desk.search(question)
        more, rows = len(rows) > wanted, rows[:wanted]
        headers = {"Content-Disposition": 'attachment; filename="refusals.csv"'}
        if more:
            # Whole seconds, as `to` is read: rows of that second come twice rather than never.
            headers["X-More-Before"] = print_instant(int(rows[-1].at) + 1)
        return Response("".join(as_csv(rows)), 200, headers, "text/csv; charset=utf-8")


def _only(request: Request, *names: str) -> None:
    """Raise RequestRefusedError for what is not known: a misspelt `form=` would else show more than was asked for."""
    unknown = [name for name in request.query_params if name not in names]
    twice = [name for name in names if len(request.query_params.getlist(name)) > 1]
    if unknown or twice:
        known = ", ".join(names) or "none"
        raise RequestRefusedError(
            400, "bad_input", f"parameter {(unknown + twice)[0]!r:.40}: known, once each, are: {known}"
        )


def _json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(content), status, headers, "application/json")


def _error(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> Response:
    return _json({"error": {"kind": kind, "message": message}}, status, headers)
