"""Messages: found in the trace, and one with its code, its chain of resellers, its finding and its text."""

from __future__ import annotations

import re
from typing import Any, Final

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from filters.contract import Action
from smppproxy.admin.desk.door import Door, Visit
from smppproxy.admin.desk.explaining import explained_or_why_not
from smppproxy.admin.desk.forms import Fields
from smppproxy.admin.desk.html import NOTHING, Child, Html, join, tag
from smppproxy.admin.desk.layout import Page, form
from smppproxy.admin.desk.parts import (
    WHY,
    address,
    area,
    at,
    badge,
    button,
    code_link,
    facts,
    field,
    heading,
    link,
    message_link,
    moment,
    section,
    table,
)
from smppproxy.admin.desk.sanction_list import HEADS, row_of
from smppproxy.state.codes import parse_instant, print_chain
from smppproxy.state.desk_persons import Role
from smppproxy.state.errors import InputError, NotFoundError, StateError
from smppproxy.state.refusals import told
from smppproxy.state.trace import FINGERPRINT, TraceRow, fingerprint
from smppproxy.state.trace_query import TraceQuestion

ROWS: Final = 100  # of a search; who needs more asks for a shorter time, or the command line
SANCTIONS: Final = 5  # of a code, told beside its message
#: What may stand in an address. Numbers of people may not: addresses are kept by browsers and proxies.
PLAIN: Final = ("trace_id", "message_id", "code", "account", "reason", "observed", "text", "since", "until")
_LABELS: Final = {
    "trace_id": "Trace id", "message_id": "Carrier's message id", "recipient": "Recipient", "sender": "Sender",
    "since": "From (day or time, UTC)", "until": "To", "code": "Code", "account": "Account", "reason": "Reason",
    "observed": "Only observed",
}  # fmt: skip
_HEADS: Final = ("time (UTC)", "message", "account", "code", "sender", "action", "reason", "class", "status")
_TRACE_ID: Final = re.compile(r"[0-9a-z-]{1,64}").fullmatch
_HEX: Final = re.compile(r"[0-9a-f]*").fullmatch


def routes(door: Door) -> list[Route]:
    """Return the routes."""
    return [
        door.route("/desk/messages", _search, _ask, acts=Role.VIEWER),
        door.route("/desk/messages/{trace_id}", _show, _act),
    ]


async def _search(visit: Visit) -> Page:
    if visit.given.one("act") == "search":
        return _found(visit, visit.given, None)  # what was asked for was no question
    query = visit.query.only(PLAIN)
    asked = any(query.one(name) for name in PLAIN)
    return _found(visit, query, await visit.backend.search(_question(visit, query)) if asked else None)


async def _ask(visit: Visit, given: Fields) -> Page | Response:
    question = _question(visit, given)
    if not (given.one("recipient") or given.one("sender") or given.one("said", 40_000)):
        return RedirectResponse(address("/desk/messages", **{name: given.one(name) for name in PLAIN}), 303)
    return _found(visit, given, await visit.backend.search(question))


def _question(visit: Visit, given: Fields) -> TraceQuestion:
    """Return what a form asks the trace. Raises InputError."""
    if not any(given.one(name) for name in (*PLAIN, "recipient", "sender")) and not given.one("said", 40_000):
        raise InputError("say what is looked for: one field at least")
    asked: dict[str, Any] = {
        name: given.one(name)
        for name in ("trace_id", "message_id", "code", "account", "sender", "reason", "observed")
        if given.one(name)
    }
    if given.one("since"):
        asked["since"] = float(parse_instant(given.one("since")))
    if given.one("until"):
        asked["until"] = float(parse_instant(given.one("until"), end=True))
    if asked.get("since", 0.0) >= asked.get("until", float("inf")):
        raise InputError("the time looked through ends before it begins")
    if given.one("recipient"):
        asked["recipients"] = visit.backend.recipient_keys(given.one("recipient"))
    if said := given.lines("said", 20_000):
        from filters.text.normalise import prepare  # its tables take a tenth of a second, and few ask for it

        asked["text"] = fingerprint(prepare(said).key)
    elif mark := given.one("text"):
        if len(mark) != 2 * FINGERPRINT or not _HEX(mark):
            raise InputError(f"a fingerprint has {2 * FINGERPRINT} hexadecimal digits")
        asked["text"] = bytes.fromhex(mark)
    return TraceQuestion(**asked, limit=ROWS)


def _found(visit: Visit, given: Fields, rows: list[TraceRow] | None) -> Page:
    fields = [field(label, name, value=given.one(name), autocomplete="off") for name, label in _LABELS.items()]
    mark = given.one("text")
    body = [
        heading("Messages"),
        form(
            visit,
            tag("div", fields, class_="row grid"),
            tag("details", tag("summary", "With the same text"),
                area("A text; messages are found that the judge cannot tell from it", "said",
                     value=given.lines("said", 20_000), limit=20_000, rows=3, needed=False),
                open=bool(given.one("said", 40_000))),
            tag("input", type="hidden", name="text", value=mark) if mark else None,
            button("Find", "search", style="main"),
            style="find",
        ),
        tag("p", "Messages with the same text as the judge reads it.", class_="hint") if mark else None,
        _rows(rows) if rows is not None else None,
    ]  # fmt: skip
    return Page("Messages", "messages", join(body))


def _rows(rows: list[TraceRow]) -> Html:
    shown = [
        (moment(row.at * 1000), message_link(row.trace_id), row.account, code_link(row.code), row.sender,
         badge(row.action), _reasons(row), f"{row.label} {row.score:.2f}" if row.label else "", f"0x{row.status:02X}")
        for row in rows
    ]  # fmt: skip
    most = f"The newest {ROWS}; ask for a shorter time to see others" if len(rows) == ROWS else f"{len(rows)} found"
    return table(most, _HEADS, shown, empty="Nothing in the trace fits all of it.")


def _reasons(row: TraceRow) -> str:
    reasons = [row.reason] if row.reason else []
    return " ".join([*reasons, *(f"({word})" for word in row.observed.split(",") if word)])


async def _show(visit: Visit) -> Page:
    return await _message(visit, await _rows_of(visit), NOTHING)


async def _rows_of(visit: Visit) -> list[TraceRow]:
    trace_id = visit.request.path_params["trace_id"]
    rows = await visit.backend.search(TraceQuestion(trace_id=trace_id, limit=ROWS)) if _TRACE_ID(trace_id) else []
    if not rows:
        raise NotFoundError(f"no message in the trace has the id {trace_id!r:.70}; old rows are deleted in time")
    return rows


async def _message(visit: Visit, rows: list[TraceRow], text: Html) -> Page:
    row = rows[0]
    seen = told(row)
    trace_id = row.trace_id
    body = [
        heading(f"Message {trace_id}", badge(row.action)),
        facts([
            ("Came in", tag("span", moment(row.at * 1000), " UTC")),
            ("Account", row.account),
            ("Code", code_link(row.code) or "none"),
            ("Sender", row.sender),
            ("Recipients", f"{len(rows)}, kept as keyed hashes"),
            ("Route", row.route),
            ("Part", row.segment or None),
            ("Sent on to", row.upstream or "nobody"),
            _id(row),
            ("Answered", f"{seen['status']} {seen['status_name']} after {1000 * row.duration:.3g} ms"),
        ]),
        section(
            "What was found",
            facts([
                ("Reason", tag("code", row.reason) if row.reason else "none: it went on"),
                ("What was seen", seen["what_was_seen"]),
                ("What the sender can do", seen["what_to_do"] or None),
                ("Only observed", row.observed.replace(",", ", ") or None),
                ("Class", f"{row.label}, probability {row.score:.3f}" if row.label else "not judged"),
                ("Model", row.model or None),
            ]),
            tag("p", link("/desk/messages", "Messages with the same text", text=row.text.hex())) if row.text else None,
            _overturn(visit, row),
        ),
        await _sender(visit, row.code) if row.code else None,
        section("Its text", text or (_held(row) if _is_held(row) else _text_form(visit)), name="text"),
    ]  # fmt: skip
    return Page(f"Message {trace_id}", "messages", join(body))


async def _sender(visit: Visit, code: str) -> Html:
    """Who stands behind a code: its owner, the resellers it comes through, what was done about it."""
    try:
        known = (await visit.ask("codes.show", code=code, history=0))["code"]
    except StateError:
        known = None
    found = await visit.ask("sanctions.list", subject=f"code:{code}", limit=SANCTIONS) if known else {"sanctions": []}
    if known is None:
        return section("First sender", tag("p", "Its code ", tag("code", code), " is not in the registry."))
    return section(
        "First sender",
        facts([
            ("Code", tag("span", code_link(code), " ", badge(known["state"]))),
            ("Owner", known["owner"] or "not known"),
            ("Registration number", known["owner_id"] or None),
            ("Comes through", print_chain(known["chain"]) or None),
        ]),
        table("Sanctions of the code", HEADS, [row_of(each) for each in found["sanctions"]],
              empty="No sanction was ever proposed against it.", numbers=("texts", "share"), heard=("number",)),
    )  # fmt: skip


def _is_held(row: TraceRow) -> bool:
    """Whether a message went into quarantine, under an id of ours."""
    return row.action == Action.QUARANTINE and bool(row.message_id)


def _id(row: TraceRow) -> tuple[str, Child]:
    if _is_held(row):
        return "Held under our id", link(at("quarantine", row.message_id), row.message_id)
    return "Carrier's id", row.message_id or None


def _held(row: TraceRow) -> Html:
    told = "What was put into quarantine is kept with the message, as long as it is needed there: "
    return tag("p", told, link(at("quarantine", row.message_id), "the held message"), ".")


def _text_form(visit: Visit) -> Html:
    if not visit.may(Role.DESK):
        return tag("p", "Texts are shown to persons with the role desk.", class_="hint")
    return form(
        visit,
        tag("p", _KEPT),
        field(WHY, "why", value=visit.given.one("why"), needed=True, key="why-text"),
        button("Show and explain the text", "read"),
        style="stacked",
    )  # fmt: skip


_KEPT: Final = (
    "Texts are kept of messages that were refused or reported, where the configuration says so. "
    "The ledger tells who read one, and why."
)


_NOT_KEPT: Final = "It is not kept, or not any longer. The text of a new message comes here some seconds after it."


def _overturn(visit: Visit, row: TraceRow) -> Html | None:
    if not row.label or row.label == "ham" or not visit.may(Role.DESK):
        return None
    return tag(
        "details",
        tag("summary", "The verdict was wrong"),
        form(
            visit,
            tag("p", "It then counts no longer, and a sanction that does not reach its rule without it is taken back."),
            field(WHY, "why", needed=True, key="why-overturn"),
            button("Overturn the verdict", "overturn"),
            style="stacked",
        ),
        open=visit.given.one("act") == "overturn",
    )  # fmt: skip


async def _act(visit: Visit, given: Fields) -> Page | Response:
    rows = await _rows_of(visit)
    why = given.needed("why", "say why; it is kept in the ledger")
    match given.one("act"):
        case "read":
            return await _message(visit, rows, await _text(visit, rows[0], why))
        case "overturn":
            found = await visit.ask("sanctions.overturn", trace_id=rows[0].trace_id, why=why)
            back = ", ".join(f"sanction {each['id']}" for each in found["taken_back"])
            return visit.done("The verdict counts no longer." + (f" Taken back: {back}." if back else ""))
        case _:
            raise InputError("say what is to be done")


async def _text(visit: Visit, row: TraceRow, why: str) -> Html:
    asked = [{"trace_id": row.trace_id, "text": row.text.hex()}]
    found = (await visit.ask("texts.read", messages=asked, why=why))["texts"][0]
    if found["from"] not in ("message", "report"):
        gone = _NOT_KEPT if found["from"] == "nowhere" else f"It is {found['from']}."
        return join([tag("p", gone, class_="alert"), _text_form(visit)])
    source: Child = "The message's own." if found["from"] == "message" else "Of a report of the same text."
    return join([
        tag("blockquote", found["text"]),
        tag("p", source, " The ledger tells that you read it.", class_="hint"),
        await explained_or_why_not(visit, found["text"], account=row.account, code=row.code, sender=row.sender),
    ])  # fmt: skip
