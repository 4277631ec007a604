"""Persons of the desk, for its admins: who may sign in, and as what."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from smppproxy.admin.desk.door import Door, Visit
from smppproxy.admin.desk.forms import Fields
from smppproxy.admin.desk.html import Html, join, tag
from smppproxy.admin.desk.layout import Page, form
from smppproxy.admin.desk.parts import badge, button, field, heading, moment, section, select, table
from smppproxy.state.desk_persons import PASSWORD_LEAST, PASSWORD_MOST, Role, check_password
from smppproxy.state.errors import InputError

ROLES = {
    "viewer": "viewer: sees",
    "desk": "desk: decides too",
    "admin": "admin: also manages persons",
}


def routes(door: Door) -> list[Route]:
    """Return the route."""
    return [door.route("/desk/persons", _list, _act, sees=Role.ADMIN, acts=Role.ADMIN)]


async def _list(visit: Visit) -> Page:
    persons = (await visit.ask("desk.list"))["persons"]
    rows = [
        (each["name"], badge(each["role"]), moment(each["created_at"]), moment(each["password_at"]), each["who"],
         _changes(visit, each))
        for each in persons
    ]  # fmt: skip
    heads = ("name", "role", "made (UTC)", "password of (UTC)", "changed by", "change")
    given = visit.given
    body = [
        heading("Persons"),
        table("Who may sign in", heads, rows, empty="Nobody."),
        section("Add a person", form(
            visit,
            field("Name", "name", value=given.one("name") if given.one("act") == "add" else "", needed=True, limit=40,
                  hint="a to z, 0 to 9, dots and dashes; the ledger says desk:NAME", autocomplete="off",
                  autocapitalize="none"),
            select("Role", "role", ROLES, given.one("role") or "desk"),
            _password("Password", "new"),
            field("Why (kept in the ledger)", "why", value=given.one("why")),
            button("Add", "add", style="main"),
            style="stacked",
        )),
    ]  # fmt: skip
    return Page("Persons", "persons", join(body))


def _changes(visit: Visit, person: dict[str, Any]) -> Html:
    name = person["name"]
    own = name == visit.session.name
    hidden = tag("input", type="hidden", name="name", value=name)
    return tag(
        "details",
        tag("summary", "change", tag("span", f" {name}", class_="unseen")),
        tag("p", "Your own role is changed by another admin.", class_="hint") if own else form(
            visit, hidden, select("Role", "role", ROLES, person["role"], key=f"role-{name}"),
            button("Give it", "role"), style="stacked",
        ),
        form(visit, hidden, _password("New password", name), button("Set it", "password"), style="stacked"),
        None if own else form(visit, hidden, button("Remove", "remove"), style="stacked"),
    )  # fmt: skip


def _password(label: str, key: str) -> Html:
    return field(label, "password", kind="password", needed=True, limit=PASSWORD_MOST, key=f"password-{key}",
                 hint=f"{PASSWORD_LEAST} characters or more", autocomplete="new-password")  # fmt: skip


async def _act(visit: Visit, given: Fields) -> Response:
    name = given.needed("name", "say who")
    if name == visit.session.name and given.one("act") in ("remove", "role"):
        raise InputError("another admin changes you: the desk must not lose its last one by a click")
    why = given.one("why")
    match given.one("act"):
        case "add":
            made = await _hashed(visit, given)
            role = given.chosen("role", ROLES) or "desk"
            await visit.ask("desk.add", name=name, role=role, password_hash=made, why=why)
            return visit.done(f"{name} may sign in as {role}.")
        case "role":
            role = given.chosen("role", ROLES) or "viewer"
            await visit.ask("desk.role", name=name, role=role, why=why)
            return visit.done(f"{name} is {role} from the next click on.")
        case "password":
            await visit.ask("desk.password", name=name, password_hash=await _hashed(visit, given), why=why)
            return visit.done(f"{name} has another password, and is signed out.")
        case "remove":
            await visit.ask("desk.remove", name=name, why=why)
            return visit.done(f"{name} can sign in no more.")
        case _:
            raise InputError("say what is to be done")


async def _hashed(visit: Visit, given: Fields) -> str:
    password = given.exact("password", 1000)
    check_password(password)
    return await visit.backend.hashed(password)
