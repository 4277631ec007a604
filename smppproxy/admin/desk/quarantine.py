"""Messages held for a person: the list, one of them, and what becomes of some at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from smppproxy.admin.desk.door import Door, Visit
from smppproxy.admin.desk.explaining import explained_or_why_not
from smppproxy.admin.desk.forms import Fields
from smppproxy.admin.desk.html import NOTHING, Child, Html, join, tag
from smppproxy.admin.desk.layout import Page, form
from smppproxy.admin.desk.parts import (
    WHY,
    at,
    badge,
    button,
    code_link,
    facts,
    field,
    find_form,
    heading,
    link,
    message_link,
    moment,
    more,
    section,
    select,
    table,
    tick,
)
from smppproxy.state.desk_persons import Role
from smppproxy.state.errors import InputError

PAGE: Final = 100  # rows of a page, and messages of one decision
STATES: Final = {
    "held": "held", "unknown": "fate unknown", "releasing": "being released", "sending": "being sent",
    "released": "released", "refused": "refused by the carrier", "dropped": "dropped", "expired": "expired",
    "all": "all",
}  # fmt: skip
OPEN: Final = ("held", "unknown")  # what can still be decided
_HEADS: Final = ("came in (UTC)", "message", "state", "account", "code", "sender", "reason", "expires (UTC)")


def routes(door: Door) -> list[Route]:
    """Return the routes."""
    return [
        door.route("/desk/quarantine", _list, _decide),
        door.route("/desk/quarantine/{message_id}", _show, _act),
    ]


async def _list(visit: Visit) -> Page:
    query = visit.query
    state = query.chosen("state", STATES) or "held"
    asked = {name: query.one(name) for name in ("account", "code", "reason")}
    found = await visit.ask("quarantine.list", state="" if state == "all" else state, after=query.one("after"),
                            limit=PAGE, **asked)  # fmt: skip
    decides = visit.may(Role.DESK) and state in OPEN and bool(found["messages"])
    chosen = visit.given.many("id")
    rows = [_row(each, chosen if decides else None) for each in found["messages"]]
    heads = (*(["choose"] if decides else []), *_HEADS)
    listed = table("In the order they came in", heads, rows, heard=("choose",),
                   empty="Nothing is held." if state == "held" else "None.")  # fmt: skip
    here = visit.path + (f"?{visit.request.url.query}" if visit.request.url.query else "")
    body = [
        heading("Quarantine"),
        find_form(
            "/desk/quarantine",
            select("State", "state", STATES, state),
            field("Account", "account", value=asked["account"]),
            field("Code", "code", value=asked["code"]),
            field("Reason", "reason", value=asked["reason"], hint="such as text_smishing"),
        ),
        _deciding(visit, listed, here, state) if decides else listed,
        more("/desk/quarantine", state=state, after=found["next"], **asked) if found["next"] else None,
    ]
    return Page("Quarantine", "quarantine", join(body))


def _row(each: Mapping[str, Any], chosen: list[str] | None) -> tuple[Child, ...]:
    name = each["message_id"]
    box: tuple[Child, ...] = ()
    if chosen is not None:
        box = (
            tag("input", type="checkbox", name="id", value=name, checked=name in chosen, aria_label=f"choose {name}"),
        )
    part = tag("span", " part ", each["segment"], class_="hint") if each["segment"] else None
    return (
        *box, moment(each["at"]), tag("span", link(at("quarantine", name), name), part), badge(each["state"]),
        each["account"], code_link(each["code"]), each["sender"], each["reason"],
        moment(each["expires_at"]) if each["state"] in OPEN else "",
    )  # fmt: skip


def _deciding(visit: Visit, listed: Html, here: str, state: str) -> Html:
    given = visit.given
    return form(
        visit,
        listed,
        tag(
            "div",
            tag("h2", "Decide about those chosen"),
            field(WHY, "why", value=given.one("why"), needed=True),
            _again(given, state),
            _receipts(given),
            tag("p", button("Release: send them after all", "release", style="main"), " ",
                button("Drop: never send them", "drop")),
            class_="find",
        ),
        action=here, data_choose=True,
    )  # fmt: skip


def _again(given: Fields, state: str) -> Html | None:
    if state != "unknown":
        return None
    told = "Send it though nobody knows whether the carrier has it already: it may be sent twice"
    return tick(told, "again", on=given.one("again") == "yes")


def _receipts(given: Fields) -> Html:
    on = not given.one("act") or given.one("receipts") == "yes"
    return tick("Tell clients that asked for a receipt that a message was dropped", "receipts", on=on)


async def _decide(visit: Visit, given: Fields) -> Response:
    chosen = given.many("id")
    if not chosen:
        raise InputError("choose one message at least")
    told = await _decided(visit, given, chosen)
    return visit.done(told, state=visit.query.one("state"), account=visit.query.one("account"),
                      code=visit.query.one("code"), reason=visit.query.one("reason"))  # fmt: skip


async def _decided(visit: Visit, given: Fields, chosen: list[str]) -> str:
    """Release or drop messages, and return what was done."""
    why = given.needed("why", "say why; it is kept in the ledger")
    match given.one("act"):
        case "release":
            again = given.one("again") == "yes"
            found = await visit.ask("quarantine.release", message_ids=chosen, again=again, why=why)
            return f"{_messages(found, chosen)} will be sent."
        case "drop":
            receipts = given.one("receipts") == "yes"
            found = await visit.ask("quarantine.drop", message_ids=chosen, receipts=receipts, why=why)
            return f"{_messages(found, chosen)} will never be sent."
        case _:
            raise InputError("say what is to be done")


def _messages(found: Mapping[str, Any], chosen: list[str]) -> str:
    number = len(found["messages"])
    parts = ", with the other parts of their texts," if number > len(chosen) else ""
    return "1 message" if number == 1 else f"{number} messages{parts}"


async def _show(visit: Visit) -> Page:
    found = await visit.ask("quarantine.show", message_id=visit.request.path_params["message_id"])
    return _message(visit, found, NOTHING)


def _message(visit: Visit, found: Mapping[str, Any], content: Html) -> Page:
    message = found["message"]
    name, state = message["message_id"], message["state"]
    decided = tag("span", moment(message["changed_at"]), f" UTC by {message['who']}") if message["who"] else None
    body = [
        heading(f"Held message {name}", badge(state)),
        facts([
            ("Came in", tag("span", moment(message["at"]), " UTC")),
            ("Expires", tag("span", moment(message["expires_at"]), " UTC") if state in OPEN else None),
            ("Account", message["account"]),
            ("Code", code_link(message["code"]) or "none"),
            ("Sender", message["sender"]),
            ("Recipients", f"{message['recipients']:,}"),
            ("Part", message["segment"] or None),
            ("Held for", tag("span", tag("code", message["reason"]), " ", message["evidence"] or message["rule"])),
            ("Message", message_link(message["trace_id"]) or None),
            ("Decided", decided),
            ("Why", message["why"] or None),
            ("Attempts", f"{message['attempts']}" if message["attempts"] else None),
            ("Outcome", message["told"] or None),
            ("Answered", f"0x{message['status']:02X}" if message["status"] else None),
            ("Carrier's id", message["carrier_id"] or None),
            ("Receipt", message["receipt"].replace("_", " ") or None),
        ]),
        _decision(visit, state) if visit.may(Role.DESK) and state in OPEN else None,
        section("Recipients and text", content or _content_form(visit, found["kept"]), name="text"),
    ]  # fmt: skip
    return Page(f"Held message {name}", "quarantine", join(body))


def _decision(visit: Visit, state: str) -> Html:
    given = visit.given
    return section(
        "Decide",
        form(
            visit,
            field(WHY, "why", value=given.one("why"), needed=True),
            _again(given, state),
            _receipts(given),
            tag("p", button("Release", "release", style="main"), button("Drop", "drop")),
            style="stacked",
        ),
    )  # fmt: skip


def _content_form(visit: Visit, kept: bool) -> Html:
    if not kept:
        return tag("p", "They are no longer kept.")
    if not visit.may(Role.DESK):
        return tag("p", "They are shown to persons with the role desk.", class_="hint")
    return form(
        visit,
        tag("p", "They are personal data: the ledger tells who read them, and why."),
        field(WHY, "why", needed=True, key="why-read"),
        button("Show recipients and text", "read"),
        style="stacked",
    )


async def _act(visit: Visit, given: Fields) -> Page | Response:
    name = visit.request.path_params["message_id"]
    if given.one("act") != "read":
        return visit.done(await _decided(visit, given, [name]))
    why = given.needed("why", "say why; it is kept in the ledger")
    found = await visit.ask("quarantine.show", message_id=name, content=True, why=why)
    if "text" not in found:
        return _message(visit, found, NOTHING)
    message = found["message"]
    shown = facts([("Recipients", ", ".join(found["recipients"]))])
    explained = await explained_or_why_not(
        visit, found["text"], account=message["account"], code=message["code"], sender=message["sender"]
    )
    read = tag("p", "The ledger tells that you read it.", class_="hint")
    return _message(visit, found, join([shown, tag("blockquote", found["text"]), read, explained]))
