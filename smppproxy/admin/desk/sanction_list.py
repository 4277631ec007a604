"""Sanctions: the list, and the form that begins one."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from smppproxy.admin.desk.door import Door, Visit
from smppproxy.admin.desk.forms import Fields
from smppproxy.admin.desk.html import Child, Html, join, tag
from smppproxy.admin.desk.layout import Page, form
from smppproxy.admin.desk.parts import (
    WHY,
    at,
    badge,
    button,
    field,
    find_form,
    heading,
    link,
    moment,
    more,
    select,
    subject_link,
    table,
    tick,
)
from smppproxy.state.desk_persons import Role
from smppproxy.state.errors import InputError
from smppproxy.state.sanctions.records import State
from smppproxy.state.sanctions.rules import POSSIBLE, Action

PAGE: Final = 50  # rows of a page
STATES: Final = {
    "": "to decide and in force", "proposed": "proposed", "standing": "in force", "appealed": "with an open appeal",
    "warned": "warned", "ended": "ended", "rejected": "rejected", "withdrawn": "withdrawn", "all": "all",
}  # fmt: skip
OPEN: Final = (State.WARNED, State.PROPOSED, State.STANDING)
UNITS: Final = {"60": "minutes", "3600": "hours", "86400": "days"}
HEADS: Final = (
    "number",
    "subject",
    "action",
    "state",
    "texts",
    "share",
    "asked for by",
    "since (UTC)",
    "until (UTC)",
    "yes",
)


def routes(door: Door) -> list[Route]:
    """Return the routes."""
    return [
        door.route("/desk/sanctions", _list),
        door.route("/desk/impose", _ask, _impose, sees=Role.DESK),
    ]


async def _list(visit: Visit) -> Page:
    state = visit.query.chosen("state", STATES)
    subject = visit.query.one("subject")
    before = visit.query.number("before", 1, 1 << 62)
    states = [] if state in ("all", "appealed") else [state] if state else [str(each) for each in OPEN]
    found = await visit.ask("sanctions.list", states=states, subject=subject, appealed=state == "appealed",
                            before=before, limit=PAGE)  # fmt: skip
    rows = [row_of(each) for each in found["sanctions"]]
    new = link("/desk/impose", "Begin or propose a measure", subject=subject) if visit.may(Role.DESK) else None
    body = [
        heading("Sanctions", new),
        find_form(
            "/desk/sanctions",
            select("State", "state", STATES, state),
            field("Subject", "subject", value=subject, hint="a code, or account:NAME, sender:NUMBER, owner:…, host:…"),
        ),
        table(
            "Sanctions, the newest first",
            HEADS,
            rows,
            empty="There is none.",
            numbers=("texts", "share"),
            heard=("number",),
        ),
        more("/desk/sanctions", state=state, subject=subject, before=str(found["next"])) if found["next"] else None,
    ]
    return Page("Sanctions", "sanctions", join(body))


def row_of(each: dict[str, Any]) -> tuple[Child, ...]:
    """Return a row of a list of sanctions."""
    figures = each["figures"]
    appeal = each["appeal"]
    open_appeal = tag("span", " ", badge("appeal")) if appeal and appeal["state"] == "open" else None
    since = each["began_at"] if each["began_at"] is not None else each["made_at"]
    until = each["ended_at"] if each["ended_at"] is not None else each["ends_at"]
    return (
        link(at("sanctions", str(each["id"])), f"No. {each['id']}"), subject_link(each["subject"]),
        badge(each["action"]), tag("span", badge(each["state"]), open_appeal), f"{figures['verdicts']:,}",
        f"{figures['share']:.2%}" if figures["messages"] else "", each["rule"] or each["made_by"],
        moment(since), moment(until), f"{len(each['approvals'])} of {each['needed']}",
    )  # fmt: skip


async def _ask(visit: Visit) -> Page:
    given = visit.given
    subject = given.one("subject") or visit.query.one("subject")
    kinds = "; ".join(f"{kind}: {', '.join(actions)}" for kind, actions in POSSIBLE.items())
    body = [
        heading("Begin or propose a measure"),
        form(
            visit,
            field("Against", "subject", value=subject, needed=True,
                  hint="a code, or account:NAME, sender:NUMBER, owner:…, host:…, cluster:…"),
            select("Action", "action", [str(each) for each in Action], given.one("action") or "suspend"),
            tag("details", tag("summary", "What is possible against whom"), tag("p", kinds)),
            duration_fields(given),
            field("Messages a second a throttle leaves", "rate", value=given.one("rate") or "1", kind="number",
                  min="0.001", step="any"),
            tick("Propose it only: another person has to approve it", "propose", on=given.one("propose") == "yes"),
            field(WHY, "why", value=given.one("why"), needed=True),
            button("Go ahead", style="main"),
            style="stacked",
        ),
    ]  # fmt: skip
    return Page("A measure", "sanctions", join(body))


def duration_fields(given: Fields) -> Html:
    """Return the fields of how long a measure lasts."""
    return tag(
        "div",
        field("For how long", "duration", value=given.one("duration"), kind="number", min="1", max="5000",
              hint="empty: until it is lifted; a strike always is"),
        select("Unit", "unit", UNITS, given.one("unit") or "3600"),
        class_="row",
    )  # fmt: skip


async def _impose(visit: Visit, given: Fields) -> Response:
    duration = given.number("duration", 1, 5000)
    unit = int(given.chosen("unit", UNITS) or "3600")
    try:
        rate = float(given.one("rate") or "1")
    except ValueError:
        raise InputError("messages a second: a number such as 5 or 0.5 is expected") from None
    answer = await visit.ask(
        "sanctions.impose",
        subject=given.needed("subject", "say against whom"),
        action=given.chosen("action", [str(each) for each in Action]) or "suspend",
        duration=0 if duration is None else duration * unit,
        rate=rate,
        propose=given.one("propose") == "yes",
        why=given.needed("why", "say why; it is kept in the ledger"),
    )
    made = answer["sanction"]
    told = "is in force" if made["state"] == "standing" else "waits for another person's yes"
    return visit.done(f"Sanction {made['id']} against {made['subject']} {told}.", at("sanctions", str(made["id"])))
