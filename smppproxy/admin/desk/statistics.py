"""The distribution statistics: tables of a span of days, and the files `smppproxy stats` writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from smppproxy.admin.desk.door import Door, Visit, download
from smppproxy.admin.desk.forms import Fields
from smppproxy.admin.desk.html import Child, Html, join, tag
from smppproxy.admin.desk.layout import Page, form
from smppproxy.admin.desk.overview import day_of
from smppproxy.admin.desk.parts import address, button, code_link, facts, field, find_form, heading, section, table
from smppproxy.admin.report import charts
from smppproxy.admin.report.page import ORDER, changed, page, percent
from smppproxy.admin.report.table_csv import as_csv
from smppproxy.admin.report.words import Language, Words, days_of
from smppproxy.state.desk_persons import Role
from smppproxy.state.errors import InputError, NotFoundError
from smppproxy.state.stats import periods
from smppproxy.state.stats.periods import Span
from smppproxy.state.stats.report import Line, Report, Table, share

TOP: Final = 50  # lines of a table; the others as one
SPANS: Final[dict[str, Callable[[str], Span]]] = {
    "month": periods.span_of_month, "half": periods.span_of_half, "day": periods.span_of_day,
}  # fmt: skip
_WORDS: Final = Words(Language.EN)


def routes(door: Door) -> list[Route]:
    """Return the routes."""
    return [
        door.route("/desk/statistics", _show, _settle, acts=Role.VIEWER),
        door.route("/desk/statistics.{form}", _file),
    ]


def _asked(visit: Visit) -> tuple[str, str, Span]:
    """Return which span was asked for, how, and its days; this month where nothing is said. Raises InputError."""
    given = {name: visit.query.one(name) for name in SPANS if visit.query.one(name)}
    if len(given) > 1:
        raise InputError("one of month, half year or day is expected")
    name, text = next(iter(given.items()), ("month", day_of(visit.now, visit.backend.utc_offset)[:7]))
    return name, text, SPANS[name](text)


async def _answer(visit: Visit, span: Span) -> dict[str, Any]:
    return await visit.ask("stats.report", kind=span.kind, first=span.first.isoformat(), last=span.last.isoformat(),
                           utc_offset=visit.backend.utc_offset, top=TOP)  # fmt: skip


async def _show(visit: Visit) -> Page:
    name, text, span = _asked(visit)
    report = msgspec.convert(await _answer(visit, span), Report)
    files = [
        tag("a", form_.upper(), href=address(f"/desk/statistics.{form_}", **{name: text}))
        for form_ in ("html", "csv", "json")
    ]
    total = report.table("relay").total
    figures = [
        (_WORDS(key).capitalize(), f"{now:,} ({changed(now, past, _WORDS)})")
        for key, now, past in (
            ("messages", total.now.messages, total.before.messages),
            ("spam", total.now.spam, total.before.spam),
            ("malignant", total.now.malignant, total.before.malignant),
            ("blocked", total.now.blocked, total.before.blocked),
        )
    ]
    before = days_of(report.before_first.isoformat(), report.before_last.isoformat())
    body = [
        heading("Statistics"),
        tag(
            "div",
            find_form("/desk/statistics", field("Month", "month", value=text if name == "month" else "", kind="month",
                                                placeholder="2026-10"), label="Show"),
            find_form("/desk/statistics", field("Half year", "half", value=text if name == "half" else "",
                                                placeholder="2026-H2"), label="Show"),
            find_form("/desk/statistics", field("Day", "day", value=text if name == "day" else "", kind="date",
                                                placeholder="2026-10-31"), label="Show"),
            class_="spans",
        ),
        tag("h2", _WORDS.span(report)),
        tag("p", f"Compared with {before}; {_WORDS.days(report)}. As a file: ", [(each, " ") for each in files]),
        _waiting(visit, report),
        facts(figures),
        _course(report),
        [_table(report.table(each)) for each in ORDER],
        _counts("Sanctions", "sanctions", report), _counts("Reported by people", "reported", report),
    ]  # fmt: skip
    return Page("Statistics", "statistics", join(body))


def _waiting(visit: Visit, report: Report) -> Html:
    waits = f"{report.waiting} files of the trace are still to be counted. " if report.waiting else ""
    told = f"{waits}What was sent in the last minutes may be missing."
    here = visit.path + (f"?{visit.request.url.query}" if visit.request.url.query else "")
    now = button("Count it now", "settle", style="quiet")
    return form(visit, tag("div", tag("p", told, class_="hint"), now, class_="row level"), action=here)


def _course(report: Report) -> Html | None:
    classes = [name for name in charts.COLOURS if any(step.spam.get(name) for step in report.steps)]
    if not classes or len(report.steps) < 2:
        return None
    months = len(report.steps[0].period) == 7
    title = _WORDS("course_months" if months else "course_days")
    labels = [step.period if months else step.period[5:] for step in report.steps]
    legend = [
        tag("li", tag("svg", tag("rect", width=10, height=10, fill=charts.colour(name)), viewBox="0 0 10 10",
                      aria_hidden="true"), _WORDS.key("class", name))
        for name in classes
    ]  # fmt: skip
    picture = Html(charts.stacked(labels, [step.spam for step in report.steps], classes, title))
    return section(title, tag("ul", legend, class_="legend"), picture)


def _table(found: Table) -> Html | None:
    lines = [line for line in found.lines if line.key or found.name != "reason"]
    if not lines or (found.name == "upstream" and len(lines) < 2):
        return None
    measured = found.measure
    heads = (_WORDS(f"{found.name}_key"), "messages", "spam", _WORDS(f"share_of_{measured}"), "change", "blocked")
    whole = getattr(found.total.now, measured)

    def row(line: Line, name: Child) -> tuple[Child, ...]:
        now, past = getattr(line.now, measured), getattr(line.before, measured)
        return (name, f"{line.now.messages:,}", f"{line.now.spam:,}", percent(share(now, whole)),
                changed(now, past, _WORDS), f"{line.now.blocked:,}")  # fmt: skip

    rows = [row(line, _named(found.name, line)) for line in lines]
    if found.rest is not None:
        rows.append(row(found.rest, _WORDS("rest", members=f"{found.rest.members:,}")))
    if found.name != "reason":
        rows.append(row(found.total, tag("strong", _WORDS("total"))))
    title = _WORDS(found.name)
    return section(title, table(title, heads, rows, empty="", numbers=heads[1:], captioned=False))


def _named(name: str, line: Line) -> Child:
    shown = _WORDS.key(name, line.key)
    if name != "code" or not line.key or line.key == "*":
        return shown
    return tag("span", code_link(line.key), f" {line.name}" if line.name else "")


def _counts(title: str, name: str, report: Report) -> Html | None:
    counts = report.sanctions if name == "sanctions" else report.reported
    if not counts:
        return None
    rows = [(_WORDS.key(name, each.name), f"{each.now:,}", changed(each.now, each.before, _WORDS)) for each in counts]
    heads = (_WORDS(f"{name}_key"), "count", "change")
    return section(title, table(title, heads, rows, empty="", numbers=heads[1:], captioned=False))


async def _settle(visit: Visit, _: Fields) -> Response:
    told = await visit.ask("trace.settle", utc_offset=visit.backend.utc_offset)
    late = bool(told["waiting"] or told["silent"])
    name, text, _span = _asked(visit)
    return visit.done(
        "Not all could be counted yet; the log says why: trace_not_moved." if late else "All that was sent is counted.",
        **{name: text},
    )


async def _file(visit: Visit) -> Response:
    form_ = visit.request.path_params["form"]
    _, text, span = _asked(visit)
    if form_ not in ("html", "csv", "json"):
        raise NotFoundError("the statistics are written as HTML, CSV or JSON")
    answer = await _answer(visit, span)
    file = f"statistics-{text}.{form_}"
    if form_ == "json":
        return download(msgspec.json.encode(answer).decode() + "\n", file, "application/json")
    report = msgspec.convert(answer, Report)
    if form_ == "csv":
        return download(as_csv(report, [each.name for each in report.tables]), file, "text/csv")
    return download(page(report, _WORDS), file, "text/html")
