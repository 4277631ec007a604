"""``smppproxy refusals``: why an account's messages were not accepted, as CSV to hand to the reseller.

It reads beside a proxy that runs, and holds neither recipients nor texts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smppproxy.cli.options import ConfigFile
from smppproxy.cli.registry import Output, instant, telling, whole

if TYPE_CHECKING:
    from smppproxy.app.settings import Settings
    from smppproxy.state.trace import TraceRow

DAY = 86_400.0  # s of one search
PAGE = 100_000  # rows of one search; some 100 MB


def command(
    config: ConfigFile,
    account: Annotated[str, typer.Option("--account", metavar="NAME", help="The reseller's system_id.")],
    first: Annotated[str, typer.Option("--from", metavar="TIME", help="From this day or time on (UTC).")],
    last: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="To this day or time (UTC); now if absent.")
    ] = None,
    reason: Annotated[
        list[str] | None, typer.Option("--reason", metavar="WORD", help="Only this reason; repeatable.")
    ] = None,
    output: Output = None,
) -> None:
    """Write an account's refusals as CSV: time, trace id, code, sender, reason in words, status, what to do.

    Newest first. Recipients and texts are never in it.
    """
    with telling("refusals", as_json=False):
        import time

        from smppproxy.app.settings import load
        from smppproxy.state.errors import InputError
        from smppproxy.state.refusals import REASONS, as_csv

        settings = load(config).settings
        proxy = settings.proxy
        since = float(instant("--from", first, end=False) or 0)
        end = instant("--to", last, end=True)
        until = float(end) if end is not None else time.time()
        if since >= until:
            raise typer.BadParameter("the end lies behind the beginning: --from is later than --to")
        if wrong := [each for each in reason or () if each not in REASONS]:
            raise InputError(f"{wrong[0]!r} is no reason; they are listed in the reference of statuses")
        if not _is_known(settings, account):
            typer.echo(f"note: there is no account {account!r}, in the configuration or in the store", err=True)
        rows = _rows(proxy.state_path, proxy.database, account, tuple(reason or REASONS), since, until)
        if output is None:
            for piece in as_csv(rows):
                sys.stdout.write(piece)
            return
        with whole(output) as file:
            file.writelines(as_csv(rows))


def _is_known(settings: Settings, account: str) -> bool:
    """Whether there is such an account now; one that was removed still has its refusals."""
    from smppproxy.app.settings import stored

    held = stored.held(settings)  # None: the store cannot be read, so nothing is known of its accounts
    return held is None or account in held or any(each.system_id == account for each in settings.accounts)


def _rows(
    state_dir: Path, database: str, account: str, reasons: tuple[str, ...], since: float, until: float
) -> Iterator[TraceRow]:
    """Yield rows, newest first, a day and a page at a time: a report of a month need not fit into memory."""
    from smppproxy.state.trace_query import TraceQuestion, search

    page = PAGE
    while since < until:
        begin = max(since, until - DAY)
        question = TraceQuestion(account=account, reasons=reasons, since=begin, until=until, limit=page)
        rows = search(state_dir, question, database)
        if len(rows) < page:
            yield from rows
            until, page = begin, PAGE
            continue
        # More may lie behind the page's last instant, and other rows of it: the next page begins with all of them.
        last = rows[-1].at
        whole = [row for row in rows if row.at > last]
        yield from whole
        until, page = _after(last), PAGE if whole else page * 2


def _after(instant: float) -> float:
    """Return the least time after one: the end of a search is not part of it."""
    import math

    return math.nextafter(instant, math.inf)
