"""``smppproxy stats``: how much was sent and how much of it was spam, by relay, reseller, code, kind and route.

The figures are counted while rows are moved into the trace and kept when the trace is gone, so that half a year is
answered in a second, whether the proxy runs or not.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smppproxy.admin.report.words import Language
from smppproxy.cli.options import ConfigFile
from smppproxy.cli.registry import DryRun, Output, Why, print_json, settle, telling, write_text

if TYPE_CHECKING:
    from smppproxy.admin.report.words import Words
    from smppproxy.state.stats.periods import Span
    from smppproxy.state.stats.report import Report


class Form(StrEnum):
    """How a report is written."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


class Task(StrEnum):
    """What else can be done than to show."""

    RECOUNT = "recount"


class TableName(StrEnum):
    """A table of the report."""

    RELAY = "relay"
    UPSTREAM = "upstream"
    RESELLER = "reseller"
    CODE = "code"
    CLASS = "class"
    ROUTE = "route"
    OUTCOME = "outcome"
    REASON = "reason"


def command(
    config: ConfigFile,
    task: Annotated[
        Task | None, typer.Argument(help="recount: count the days of a span anew from the trace.", show_default=False)
    ] = None,
    month: Annotated[
        str, typer.Option("--month", metavar="YYYY-MM", help="A month; this one if nothing is said.")
    ] = "",
    half: Annotated[str, typer.Option("--half", metavar="YYYY-H1", help="Half a year: 2026-H1 or 2026-H2.")] = "",
    day: Annotated[str, typer.Option("--day", metavar="DATE", help="A day.")] = "",
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day of any range.")] = "",
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Its last day; today if absent.")] = "",
    by: Annotated[
        list[TableName] | None, typer.Option("--by", help="Only this table, in text and CSV; repeatable.")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=10_000, help="Rows of a table; the others as one.")] = 50,
    form: Annotated[Form, typer.Option("--format", help="text, csv, json, or html ready to print.")] = Form.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    language: Annotated[Language, typer.Option("--lang", help="Language of text and html.")] = Language.EN,
    operator: Annotated[str, typer.Option("--operator", metavar="NAME", help="Whose report it is, for html.")] = "",
    output: Output = None,
    dry_run: DryRun = False,
    why: Why = "",
) -> None:
    """Show how messages and spam were distributed, against the span before.

    Spam is what the text filter found, acting or observing. With no span given: this month so far.

    `stats recount` reads the days of a span from the trace and replaces what was counted for them: for days before
    anything was counted, or when counts are doubted. Days that the trace no longer has keep their counts.
    """
    form = Form.JSON if as_json else form
    if task is Task.RECOUNT:
        _recount(config, month, half, day, first, last, why=why, dry_run=dry_run, as_json=form is Form.JSON)
        return
    with telling("stats", form is Form.JSON):
        import msgspec

        from smppproxy.admin.report.words import Words
        from smppproxy.app.settings import load
        from smppproxy.cli.registry import client_of
        from smppproxy.state.stats.report import Report

        offset = load(config).settings.stats.utc_offset
        span = _span(month, half, day, first, last, offset)
        settle(config)
        answer = client_of(config)[0].request(
            "stats.report", kind=span.kind, first=span.first.isoformat(), last=span.last.isoformat(),
            utc_offset=offset, top=top,
        )  # fmt: skip
        report, words = msgspec.convert(answer, Report), Words(language)
        wanted = [str(each) for each in by or TableName]
        match form:
            case Form.JSON:
                _write_json(answer, output)
            case Form.CSV:
                from smppproxy.admin.report.table_csv import as_csv

                write_text(as_csv(report, wanted), output)
            case Form.HTML:
                from smppproxy.admin.report.page import page

                write_text(page(report, words, operator), output)
            case Form.TEXT:
                _print_text(report, words, wanted)


def _recount(
    config: Path, month: str, half: str, day: str, first: str, last: str, *, why: str, dry_run: bool, as_json: bool
) -> None:
    if not (month or half or day or first or last):
        raise typer.BadParameter("say which days: --month, --half, --day, or --from with --to")
    with telling("stats recount", as_json):
        from smppproxy.app.settings import load
        from smppproxy.cli.stats_recount import run

        offset = load(config).settings.stats.utc_offset
        run(config, _span(month, half, day, first, last, offset), why=why, dry_run=dry_run, as_json=as_json)


def _span(month: str, half: str, day: str, first: str, last: str, offset: float) -> Span:
    """Return the span that was asked for. Raises InputError, BadParameter."""
    from datetime import UTC, datetime, timedelta

    from smppproxy.state.stats import periods

    if sum(map(bool, (month, half, day, first or last))) > 1:
        raise typer.BadParameter("one of --month, --half, --day or --from with --to is expected")
    today = (datetime.now(UTC) + timedelta(hours=offset)).date()
    if first or last:
        if not first:
            raise typer.BadParameter("--from is expected with --to")
        return periods.span_of_range(first, last or today.isoformat())
    if half:
        return periods.span_of_half(half)
    if day:
        return periods.span_of_day(day)
    return periods.span_of_month(month or today.isoformat()[:7])


def _write_json(answer: dict[str, object], output: Path | None) -> None:
    import json

    if output is None:
        print_json(answer)
    else:
        write_text(json.dumps(answer, ensure_ascii=False) + "\n", output)


def _print_text(report: Report, words: Words, wanted: list[str]) -> None:
    import sys

    from smppproxy.admin.report.page import changed, percent
    from smppproxy.admin.report.words import days_of
    from smppproxy.cli.tables import print_table
    from smppproxy.state.stats.report import share

    total = report.table("relay").total
    before = days_of(report.before_first.isoformat(), report.before_last.isoformat())
    typer.echo(f"{words('title')}: {words.span(report)}; {words('compared')} {before}; {words.days(report)}")
    for name, now, past in (
        ("messages", total.now.messages, total.before.messages),
        ("spam", total.now.spam, total.before.spam),
        ("malignant", total.now.malignant, total.before.malignant),
        ("blocked", total.now.blocked, total.before.blocked),
    ):
        typer.echo(f"  {words(name)}: {now:,} ({changed(now, past, words)})")
    if report.waiting:
        typer.echo(words("waiting", count=report.waiting))
    for table in report.tables:
        lines = [line for line in table.lines if line.key or table.name != "reason"]
        if table.name not in wanted or not lines:
            continue
        typer.echo(f"\n{words(table.name)}")
        rows = []
        rest = [table.rest] if table.rest is not None else []
        for line in (*lines, *rest):
            now, past = getattr(line.now, table.measure), getattr(line.before, table.measure)
            name = words.key(table.name, line.key) if line is not table.rest else words("rest", members=line.members)
            more = f" ({line.name})" if line.name else ""
            part = percent(share(now, getattr(table.total.now, table.measure)))
            rows.append([name + more, f"{line.now.messages:,}", f"{line.now.spam:,}", part, changed(now, past, words),
                         f"{line.now.blocked:,}"])  # fmt: skip
        heads = (words(f"{table.name}_key"), words("messages"), words("spam"), words(f"share_of_{table.measure}"),
                 words("change"), words("blocked"))  # fmt: skip
        print_table(heads, rows, words=1)
    for name, counts in (("sanctions", report.sanctions), ("reported", report.reported)):
        if counts:
            typer.echo(f"\n{words(name)}")
            rows = [[words.key(name, e.name), f"{e.now:,}", changed(e.now, e.before, words)] for e in counts]
            print_table((words(f"{name}_key"), words("count"), words("change")), rows, words=1)
    if not total.now.messages and sys.stdout.isatty():
        typer.echo(words("none"))
