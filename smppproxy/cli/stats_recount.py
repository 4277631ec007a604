"""``smppproxy stats recount``: count days anew from the trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from smppproxy.cli.registry import client_of, print_json, settle, who
from smppproxy.cli.steps import steps
from smppproxy.cli.tables import print_table

if TYPE_CHECKING:
    from smppproxy.state.client import Client
    from smppproxy.state.stats.counting import Counts
    from smppproxy.state.stats.periods import Span
    from smppproxy.state.trace_days import TraceDays


def run(config: Path, span: Span, *, why: str, dry_run: bool, as_json: bool) -> None:
    """Count each day of a span anew and tell what became of it. Raises StateError; Exit(1) where no day could be."""
    import time

    from smppproxy.app.settings import load
    from smppproxy.state.stats.recount import counted, obstacle
    from smppproxy.state.trace_days import open_trace
    from smppproxy.state.trace_mover import SPOOL

    settings = load(config).settings
    offset = round(settings.stats.utc_offset * 3600)
    spool = settings.proxy.state_path / SPOOL
    settle(config)
    client = client_of(config)[0]
    told: list[dict[str, Any]] = []
    with closing(open_trace(settings.proxy.state_path, settings.proxy.database)) as trace, steps() as progress:
        there = trace.days()
        for day in _days(span):
            if why_not := obstacle(day, there, spool, offset, time.time()):
                told.append({"day": day.isoformat(), "why_not": why_not})
            else:
                told.append(_one(client, trace, day, counted, offset, progress, why=why, dry_run=dry_run))
    if as_json:
        print_json({"days": told, "dry_run": dry_run})
    else:
        _print(told, dry_run)
    if told and all("why_not" in each for each in told):
        raise typer.Exit(1)


def _one(
    client: Client, trace: TraceDays, day: date, counted: Any, offset: int, progress: Any, *, why: str, dry_run: bool
) -> dict[str, Any]:
    import json

    read = 0

    def tell(rows: int) -> None:
        nonlocal read
        read += rows
        progress(f"{day}: rows of the trace", read, 0)

    counts: Counts = counted(trace, day, offset, tell)
    given = [(*heading[1:], *pair) for heading, pair in sorted(counts.items())]
    text = json.dumps(given, ensure_ascii=False)
    return client.request("stats.recount", who=who(), day=day.isoformat(), text=text, why=why, dry_run=dry_run)


def _print(told: list[dict[str, Any]], dry_run: bool) -> None:
    done = "would change" if dry_run else "changed"
    rows = [
        [each["day"], f"{each['before']:,}", f"{each['after']:,}", done if each["changed"] else "as it was"]
        for each in told
        if "why_not" not in each
    ]
    if rows:
        print_table(("day", "messages before", "in the trace", ""), rows)
    for why_not, first, last in _ranges(told):
        days = first if first == last else f"{first} to {last}"
        typer.echo(f"{days}: not counted anew: {why_not}", err=True)
    if any(each.get("changed") for each in told) and dry_run:
        typer.echo("nothing was changed; without --dry-run it is")


def _ranges(told: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """What stands in the way, each reason once for days that follow one another."""
    open_: list[str] = []
    for each in [*told, {}]:
        why_not = each.get("why_not", "")
        if open_ and why_not == open_[0]:
            open_[2] = each["day"]
            continue
        if open_:
            yield open_[0], open_[1], open_[2]
        open_ = [why_not, each["day"], each["day"]] if why_not else []


def _days(span: Span) -> Iterator[date]:
    day = span.first
    while day <= span.last:
        yield day
        day += timedelta(days=1)
