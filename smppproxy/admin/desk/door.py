"""The one way into every page: who asks, may he, is the form his own; and every failure told in a sentence."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from smppproxy.admin.callers import Network, address_of, is_encrypted
from smppproxy.admin.desk import layout
from smppproxy.admin.desk.backend import Backend
from smppproxy.admin.desk.forms import NONE, Fields, form_of, query_of
from smppproxy.admin.desk.layout import Page
from smppproxy.admin.desk.parts import address
from smppproxy.admin.desk.sessions import Session, Sessions
from smppproxy.admin.failures import Failures
from smppproxy.loggers import get_logger
from smppproxy.state.desk_persons import Role
from smppproxy.state.errors import BusyError, ConflictError, InputError, NotFoundError, StateError

UNDER_WAY: Final = 32  # requests of signed-in persons at once; each may hold the store for a moment
PATIENCE: Final = 45.0  # s of a page; bringing the trace up to date takes up to 40
COOKIE: Final = "smppproxy_desk"
BUSY: Final = "5"  # s a browser should wait when too much is under way
FORM_KEY: Final = "form_key"

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}  # fmt: skip

log = get_logger(__name__)


class Visit:
    """One request of a person who is signed in. ``error`` is what became of the form that was ``given``."""

    def __init__(self, request: Request, backend: Backend, session: Session, role: Role, now: float) -> None:
        self.request = request
        self.backend = backend
        self.session = session
        self.role = role
        self.now = now
        self.query = NONE
        self.given = NONE
        self.error = ""

    @property
    def who(self) -> str:
        """Who does it, for the ledger."""
        return f"desk:{self.session.name}"

    @property
    def path(self) -> str:
        """The page's own address, without its query."""
        return self.request.url.path

    def may(self, role: Role) -> bool:
        """Whether the person may do what a role may."""
        return self.role.covers(role)

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """Return what a verb answers, asked in the person's name. Raises StateError."""
        return await self.backend.ask(do, who=self.who, **fields)

    def done(self, told: str, path: str = "", **query: str) -> Response:
        """Go on to a page, this one if none is named, which says first what was done."""
        self.session.notice = told
        return RedirectResponse(address(path or self.path, **query), 303)


Show = Callable[[Visit], Awaitable[Page | Response]]
Act = Callable[[Visit, Fields], Awaitable[Page | Response]]


class Door:
    """Sessions, failures, limits: what all pages share."""

    def __init__(
        self,
        backend: Backend,
        *,
        trusted: Callable[[], Sequence[Network]] = tuple,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``trusted`` gives the proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."""
        self.backend = backend
        self.clock = clock
        self.sessions = Sessions()
        self.failures = Failures()
        self.trusted = trusted
        self._under_way = 0

    def route(
        self, path: str, show: Show, act: Act | None = None, *, sees: Role = Role.VIEWER, acts: Role = Role.DESK
    ) -> Route:
        """Return the route of a page and of its forms: ``sees`` may look at it, ``acts`` may send them."""

        async def inside(request: Request) -> Response:
            visit = await self._visit(request)
            if isinstance(visit, Response):
                return visit
            if self._under_way >= UNDER_WAY:
                return sealed(layout.bare(layout.failure(_BUSY, 503)), {"Retry-After": BUSY})
            self._under_way += 1
            try:
                return await answer(request, visit)
            except StateError as error:
                return sealed(layout.bare(layout.failure(str(error), _status(error))))
            finally:
                self._under_way -= 1

        async def answer(request: Request, visit: Visit) -> Response:
            if any("\0" in str(part) for part in request.path_params.values()):
                raise NotFoundError("there is nothing of this name")
            if not visit.may(sees):
                return self._refused(visit, sees)
            visit.query = query_of(request)
            if request.method != "POST" or act is None:
                return self._page(visit, await show(visit))
            given = await form_of(request)
            if not is_own(request, given, visit.session.form_key):
                return self._page(visit, layout.failure(_FOREIGN, 403))
            if not visit.may(acts):
                return self._refused(visit, acts)
            try:
                return self._page(visit, await act(visit, given))
            except (InputError, ConflictError, NotFoundError) as error:
                # The page again with the sentence above it, and in its fields what was given.
                visit.error, visit.given = str(error), given
                found = await show(visit)
                return self._page(visit, found._replace(status=_status(error)) if isinstance(found, Page) else found)

        methods = ["GET"] if act is None else ["GET", "POST"]
        return Route(path, self.guarded(inside), methods=methods)

    def guarded(self, inside: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint that is bounded in time and tells every failure in a sentence."""

        async def endpoint(request: Request) -> Response:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await inside(request)
            except (InputError, BusyError) as error:
                return sealed(layout.bare(layout.failure(str(error), _status(error))))
            except StateError:
                # What is wrong with our store is the business of nobody who has not signed in; the log has it.
                return sealed(layout.bare(layout.failure(_AWAY, 503)))
            except TimeoutError:
                return sealed(layout.bare(layout.failure(_LATE, 503)))
            except Exception:
                log.exception("desk_page_failed", path=request.url.path)
                return sealed(layout.bare(layout.failure(_BUG, 500)))

        return endpoint

    def address(self, request: Request) -> str:
        """Return who asks."""
        return address_of(request, self.trusted())

    def encrypted(self, request: Request) -> bool:
        """Whether the browser speaks TLS."""
        return is_encrypted(request, self.trusted())

    async def _visit(self, request: Request) -> Visit | Response:
        """Return the visit of who is signed in, else the way to the sign-in. Raises StateError."""
        now = self.clock()
        session = self.sessions.find(request.cookies.get(COOKIE, ""), now)
        if session is not None:
            person = (await self.backend.ask("desk.person", name=session.name))["person"]
            if person is not None and person["password_at"] == session.password_at:
                return Visit(request, self.backend, session, Role(person["role"]), now)
            self.sessions.end(request.cookies[COOKIE])
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        lost = "1" if request.method == "POST" else ""  # a form; the page it stood on can be asked for
        return _plain(RedirectResponse(address("/desk/sign-in", again=lost, next="" if back == "/desk" else back), 303))

    def _refused(self, visit: Visit, needed: Role) -> Response:
        told = f"This is for persons with the role {needed}; yours is {visit.role}. An admin of the desk can change it."
        return self._page(visit, layout.failure(told, 403))

    def _page(self, visit: Visit, found: Page | Response) -> Response:
        if isinstance(found, Response):
            return _plain(found)
        notice, visit.session.notice = visit.session.notice, ""
        return sealed(layout.whole(found, visit, notice))


def sealed(page: tuple[str, int], headers: dict[str, str] | None = None) -> Response:
    """Return a page as the answer to a request, with the headers that keep it to itself."""
    return HTMLResponse(page[0], page[1], HEADERS | (headers or {}))


def is_own(request: Request, given: Fields, key: str) -> bool:
    """Whether a form came from a page of ours that was shown to this very session."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    return bool(key) and hmac.compare_digest(given.one(FORM_KEY).encode(), key.encode())


def download(content: str, name: str, kind: str) -> Response:
    """Return a file. What it holds may style itself, and do nothing else."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    own = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": policy}
    return Response(content, 200, HEADERS | own, f"{kind}; charset=utf-8")


def _plain(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _status(error: StateError) -> int:
    match error:
        case NotFoundError():
            return 404
        case InputError():
            return 400
        case ConflictError():
            return 409
        case _:
            return 503


_FOREIGN: Final = (
    "This form was not made for your session, so nothing was done. Go back, reload the page and send it again."
)
_BUSY: Final = "Too much is under way at this moment. Try again in some seconds."
_AWAY: Final = "The store of the proxy cannot be read now. Try again later; the log of the proxy says why."
_LATE: Final = "This took too long. Whether a change was made, the ledger tells; try again in a while."
_BUG: Final = "Something went wrong here that should not have. The log of the proxy says what; please report it."
