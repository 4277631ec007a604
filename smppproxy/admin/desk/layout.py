"""The frame around every page: head, navigation, what was done, what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from smppproxy.admin.desk.html import Attribute, Child, Html, tag
from smppproxy.state.desk_persons import Role

if TYPE_CHECKING:
    from smppproxy.admin.desk.door import Visit

NAVIGATION: Final = (
    ("overview", "Overview", "/desk", Role.VIEWER),
    ("sanctions", "Sanctions", "/desk/sanctions", Role.VIEWER),
    ("quarantine", "Quarantine", "/desk/quarantine", Role.VIEWER),
    ("messages", "Messages", "/desk/messages", Role.VIEWER),
    ("explain", "Explain a text", "/desk/explain", Role.VIEWER),
    ("codes", "Codes", "/desk/codes", Role.VIEWER),
    ("statistics", "Statistics", "/desk/statistics", Role.VIEWER),
    ("ledger", "Ledger", "/desk/ledger", Role.VIEWER),
    ("persons", "Persons", "/desk/persons", Role.ADMIN),
)

_DOCTYPE: Final = "<!doctype html>\n"


class Page(NamedTuple):
    """What a person is shown: ``here`` is the part of the desk it belongs to."""

    title: str
    here: str
    body: Html
    status: int = 200


def whole(page: Page, visit: Visit, notice: str = "") -> tuple[str, int]:
    """Return a page of somebody who is signed in, and its status."""
    told = [
        tag("p", notice, class_="notice", role="status") if notice else None,
        tag("p", tag("strong", "Not done: "), visit.error, class_="alert", role="alert") if visit.error else None,
    ]
    links = [
        tag("li", tag("a", name, href=path, aria_current="page" if key == page.here else None))
        for key, name, path, role in NAVIGATION
        if visit.may(role)
    ]
    me = tag(
        "form",
        tag("a", visit.session.name, href="/desk/me"),
        tag("span", f" ({visit.role}) ", class_="hint"),
        key_of(visit),
        tag("button", "Sign out", type="submit", class_="quiet"),
        method="post", action="/desk/sign-out", class_="me",
    )  # fmt: skip
    head = tag("header", tag("a", "smppproxy ", tag("b", "desk"), href="/desk", class_="brand"),
               tag("nav", tag("ul", links), aria_label="Desk"), me)  # fmt: skip
    body = [tag("a", "To the content", href="#content", class_="skip"), head,
            tag("main", told, page.body, id="content", tabindex="-1")]  # fmt: skip
    return _document(page.title, body), page.status


def bare(page: Page) -> tuple[str, int]:
    """Return a page of nobody in particular: the sign-in, a failure."""
    head = tag("header", tag("span", "smppproxy ", tag("b", "desk"), class_="brand"))
    return _document(page.title, [head, tag("main", page.body, id="content", class_="narrow")]), page.status


def failure(told: str, status: int) -> Page:
    """Return the page that says why there is none."""
    title = {403: "Not allowed", 404: "Not found", 500: "A fault", 503: "Not now"}.get(status, "Not done")
    body = [tag("h1", title), tag("p", told, class_="alert", role="alert"),
            tag("p", tag("a", "To the overview", href="/desk"))]  # fmt: skip
    return Page(title, "", Html("".join(body)), status)


def key_of(visit: Visit) -> Html:
    """Return the hidden field that says a form is of this session."""
    return tag("input", type="hidden", name="form_key", value=visit.session.form_key)


def form(visit: Visit, *children: Child, action: str = "", style: str = "", **more: Attribute) -> Html:
    """Return a form of this session, sent to the page it stands on if no other is named."""
    return tag("form", key_of(visit), children, method="post", action=action or visit.path, class_=style or None,
               **more)  # fmt: skip


def _document(title: str, body: Child) -> str:
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{title} · smppproxy desk"),
        tag("link", rel="icon", href="/desk/static/icon.svg"),
        tag("link", rel="stylesheet", href="/desk/static/desk.css"),
        tag("script", src="/desk/static/desk.js", defer=True),
    ]
    return _DOCTYPE + tag("html", tag("head", head), tag("body", body), lang="en")
