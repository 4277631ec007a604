"""Why a text was judged as it was: its spans as highlighted text, probabilities, and what every rule found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.routing import Route

from filters.contract import Reason
from filters.reasons import MEANINGS
from smppproxy.admin.desk.door import Door, Visit
from smppproxy.admin.desk.forms import Fields
from smppproxy.admin.desk.html import Child, Html, join, tag
from smppproxy.admin.desk.layout import Page, form
from smppproxy.admin.desk.parts import area, badge, button, facts, field, heading, section, table
from smppproxy.state.desk_persons import Role
from smppproxy.state.errors import StateError

TEXT_LIMIT: Final = 20_000  # characters, as `text.explain` takes them
#: From how far a span moved a class's logit it is shown in the next stronger colour; 1 is a factor of 2.7 in its odds.
STEPS: Final = (0.05, 0.5, 1.5, 3.0)
KIND: Final = 0.2  # least probability of a kind that is shown


def routes(door: Door) -> list[Route]:
    """Return the route."""
    return [door.route("/desk/explain", _ask, _explain, acts=Role.VIEWER)]


async def _ask(visit: Visit) -> Page:
    return _page(visit, visit.given, None)


async def _explain(visit: Visit, given: Fields) -> Page:
    return _page(visit, given, await explained(
        visit, given.lines("text", TEXT_LIMIT), account=given.one("account"), code=given.one("code"),
        sender=given.one("sender"), recipient=given.one("recipient"),
    ))  # fmt: skip


async def explained(visit: Visit, text: str, *, account: str = "", code: str = "", sender: str = "",
                    recipient: str = "") -> Html:  # fmt: skip
    """Return what would become of a message with this text, and what in it weighed. Raises StateError."""
    found = await visit.ask("text.explain", text=text, account=account or None, code=code or None, sender=sender,
                            recipient=recipient)  # fmt: skip
    return join([_decision(found), _judged(found["text"]) if found["text"] is not None else None])


async def explained_or_why_not(visit: Visit, text: str, **identity: str) -> Html:
    """Return the same; where it cannot be told, the sentence that says so."""
    try:
        return await explained(visit, text, **identity)
    except StateError as error:
        return tag("p", f"It cannot be explained now: {error}", class_="alert")


def _page(visit: Visit, given: Fields, found: Html | None) -> Page:
    body = [
        heading("Explain a text"),
        tag("p", "What would become of a message: every rule, the judge, the answer. Nothing is sent or kept."),
        form(
            visit,
            area("Text", "text", value=given.lines("text", TEXT_LIMIT), limit=TEXT_LIMIT, rows=5),
            tag(
                "div",
                field("Account", "account", value=given.one("account"), hint="the first one if empty"),
                field("Code", "code", value=given.one("code"), hint="none if empty"),
                field("Sender", "sender", value=given.one("sender")),
                field("Recipient", "recipient", value=given.one("recipient")),
                class_="row top",
            ),
            button("Explain", style="main"),
            style="stacked broad",
        ),
        tag("div", found, id="explanation") if found is not None else None,
    ]  # fmt: skip
    return Page("Explain a text", "explain", join(body))


def _decision(found: Mapping[str, Any]) -> Html:
    reason = Reason(found["reason"]) if found["reason"] else None
    status = f"{found['status']} {found['status_name']}" if reason is not None else "the carrier's own answer"
    rows = [
        (each["rule"], tag("code", each["reason"]), each["evidence"],
         badge("enforced" if each["enforced"] else "observed only"))
        for each in found["findings"]
    ]  # fmt: skip
    modes = ", ".join(f"{rule} ({mode})" for rule, mode in found["modes"].items())
    return section(
        "What would become of it",
        facts([
            ("Decision", tag("span", badge(found["action"]), " ", tag("code", found["reason"]) if reason else None)),
            ("Answered", status),
            ("What was seen", MEANINGS[reason].what if reason is not None else None),
            ("Account", found["account"]),
            ("Code", found["code"] or "none"),
            ("Let pass so often", "; ".join(found["throttled"]) or None),
        ]),
        table("What the rules found", ("rule", "reason", "what it saw", "effect"), rows,
              empty="No rule found anything.", heard=("effect",)),
        tag("details", tag("summary", "Rules and their modes"), tag("p", modes)),
    )  # fmt: skip


def _judged(text: Mapping[str, Any]) -> Html:
    top, shown, classes = text["top"], text["class"], text["classes"]
    order = sorted(classes, key=lambda name: -float(classes[name]["probability"]))
    rows: list[tuple[Child, ...]] = [
        (name, tag("meter", f"{classes[name]['probability']:.3f}", min=0, max=1, value=classes[name]["probability"]),
         f"{classes[name]['probability']:.3f}", f"{text['thresholds'][name]:.3f}" if name in text["thresholds"] else "")
        for name in order
    ]  # fmt: skip
    kinds = ", ".join(f"{name} {value:.2f}" for name, value in text["kinds"].items() if value >= KIND)
    words = f" Words it never met, or seldom: {', '.join(text['strange_words'])}." if text["strange_words"] else ""
    strange = tag(
        "p", f"The model does not know this language: nothing follows from these numbers.{words}", class_="alert"
    )
    return section(
        "What the judge saw",
        None if text["known_language"] else strange,
        facts([
            ("Judged as", badge(top)),
            ("More closely", kinds or None),
            ("Taken away", ", ".join(f"{name} {count}" for name, count in text["features"].items()) or None),
        ]),
        table("Probability of each class, and from where on it is flagged",
              ("class", "bar", "probability", "threshold"), rows, empty="", numbers=("probability", "threshold"),
              heard=("bar",)),
        tag("h3", f"What moved it most: {shown}"),
        *_weighed(text["normalised"], shown, classes[shown]),
        tag("h3", "The other classes"),
        [tag("details", tag("summary", name), *_weighed(text["normalised"], name, classes[name]))
         for name in order if name != shown],
    )  # fmt: skip


def _weighed(text: str, name: str, moved: Mapping[str, Any]) -> list[Html]:
    """The text with its spans, and the same as numbers: nobody has to tell colours apart."""
    spans = moved["spans"]
    rows = [
        (each["text"], f"{each['weight']:+.2f}", "towards it" if each["weight"] > 0 else "away from it")
        for each in spans
    ]
    sums = f"{moved['rest']:+.2f}, what was taken away {moved['removed']:+.2f}, without any text {moved['bias']:+.2f}"
    return [
        tag("p", highlighted(text, spans), class_="said"),
        tag("p", tag("mark", "underlined", class_="for3"), f" speaks for {name}, ",
            tag("mark", "dotted", class_="against3"), " against it; the stronger the colour, the more it weighs."
            " This is the text as the judge reads it.", class_="hint"),
        tag("details", tag("summary", "As numbers"),
            table("Spans and how far each moved the class (logit)", ("span", "weight", "direction"), rows,
                  empty="No span weighed.", numbers=("weight",), heard=("direction",)),
            tag("p", f"Everything else {sums}.", class_="hint")),
    ]  # fmt: skip


def highlighted(text: str, spans: Sequence[Mapping[str, Any]]) -> Html:
    """Return a text with its spans marked; spans that overlap, or lie outside, are left out."""
    parts: list[Child] = []
    place = 0
    for each in sorted(spans, key=lambda span: int(span["start"])):
        start, end, weight = int(each["start"]), int(each["end"]), float(each["weight"])
        strength = sum(abs(weight) >= step for step in STEPS)
        if not place <= start < end <= len(text) or not strength:
            continue
        side = "for" if weight > 0 else "against"
        parts += [text[place:start], tag("mark", text[start:end], class_=f"{side}{strength}", title=f"{weight:+.2f}")]
        place = end
    return join([*parts, text[place:]])
