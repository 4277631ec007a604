"""Signing in and out, and one's own password."""

from __future__ import annotations

import re
import secrets
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from smppproxy.admin.callers import is_local
from smppproxy.admin.desk import layout
from smppproxy.admin.desk.door import COOKIE, FORM_KEY, HEADERS, Door, Visit, is_own, sealed
from smppproxy.admin.desk.forms import Fields, form_of, query_of
from smppproxy.admin.desk.html import Html, join, tag
from smppproxy.admin.desk.layout import Page
from smppproxy.admin.desk.parts import button, facts, field, heading, section
from smppproxy.admin.desk.sessions import IDLE, LONGEST
from smppproxy.loggers import get_logger
from smppproxy.state.desk_persons import PASSWORD_LEAST, PASSWORD_MOST, Role, check_password
from smppproxy.state.errors import InputError

FORM_COOKIE: Final = "smppproxy_desk_form"  # ties the sign-in form to the browser it was shown to
_ABOUT: Final = {
    Role.VIEWER: "sees everything but texts and recipients",
    Role.DESK: "sees and decides; reads texts for a reason",
    Role.ADMIN: "sees, decides, and manages persons",
}
_WITHIN: Final = re.compile(r"/desk(?:[/?][\w./?=&%:+~-]*)?").fullmatch
_WRONG: Final = "This name and this password do not belong together."

log = get_logger(__name__)


class SignIn:
    """The pages around a session."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/desk/sign-in", self._door.guarded(self._sign_in), methods=["GET", "POST"]),
            Route("/desk/sign-out", self._door.guarded(self._sign_out), methods=["POST"]),
            self._door.route("/desk/me", self._me, self._new_password, acts=Role.VIEWER),
        ]

    async def _sign_in(self, request: Request) -> Response:
        query = query_of(request)
        back = query.one("next", 2000)
        if request.method == "POST":
            return await self._enter(request, await form_of(request), back)
        told = (
            "Your session has ended, and nothing was done. Sign in and send the form again."
            if query.one("again")
            else ""
        )
        return await self._form(request, back, told)

    async def _enter(self, request: Request, given: Fields, back: str) -> Response:
        door, now, caller = self._door, self._door.clock(), self._door.address(request)
        if (wait := door.failures.wait(caller, now)) > 0:
            seconds = int(wait) + 1
            told = f"Too many wrong passwords from your address. Try again in {seconds} s."
            return await self._form(request, back, told, 429, {"Retry-After": str(seconds)})
        if not is_own(request, given, request.cookies.get(FORM_COOKIE, "")):
            return await self._form(request, back, "The form was out of date, or cookies are off. Try again.", 403)
        name, password = given.one("name", 200), given.exact("password", 1000)
        person = (await door.backend.ask("desk.person", name=name))["person"]
        # Somebody who is not there takes as long as somebody who is.
        if not await door.backend.matches(password, person["hash"] if person is not None else "") or person is None:
            door.failures.failed(caller, door.clock())
            log.warning("desk_sign_in_refused", address=caller)
            return await self._form(request, back, _WRONG, 403, name=name)
        token, _ = door.sessions.begin(person["name"], person["password_at"], now)
        log.info("desk_signed_in", person=person["name"], address=caller)
        response = RedirectResponse(back if _WITHIN(back) else "/desk", 303, HEADERS)
        self._cookie(request, response, COOKIE, token)
        response.delete_cookie(FORM_COOKIE, path="/desk")
        return response

    async def _form(
        self, request: Request, back: str, told: str, status: int = 200, headers: dict[str, str] | None = None,
        *, name: str = "",
    ) -> Response:  # fmt: skip
        if not (await self._door.backend.ask("desk.list"))["persons"]:
            return sealed(layout.bare(Page("Sign in", "", _NOBODY)))
        key = secrets.token_urlsafe(32)
        plain = not self._door.encrypted(request) and not is_local(self._door.address(request))
        body = [
            tag("h1", "Sign in"),
            tag("p", told, class_="alert", role="alert") if told else None,
            tag("p", _PLAIN, class_="alert") if plain else None,
            tag(
                "form",
                tag("input", type="hidden", name=FORM_KEY, value=key),
                field("Name", "name", value=name, needed=True, limit=200, autocomplete="username",
                      autocapitalize="none", spellcheck="false", autofocus=not name),
                field("Password", "password", kind="password", needed=True, limit=1000,
                      autocomplete="current-password", autofocus=bool(name)),
                button("Sign in", style="main"),
                method="post", action=request.url.path + (f"?{request.url.query}" if back else ""), class_="stacked",
            ),
        ]  # fmt: skip
        response = sealed(layout.bare(Page("Sign in", "", join(body), status)), headers)
        self._cookie(request, response, FORM_COOKIE, key)
        return response

    async def _sign_out(self, request: Request) -> Response:
        token = request.cookies.get(COOKIE, "")
        session = self._door.sessions.find(token, self._door.clock())
        if session is not None and not is_own(request, await form_of(request), session.form_key):
            return RedirectResponse("/desk", 303, HEADERS)  # another site's doing
        self._door.sessions.end(token)
        response = RedirectResponse("/desk/sign-in", 303, HEADERS)
        response.delete_cookie(COOKIE, path="/desk")
        return response

    async def _me(self, visit: Visit) -> Page:
        body = [
            heading(visit.session.name),
            facts([
                ("Role", f"{visit.role}: {_ABOUT[visit.role]}"),
                ("Session", f"ends {IDLE / 60:g} min after the last click, and {LONGEST / 3600:g} h after its begin"),
                ("In the ledger", visit.who),
            ]),
            section("Change your password", layout.form(
                visit,
                tag("input", type="hidden", name="name", value=visit.session.name, autocomplete="username"),
                field("Password now", "password", kind="password", needed=True, limit=1000,
                      autocomplete="current-password"),
                field("New password", "new", kind="password", needed=True, limit=PASSWORD_MOST,
                      hint=f"{PASSWORD_LEAST} characters or more", autocomplete="new-password"),
                field("The new one once more", "again", kind="password", needed=True, limit=PASSWORD_MOST,
                      autocomplete="new-password"),
                button("Change it", style="main"),
                style="stacked",
            )),
        ]  # fmt: skip
        return Page("You", "me", join(body))

    async def _new_password(self, visit: Visit, given: Fields) -> Response:
        door, caller = self._door, self._door.address(visit.request)
        if door.failures.wait(caller, door.clock()) > 0:
            raise InputError("too many wrong passwords from your address; wait a minute")
        person = (await visit.ask("desk.person", name=visit.session.name))["person"]
        kept = person["hash"] if person is not None else ""
        if not await door.backend.matches(given.exact("password", 1000), kept):
            door.failures.failed(caller, door.clock())
            raise InputError("the password of now is another one")
        new = given.exact("new", 1000)
        if new != given.exact("again", 1000):
            raise InputError("the new password was not twice the same")
        check_password(new)
        changed = (
            await visit.ask("desk.password", name=visit.session.name, password_hash=await door.backend.hashed(new))
        )["person"]
        door.sessions.end_all(visit.session.name)
        token, session = door.sessions.begin(visit.session.name, changed["password_at"], door.clock())
        session.notice = "Your password is changed; your other sessions have ended."
        response = RedirectResponse("/desk/me", 303)
        self._cookie(visit.request, response, COOKIE, token)
        return response

    def _cookie(self, request: Request, response: Response, name: str, value: str) -> None:
        response.set_cookie(
            name, value, path="/desk", httponly=True, samesite="strict", secure=self._door.encrypted(request)
        )


_PLAIN: Final = (
    "This page came to you unencrypted: whoever is on the way can read your password. Ask the operator for an address "
    "that begins with https."
)
_NOBODY: Final = Html(
    "<h1>Nobody can sign in yet</h1><p>On the machine of the proxy, make the first person:</p>"
    "<pre><code>smppproxy desk add NAME --role admin -c FILE</code></pre>"
    "<p>FILE is the proxy's configuration. The command asks for a password; then load this page again.</p>"
)
