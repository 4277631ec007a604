"""All pages of the desk as routes of the admin address."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from smppproxy.admin.callers import Network
from smppproxy.admin.desk import (
    codes,
    explaining,
    layout,
    ledger,
    messages,
    overview,
    persons,
    quarantine,
    sanction,
    sanction_list,
    statistics,
)
from smppproxy.admin.desk.backend import Backend
from smppproxy.admin.desk.door import HEADERS, Door, sealed
from smppproxy.admin.desk.sign_in import SignIn

STATIC: Final = {
    "desk.css": "text/css; charset=utf-8",
    "desk.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_PAGES: Final = (
    overview, sanction_list, sanction, quarantine, messages, explaining, codes, statistics, ledger, persons,
)  # fmt: skip
_FOLDER: Final = Path(__file__).parent / "static"


class DeskPage:
    """The abuse desk's web page."""

    def __init__(
        self,
        backend: Backend,
        *,
        trusted: Callable[[], Sequence[Network]] = tuple,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``trusted`` gives the proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."""
        self._door = Door(backend, trusted=trusted, clock=clock)

    def routes(self) -> list[Route]:
        """Return the routes, all of them under ``/desk``."""
        return [
            Route("/desk/static/{name}", self._static),
            *SignIn(self._door).routes(),
            *(route for each in _PAGES for route in each.routes(self._door)),
            Route("/desk/", self._front),
            Route("/desk/{rest:path}", self._door.guarded(self._nothing)),
        ]

    async def _static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in STATIC:
            return await self._nothing(request)
        headers = HEADERS | {"Cache-Control": "max-age=600"}
        return Response(_file(name), 200, headers, STATIC[name])

    async def _front(self, _: Request) -> Response:
        return RedirectResponse("/desk", 308, HEADERS)

    async def _nothing(self, _: Request) -> Response:
        return sealed(layout.bare(layout.failure("There is no such page.", 404)))


@cache
def _file(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()
