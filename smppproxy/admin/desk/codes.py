"""First senders' codes: found, shown with their history, suspended, freed, struck out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from filters.ports import CodeState
from smppproxy.admin.desk.door import Door, Visit
from smppproxy.admin.desk.forms import Fields
from smppproxy.admin.desk.html import Child, Html, join, tag
from smppproxy.admin.desk.layout import Page, form
from smppproxy.admin.desk.parts import (
    WHY,
    badge,
    button,
    code_link,
    facts,
    field,
    find_form,
    heading,
    history,
    link,
    moment,
    more,
    section,
    select,
    table,
    tick,
)
from smppproxy.admin.desk.sanction_list import HEADS, row_of
from smppproxy.state.codes import print_chain
from smppproxy.state.desk_persons import Role
from smppproxy.state.errors import InputError

PAGE: Final = 50  # rows of a page
HISTORY: Final = 50  # entries of the ledger shown of a code
SANCTIONS: Final = 20  # shown of a code
ACTS: Final = {"suspend": "is suspended", "strike": "is struck out", "resume": "is free again"}
_HEADS: Final = ("code", "state", "owner", "registration number", "comes through", "changed (UTC)")


def routes(door: Door) -> list[Route]:
    """Return the routes."""
    return [door.route("/desk/codes", _list), door.route("/desk/codes/{code:path}", _show, _act)]


async def _list(visit: Visit) -> Page:
    query = visit.query
    states = ["", *map(str, CodeState)]
    state = query.chosen("state", states)
    asked = {name: query.one(name) for name in ("prefix", "owner", "owner_id")}
    found = await visit.ask("codes.list", state=state or None, after=query.one("after"), limit=PAGE, **asked)
    rows = [
        (code_link(each["code"]), badge(each["state"]), each["owner"], each["owner_id"], print_chain(each["chain"]),
         moment(each["changed_at"]))
        for each in found["codes"]
    ]  # fmt: skip
    body = [
        heading("Codes"),
        find_form(
            "/desk/codes",
            field("Code begins with", "prefix", value=asked["prefix"]),
            field("Owner's name holds", "owner", value=asked["owner"]),
            field("Registration number", "owner_id", value=asked["owner_id"]),
            select("State", "state", {each: each or "any" for each in states}, state),
        ),
        table("Codes in order", _HEADS, rows, empty="No code of the registry fits all of it."),
        more("/desk/codes", state=state, after=found["next"], **asked) if found["next"] else None,
    ]
    return Page("Codes", "codes", join(body))


async def _show(visit: Visit) -> Page:
    code = visit.request.path_params["code"]
    found = await visit.ask("codes.show", code=code, history=HISTORY)
    known = found["code"]
    sanctions = (await visit.ask("sanctions.list", subject=f"code:{code}", limit=SANCTIONS))["sanctions"]
    until = tag("span", " until ", moment(known["rate_until"] * 1000)) if known["rate_until"] is not None else None
    links = [link("/desk/messages", "Its messages", code=code)]
    if visit.may(Role.DESK):
        links.append(link("/desk/impose", "Begin or propose a measure", subject=f"code:{code}"))
    body = [
        heading(f"Code {code}", badge(known["state"]), *links),
        facts([
            ("Owner", known["owner"] or "not known"),
            ("Registration number", known["owner_id"] or None),
            ("Comes through", print_chain(known["chain"]) or None),
            ("Valid from", _instant(known["valid_from"])),
            ("Valid until", _instant(known["valid_until"])),
            ("Registered", _instant(known["registered_at"] or None)),
            ("Throttle", tag("span", f"{known['rate']:g} messages a second", until) if known["rate"] else None),
            ("Changed", tag("span", moment(known["changed_at"]), f" UTC by {known['who']}")),
            ("Why", known["why"] or None),
        ]),
        _decisions(visit, known) if visit.may(Role.DESK) else None,
        section("Sanctions", table("Sanctions of the code, the newest first", HEADS, map(row_of, sanctions),
                                   empty="None was ever proposed.", numbers=("texts", "share"), heard=("number",))),
        section("History", history(found["history"])),
    ]  # fmt: skip
    return Page(f"Code {code}", "codes", join(body))


def _instant(seconds: int | None) -> Html | None:
    return None if seconds is None else tag("span", moment(seconds * 1000), " UTC")


def _decisions(visit: Visit, known: Mapping[str, Any]) -> Html:
    state = known["state"]
    struck = state == CodeState.STRUCK
    why = field(WHY, "why", value=visit.given.one("why"), needed=True)
    buttons: list[Child] = []
    if state in (CodeState.ACTIVE, CodeState.INACTIVE):
        buttons.append(button("Suspend", "suspend", style="main"))
    if not struck:
        buttons.append(button("Strike out", "strike"))
    if state in (CodeState.SUSPENDED, CodeState.STRUCK):
        buttons.append(button("Let it send again", "resume", style="main"))
    lift = tick("It was struck out; I mean to lift that", "lift_strike") if struck else None
    told = "In force with the next message, on every account. A measure of the sanctions keeps evidence besides."
    return section("Decide", form(visit, tag("p", told, class_="hint"), why, lift, tag("p", buttons), style="stacked"))


async def _act(visit: Visit, given: Fields) -> Response:
    code = visit.request.path_params["code"]
    act = given.chosen("act", ACTS)
    if not act:
        raise InputError("say what is to be done")
    more_of = {"lift_strike": given.one("lift_strike") == "yes"} if act == "resume" else {}
    why = given.needed("why", "say why; it is kept in the ledger")
    answer = await visit.ask(f"codes.{act}", code=code, why=why, **more_of)
    return visit.done(f"Code {code} {ACTS[act]}." if answer["changed"] else "There was nothing to do.")
