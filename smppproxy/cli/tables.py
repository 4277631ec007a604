"""How commands show tables and progress: with lines and colours on a terminal, plain text for a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer

from smppproxy.state.codes import print_chain, print_instant

STYLES = {
    "active": "green",
    "inactive": "yellow",
    "suspended": "red",
    "struck": "bold red",
    "blacklisted": "bold red",
    "protected": "red",
    "theft_blocked": "red",
}


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], styles: dict[str, str] | None = None, *, words: int = 99
) -> None:
    """Print rows: a table on a terminal, else tab-separated lines without a head.

    The first ``words`` columns are words, those behind them numbers, which stand at the right.
    """
    if not sys.stdout.isatty():
        for row in rows:
            typer.echo("\t".join(row))
        return
    from rich.console import Console  # a tenth of a second, which a pipe need not wait for
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number < words else "right")
    for row in rows:
        table.add_row(*(f"[{styles[cell]}]{cell}[/]" if styles and cell in styles else _escaped(cell) for cell in row))
    Console().print(table)


def print_codes(codes: Sequence[dict[str, Any]]) -> None:
    """Print a list of codes."""
    columns = ("code", "state", "owner", "from", "until", "why", "owner id", "chain", "throttle")
    print_table(columns, [[*_code_row(each), *_code_more(each)] for each in codes], STYLES)


def print_code(found: dict[str, Any]) -> None:
    """Print one code and its history."""
    code = found["code"]
    named = ("code", "state", "owner", "valid from", "valid until", "why")
    lines = [*zip(named, _code_row(code), strict=True)]
    lines += zip(("owner id", "chain", "throttle"), _code_more(code), strict=True)
    lines += [
        ("last change", f"{print_instant(code['changed_at'] // 1000)} by {code['who']}"),
        ("registered", print_instant(code["registered_at"])),
    ]
    for name, value in lines:
        if value:
            typer.echo(f"{name + ':':13}{value}")
    print_history(found["history"])


def print_senders(senders: Sequence[dict[str, Any]]) -> None:
    """Print a list of senders."""
    columns = ("number", "state", "codes", "accounts", "from", "until", "state until", "evidence", "why")
    print_table(columns, [_sender_row(each) for each in senders], STYLES)


def print_sender(found: dict[str, Any]) -> None:
    """Print one sender and its history."""
    sender = found["sender"]
    named = ("number", "state", "codes", "accounts", "valid from", "valid until", "state until", "evidence", "why")
    lines = [*zip(named, _sender_row(sender), strict=True)]
    lines += [("last change", f"{print_instant(sender['changed_at'] // 1000)} by {sender['who']}")]
    for name, value in lines:
        if value:
            typer.echo(f"{name + ':':13}{value}")
    if not sender["registered"]:
        typer.echo("nobody registered it: it is known for its state only")
    print_history(found["history"])


def print_accounts(accounts: Sequence[dict[str, Any]]) -> None:
    """Print a list of accounts."""
    columns = ("account", "state", "upstream", "codes", "binds", "window", "rate", "password", "why")
    rows = []
    for each in accounts:
        keys = each["settings"]
        shown = [_shown("", keys.get(name, default)) for name, default in _ACCOUNT_DEFAULTS.items()]
        rows.append([each["system_id"], each["state"], *shown, each["password"], each["why"]])
    print_table(columns, rows, STYLES)


def print_account(found: dict[str, Any]) -> None:
    """Print one account, the keys it was given, and its history."""
    account = found["account"]
    lines = [("account", account["system_id"]), ("state", account["state"]), ("password", account["password"])]
    lines += [(name, _shown("", value)) for name, value in account["settings"].items()]
    changed = print_instant(account["changed_at"] // 1000)
    lines += [("why", account["why"]), ("last change", f"{changed} by {account['who']}")]
    for name, value in lines:
        if value:
            typer.echo(f"{name + ':':13}{value}")
    print_history(found["history"])


_ACCOUNT_DEFAULTS = {"upstream": "", "codes": "*", "max_binds": 10, "window": 1000, "rate": 0}


def print_list(found: dict[str, Any]) -> None:
    """Print a list, its versions and its entries."""
    record = found["list"]
    typer.echo(f"{record['name']}: {record['kind']}, {record['entries']} entries, version {record['version']}")
    if record["about"]:
        typer.echo(record["about"])
    for each in found["versions"]:
        counts = f"+{each['added']} ~{each['changed']} -{each['removed']}, {each['entries']} entries"
        to = f" to {each['restores']}" if each["restores"] is not None else ""
        why = f": {each['why']}" if each["why"] else ""
        when = print_instant(each["at"] // 1000)
        typer.echo(f"  version {each['version']}  {when}  {each['action']}{to} by {each['who']} ({counts}){why}")
    columns = ("entry", "source", "reason", "expires") + (("id",) if record["kind"] == "pattern" else ())
    rows = [
        [
            each["entry"],
            each["source"],
            each["reason"],
            print_instant(each["expires"]),
            *([each["id"]] if "id" in each else []),
        ]
        for each in found["entries"]
    ]
    print_table(columns, rows)
    if found["next"] is not None:
        typer.echo("… and more: --limit, --after, or `lists export`")


def print_list_outcome(outcome: dict[str, Any], nothing: str = "nothing was changed") -> None:
    """Print what a change of a list did or would do."""
    for each in outcome["differences"]:
        typer.echo(each)
    counts = [outcome[name] for name in ("added", "changed", "removed")]
    if outcome["dry_run"]:
        missing = sum(counts) - len(outcome["differences"])
        if missing > 0:
            typer.echo(f"… and {missing} more")
        typer.echo("would be added {}, changed {}, removed {}".format(*counts))
    elif not any(counts):
        typer.echo(f"{outcome['list']}: {nothing}")
    else:
        told = "added {}, changed {}, removed {}".format(*counts)
        typer.echo(f"{outcome['list']}: {told}; version {outcome['version']}, {outcome['entries']} entries")


def print_history(history: Sequence[dict[str, Any]]) -> None:
    """Print what the ledger tells of something, the newest first."""
    for entry in history:
        why = f": {entry['why']}" if entry["why"] else ""
        when = print_instant(entry["at"] // 1000)
        typer.echo(f"  {when}  {entry['action']} by {entry['who']}{why} (ledger entry {entry['entry']})")


def print_outcome(outcome: dict[str, Any], key: str = "code") -> None:
    """Print what an import did or would do; a dry run shows each difference, named by its ``key``."""
    if outcome["dry_run"]:
        for each in outcome["differences"]:
            sign = "+" if each["what"] == "add" else "~"
            fields = ", ".join(
                f"{name}: {_shown(name, old)} -> {_shown(name, new)}" for name, (old, new) in each["fields"].items()
            )
            typer.echo(f"{sign} {each[key]}  {fields}".rstrip())
        missing = outcome["added"] + outcome["changed"] - len(outcome["differences"])
        if missing > 0:
            typer.echo(f"… and {missing} more")
    verb = "would be " if outcome["dry_run"] else ""
    typer.echo(f"{verb}added {outcome['added']}, {verb}changed {outcome['changed']}, unchanged {outcome['unchanged']}")


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show the progress of long work on a terminal, nothing when piped. Gives the function to tell it to."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _code_row(code: dict[str, Any]) -> list[str]:
    dates = [print_instant(code["valid_from"]), print_instant(code["valid_until"])]
    return [code["code"], code["state"], code["owner"], *dates, code["why"]]


def _code_more(code: dict[str, Any]) -> list[str]:
    throttle = f"{code['rate']:g} msg/s" if code["rate"] else ""
    if throttle and code["rate_until"] is not None:
        throttle += f" until {print_instant(code['rate_until'])}"
    return [code["owner_id"], print_chain(code["chain"]), throttle]


def _sender_row(sender: dict[str, Any]) -> list[str]:
    moments = [print_instant(sender[name]) for name in ("valid_from", "valid_until", "state_until")]
    holders = [" ".join(sender[name]) for name in ("codes", "accounts")]
    return [sender["number"], sender["state"], *holders, *moments, sender["evidence"], sender["why"]]


def _shown(name: str, value: Any) -> str:
    if value in (None, "", [], ()):
        return "none"
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return print_instant(value) if name.startswith("valid_") or name.endswith("_until") else str(value)


def _escaped(text: str) -> str:
    return text.replace("[", "\\[")
