"""The ledger: its newest entries, and the proof that nobody altered it."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.routing import Route

from smppproxy.admin.desk.door import Door, Visit
from smppproxy.admin.desk.forms import Fields
from smppproxy.admin.desk.html import NOTHING, Html, join, tag
from smppproxy.admin.desk.layout import Page, form
from smppproxy.admin.desk.parts import badge, button, heading, moment, more, table
from smppproxy.state.desk_persons import Role

PAGE: Final = 50  # entries of a page
CONTENT: Final = 2_000  # characters of an entry's content that are shown; evidence may have a hundred times as many


def routes(door: Door) -> list[Route]:
    """Return the route."""
    return [door.route("/desk/ledger", _newest, _verify, acts=Role.VIEWER)]


async def _newest(visit: Visit) -> Page:
    return await _page(visit, NOTHING)


async def _verify(visit: Visit, _: Fields) -> Page:
    proof = await visit.ask("ledger.verify")
    if proof["fault"]:
        told = tag("p", "The ledger was altered: ", proof["fault"], class_="alert", role="alert")
    else:
        told = tag("p", badge("whole"), f" The chain of {proof['entries']:,} entries is unbroken. Its head is ",
                   tag("code", proof["head"]), ".", role="status")  # fmt: skip
    return await _page(visit, told)


async def _page(visit: Visit, proof: Html) -> Page:
    found = await visit.ask("ledger.list", before=visit.query.number("before", 1, 1 << 62), limit=PAGE)
    rows = [
        (f"{each['entry']}", moment(each["at"]), tag("code", each["action"]), each["subject"], each["who"], each["why"],
         _content(each["content"]))
        for each in found["entries"]
    ]  # fmt: skip
    heads = ("entry", "time (UTC)", "what", "about", "who", "why", "content")
    body = [
        heading("Ledger"),
        tag("p", "Every change a person or a rule made. Each entry holds the hash of the one before."),
        form(visit, tag("p", button("Verify the whole chain", "verify"))),
        proof,
        table("Entries, the newest first", heads, rows, empty="Nothing was ever changed.", numbers=("entry",)),
        more("/desk/ledger", "Older", before=str(found["next"])) if found["next"] else None,
    ]
    return Page("Ledger", "ledger", join(body))


def _content(content: object) -> Html:
    text = msgspec.json.encode(content).decode()
    if text in ("{}", "null"):
        return NOTHING
    cut = text[:CONTENT] + (" …" if len(text) > CONTENT else "")
    return tag("details", tag("summary", "show"), tag("code", cut))
