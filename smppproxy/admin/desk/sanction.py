"""One sanction: what it rests on, who decided what, and what can be decided now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smppproxy.admin.desk.door import Door, Visit, download
from smppproxy.admin.desk.forms import Fields
from smppproxy.admin.desk.html import NOTHING, Child, Html, join, tag
from smppproxy.admin.desk.layout import Page, form
from smppproxy.admin.desk.parts import (
    WHY,
    area,
    at,
    badge,
    button,
    code_link,
    facts,
    field,
    heading,
    history,
    link,
    message_link,
    moment,
    section,
    subject_link,
    table,
)
from smppproxy.state.desk_persons import Role
from smppproxy.state.errors import InputError, NotFoundError
from smppproxy.state.sanctions.evidence_page import as_json, render
from smppproxy.state.sanctions.rules import Action

VERDICTS: Final = 10  # named on the page; the evidence document has all that are kept
NUMBER: Final = 1 << 62  # ids are below
ACTS: Final = {
    "approve": "Your yes is written down.", "reject": "It is rejected.", "lift": "The measure has ended.",
    "note": "The note is added.", "appeal": "The appeal is written down.",
    "uphold": "The appeal is upheld: the sanction has ended and counts as none.",
    "refuse": "The appeal is rejected; the sanction stays.",
}  # fmt: skip
_BREAKDOWNS: Final = {
    "accounts": "Account", "codes": "Code", "owners": "Owner", "senders": "Sender", "labels": "Class",
    "reasons": "Reason", "routes": "Route", "hosts": "Link host", "clusters": "Cluster of texts", "models": "Model",
}  # fmt: skip


def routes(door: Door) -> list[Route]:
    """Return the routes."""
    return [
        door.route("/desk/sanctions/{number}", _show, _act),
        door.route("/desk/sanctions/{number}/evidence.{form}", _evidence),
    ]


def _number(request: Request) -> int:
    text = request.path_params["number"]
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and int(text) < NUMBER):
        raise NotFoundError(f"there is no sanction {text!r:.40}")
    return int(text)


async def _show(visit: Visit) -> Page:
    number = _number(visit.request)
    found = await visit.ask("sanctions.show", id=number)
    sanction, evidence = found["sanction"], found["sanction"]["evidence"]
    title = f"Sanction {number}"
    here = at("sanctions", str(number))
    body = [
        heading(
            tag("span", title, ": ", Action(sanction["action"]).noun, " of ", subject_link(sanction["subject"])),
            badge(sanction["state"]),
        ),
        facts(_terms(sanction)),
        _appeal(sanction["appeal"]),
        _decisions(visit, sanction) if visit.may(Role.DESK) else None,
        section("What it rests on", facts(_grounds(evidence, found["now"])), _breakdowns(evidence)),
        _verdicts(evidence),
        section("History", history(found["history"])),
        section(
            "Evidence document",
            tag("p", "It stands by itself: grounds, messages, decisions, and the ledger's entries with their hashes."),
            tag("p", link(f"{here}/evidence.html", "Download as HTML"), " · ",
                link(f"{here}/evidence.json", "as JSON")),
        ),
    ]  # fmt: skip
    return Page(title, "sanctions", join(body))


def _terms(sanction: Mapping[str, Any]) -> list[tuple[str, Child]]:
    yes = [
        tag("span", each["who"], " on ", moment(each["at"]), f": {each['why']}" if each["why"] else "", tag("br"))
        for each in sanction["approvals"]
    ]
    how = f"by {sanction['ended_by']} ({sanction['ended_how']})" if sanction["ended_by"] else sanction["ended_how"]
    why = f": {sanction['ended_why']}" if sanction["ended_why"] else ""
    ended = tag("span", moment(sanction["ended_at"]), f" {how}{why}") if sanction["ended_at"] is not None else None
    missing = sanction["needed"] - len(sanction["approvals"])
    waits = f"{missing} of {sanction['needed']} persons" if sanction["state"] == "proposed" else None
    return [
        ("Waits for", waits),
        ("Asked for by", tag("span", sanction["made_by"], " on ", moment(sanction["made_at"]), " UTC")),
        ("Rule", sanction["rule"] + (" (automatic)" if sanction["automatic"] else "") if sanction["rule"] else None),
        ("Why", sanction["why"]),
        ("Approved by", yes or None),
        ("In force since", moment(sanction["began_at"])),
        ("Ends by itself", moment(sanction["ends_at"])),
        ("Ended", ended),
        ("Rate left", f"{sanction['rate']:g} messages a second" if sanction["rate"] else None),
        ("Not in the registry yet", "it is being tried again; the log says why" if sanction["effect"] else None),
    ]


def _grounds(evidence: Mapping[str, Any], now: Mapping[str, Any] | None) -> list[tuple[str, Child]]:
    figures, rule = evidence["figures"], evidence["rule"]
    asked = ""
    if rule:
        parts = [f"{rule['count']} texts"] if rule["count"] else []
        parts += [f"{rule['share']:.2%} of the messages"] if rule["share"] else []
        parts += [f"{rule['recipients']} recipients"] if rule["recipients"] else []
        parts += [f"{rule['suspensions']} suspensions"] if rule["suspensions"] else []
        asked = f"{rule['name']}: {' and '.join(parts)} within {rule['window'] / 3600:g} h"
    of = f" of {figures['messages']:,} messages ({evidence['share']:.2%})" if figures["messages"] else ""
    error = f" (within {figures['recipients_error']:.0%})" if figures["recipients_error"] else ""
    window = tag("span", moment(evidence["window_from"]), " to ", moment(evidence["window_until"]), " UTC")
    scores = evidence["scores"]
    return [
        ("Rule", asked or "none: a person's own decision"),
        ("Window", window),
        ("Malignant texts", f"{figures['verdicts']:,}{of}"),
        ("Different recipients", f"{figures['recipients']:,}{error}" if figures["recipients"] else None),
        ("Scores", f"{scores['lowest']:.3f} to {scores['highest']:.3f}, on average {scores['mean']:.3f}"
         if scores else None),
        ("Earlier suspensions", ", ".join(f"No. {each}" for each in evidence["suspensions"]) or None),
        ("Overturned since", ", ".join(evidence["overturned"]) or None),
        ("The rule counts now", f"{now['verdicts']:,} malignant texts of {now['messages']:,}" if now else None),
    ]  # fmt: skip


def _breakdowns(evidence: Mapping[str, Any]) -> Html:
    tables = [
        tag("div", table(f"By {name.lower()}", (name, "texts"),
                         [(code_link(value) if key == "codes" else value, f"{number:,}")
                          for value, number in evidence[key].items()], empty="", numbers=("texts",)))
        for key, name in _BREAKDOWNS.items()
        if evidence[key]
    ]  # fmt: skip
    return tag("details", tag("summary", "Broken down"), tag("div", tables, class_="columns")) if tables else NOTHING


def _verdicts(evidence: Mapping[str, Any]) -> Html:
    verdicts = evidence["verdicts"]
    if not verdicts:
        return NOTHING
    rows = [
        (moment(each["at"]), message_link(each["trace_id"]), each["account"], each["sender"], each["reason"],
         f"{each['score']:.3f}", each["model"] or each["rule"], badge("stopped" if each["refused"] else "let pass"))
        for each in verdicts[:VERDICTS]
    ]  # fmt: skip
    heads = ("time (UTC)", "message", "account", "sender", "reason", "score", "model or rule", "outcome")
    shown = f"The newest {len(rows)} of {max(evidence['figures']['verdicts'], len(verdicts)):,}"
    return section("Messages", table(shown, heads, rows, empty="", numbers=("score",)))


def _appeal(appeal: Mapping[str, Any] | None) -> Html:
    if appeal is None:
        return NOTHING
    decided = (
        f"{appeal['state']} by {appeal['decided_by']}: {appeal['decided_why']}" if appeal["decided_by"] else "open"
    )
    pairs: list[tuple[str, Child]] = [
        ("Of", appeal["by"]),
        ("Written down", tag("span", "by ", appeal["who"], " on ", moment(appeal["at"]), " UTC")),
        ("Decision", decided),
    ]
    return section("Appeal", tag("blockquote", appeal["text"]), facts(pairs))


def _decisions(visit: Visit, sanction: Mapping[str, Any]) -> Html:
    state, appeal = sanction["state"], sanction["appeal"]
    is_open = appeal is not None and appeal["state"] == "open"
    made = []
    if state == "proposed":
        made.append(_decision(visit, "Approve", "approve", button("Approve", "approve", style="main")))
    if state in ("proposed", "warned"):
        made.append(_decision(visit, "Reject", "reject", button("Reject", "reject")))
    if is_open:
        made.append(_decision(visit, "Decide the appeal", "uphold", button("Uphold: it was wrong", "uphold"),
                              button("Reject the appeal", "refuse")))  # fmt: skip
    if state == "standing":
        made.append(_decision(visit, "Lift it", "lift", button("Lift", "lift")))
    if state in ("standing", "ended") and not is_open:
        made.append(_opened(visit, "Write an appeal down", "appeal", form(
            visit, area("What they say", "text", value=visit.given.one("text", 4000), key="appeal"),
            field("Who appeals", "by", value=visit.given.one("by", 200), needed=True, limit=200),
            button("Write it down", "appeal"), style="stacked",
        )))  # fmt: skip
    made.append(_opened(visit, "Add a note", "note", form(
        visit, area("Note", "note", value=visit.given.one("note", 4000), key="note"), button("Add it", "note"),
        style="stacked",
    )))  # fmt: skip
    return section("Decide", tag("div", made, class_="decisions"), name="decide")


def _decision(visit: Visit, title: str, key: str, *buttons: Html) -> Html:
    given = visit.given.one("why") if visit.given.one("act") == key else ""
    why = field(WHY, "why", value=given, needed=True, key=f"why-{key}")
    return tag("div", tag("h3", title), form(visit, why, tag("p", buttons), style="stacked"))


def _opened(visit: Visit, title: str, act: str, content: Html) -> Html:
    return tag("details", tag("summary", title), content, open=visit.given.one("act") == act)


async def _act(visit: Visit, given: Fields) -> Response:
    act = given.chosen("act", ACTS)
    number = _number(visit.request)
    match act:
        case "approve" | "reject" | "lift":
            answer = await visit.ask(f"sanctions.{act}", id=number, why=_why(given))
        case "uphold" | "refuse":
            answer = await visit.ask("sanctions.decide_appeal", id=number, uphold=act == "uphold", why=_why(given))
        case "appeal":
            text, by = given.lines("text", 4000), given.needed("by", "say who appeals", 200)
            answer = await visit.ask("sanctions.appeal", id=number, text=text, by=by)
        case "note":
            answer = await visit.ask("sanctions.note", id=number, text=given.lines("note", 4000))
        case _:
            raise InputError("say what is to be done")
    told = ACTS[act]
    if act == "approve":
        in_force = answer["sanction"]["state"] == "standing"
        told += " The measure is in force." if in_force else " Another person has to say yes, too."
    return visit.done(told)


def _why(given: Fields) -> str:
    return given.needed("why", "say why; it is kept in the ledger")


async def _evidence(visit: Visit) -> Response:
    number, kind = _number(visit.request), visit.request.path_params["form"]
    if kind not in ("html", "json"):
        raise NotFoundError("an evidence document is HTML or JSON")
    document = (await visit.ask("sanctions.evidence", id=number))["evidence"]
    if kind == "html":
        return download(render(document), f"sanction-{number}.html", "text/html")
    return download(as_json(document), f"sanction-{number}.json", "application/json")
