"""What pages are put together from: tables that become cards on a phone, forms with their key, times, badges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from smppproxy.admin.desk.html import NOTHING, Child, Html, join, tag

WHY: Final = "Why (kept in the ledger)"
#: Words that get a colour; all others are grey. The word itself always stands there: nobody has to see colours.
_TONES: Final = {
    "proposed": "warn", "warned": "warn", "held": "warn", "throttle": "warn", "quarantine": "warn", "unknown": "warn",
    "standing": "bad", "refuse": "bad", "suspended": "bad", "struck": "bad", "strike": "bad", "suspend": "bad",
    "swallow": "bad", "dropped": "bad", "refused": "bad", "stopped": "bad",
    "active": "good", "forward": "good", "released": "good", "whole": "good", "ready": "good", "upheld": "good",
}  # fmt: skip


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Child]],
    *,
    empty: str,
    numbers: Iterable[str] = (),
    heard: Iterable[str] = (),
    captioned: bool = True,
) -> Html:
    """Return a table, or the sentence ``empty``; columns named in ``numbers`` stand to the right.

    The heads in ``heard`` are not shown: their cells need none for whoever sees them.

    Without ``captioned`` the caption is only heard: where the heading above says it already.

    Roles are said once more because a style that lays rows out as cards would otherwise take them away.
    """
    right, unseen = frozenset(numbers), frozenset(heard)
    body = [
        tag("tr", [
            tag("td", cell, role="cell", data_label=None if head in unseen else head,
                class_="number" if head in right else None)
            for head, cell in zip(heads, row, strict=True)
        ], role="row")
        for row in rows
    ]  # fmt: skip
    if not body:
        return tag("p", empty, class_="empty")
    top = [
        tag("th", tag("span", head, class_="unseen") if head in unseen else head, scope="col", role="columnheader",
            class_="number" if head in right else None)
        for head in heads
    ]  # fmt: skip
    return tag(
        "table",
        tag("caption", caption, class_=None if captioned else "unseen"),
        tag("thead", tag("tr", top, role="row"), role="rowgroup"),
        tag("tbody", body, role="rowgroup"),
        role="table",
    )


def facts(pairs: Iterable[tuple[str, Child]]) -> Html:
    """Return names and values; a value that is empty is left out with its name."""
    rows = [tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs if value is not None and join(value)]
    return tag("dl", rows, class_="facts") if rows else NOTHING


def badge(word: str) -> Html:
    """Return a word of a closed list."""
    return tag("span", word, class_=f"badge {_TONES.get(word, 'plain')}") if word else NOTHING


def moment(millis: int | float | None) -> Html:
    """Return an instant (Unix milliseconds) in UTC, nothing for None."""
    if millis is None:
        return NOTHING
    try:
        at = datetime.fromtimestamp(millis / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return tag("span", "(beyond the calendar)")
    return tag("time", f"{at:%Y-%m-%d %H:%M:%S}", datetime=f"{at:%Y-%m-%dT%H:%M:%SZ}")


def link(path: str, shown: Child, **query: str) -> Html:
    """Return a link within the desk."""
    return tag("a", shown, href=address(path, **query))


def address(path: str, **query: str) -> str:
    """Return the address of a page; what is empty is left out of its query."""
    given = {name: value for name, value in query.items() if value}
    return path + (f"?{urlencode(given)}" if given else "")


def at(*steps: str) -> str:
    """Return the path of a page of which parts come from data."""
    return "/desk" + "".join(f"/{quote(step, safe='')}" for step in steps)


def code_link(code: str) -> Html:
    """Return a code with the way to its page."""
    return link(at("codes", code), code) if code else NOTHING


def message_link(trace_id: str) -> Html:
    """Return a trace id with the way to its message."""
    return link(at("messages", trace_id), trace_id) if trace_id else NOTHING


def subject_link(subject: str) -> Html:
    """Return whom a sanction is against; a code with the way to its page."""
    kind, _, key = subject.partition(":")
    return tag("span", f"{kind} ", code_link(key) if kind == "code" else key)


def field(
    label: str,
    name: str,
    *,
    value: str = "",
    kind: str = "text",
    hint: str = "",
    needed: bool = False,
    limit: int = 500,
    **more: str | int | bool | None,
) -> Html:
    """Return a labelled field of one line."""
    key = f"f-{more.pop('key', name)}"
    told = tag("span", hint, class_="hint", id=f"{key}-hint") if hint else None
    box = tag(
        "input", id=key, name=name, type=kind, value=value or None, required=needed,
        maxlength=limit if kind in ("text", "password", "search") else None,
        aria_describedby=f"{key}-hint" if hint else None, **more,
    )  # fmt: skip
    return tag("p", tag("label", label, for_=key), box, told, class_="field")


def area(
    label: str, name: str, *, value: str = "", limit: int = 4000, rows: int = 4, needed: bool = True, key: str = ""
) -> Html:
    """Return a labelled field of several lines. A line break behind the tag is no part of the text."""
    key = f"f-{key or name}"
    box = tag("textarea", Html("\n"), value, id=key, name=name, rows=rows, maxlength=limit, required=needed)
    return tag("p", tag("label", label, for_=key), box, class_="field wide")


def select(
    label: str, name: str, options: Mapping[str, str] | Iterable[str], chosen: str = "", *, key: str = ""
) -> Html:
    """Return a labelled choice; options are values with their names, or values alone."""
    named: Mapping[str, str] = options if isinstance(options, Mapping) else {each: each for each in options}
    made = [tag("option", shown, value=value, selected=value == chosen) for value, shown in named.items()]
    key = f"f-{key or name}"
    return tag("p", tag("label", label, for_=key), tag("select", made, id=key, name=name), class_="field")


def tick(label: str, name: str, *, value: str = "yes", on: bool = False) -> Html:
    """Return a labelled box to tick."""
    return tag("p", tag("label", tag("input", type="checkbox", name=name, value=value, checked=on), " ", label),
               class_="field tick")  # fmt: skip


def button(label: str, act: str = "", *, style: str = "", name: str = "act") -> Html:
    """Return a button that sends its form; ``act`` is what the form then asks for."""
    return tag("button", label, type="submit", name=name if act else None, value=act or None, class_=style or None)


def find_form(path: str, *fields: Child, label: str = "Find") -> Html:
    """Return a form that only looks: its fields stand in the address of what it finds."""
    return tag("form", tag("div", fields, button(label), class_="row"), method="get", action=path, role="search",
               class_="find")  # fmt: skip


def heading(title: Child, *beside: Child) -> Html:
    """Return the heading of a page with what stands beside it."""
    return tag("div", tag("h1", title), beside, class_="heading")


def section(title: str, *children: Child, name: str = "") -> Html:
    """Return a part of a page under its heading."""
    return tag("section", tag("h2", title), children, id=name or None)


def history(entries: Sequence[Mapping[str, Any]], *, empty: str = "The ledger tells nothing.") -> Html:
    """Return what the ledger tells, the newest first."""
    rows = [
        (moment(each["at"]), tag("code", each["action"]), each["who"], each["why"], f"{each['entry']}")
        for each in entries
    ]
    return table("Entries of the ledger, the newest first (UTC)", ("time", "what", "who", "why", "entry"), rows,
                 empty=empty, numbers=("entry",))  # fmt: skip


def more(path: str, label: str = "More", **query: str) -> Html:
    """Return the way to the next page."""
    return tag("p", link(path, label, **query), class_="more")
