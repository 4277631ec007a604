"""``smppproxy senders``: the registry of sender numbers, and the numbers nobody may use.

As with codes, a change is durable, in the ledger and in force on every worker when the command ends, whether the proxy
runs or not. Numbers are taken as people write them: ``02-2345-6789`` and ``+82 2 2345 6789`` are the same.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from filters.ports import SenderState
from smppproxy.cli.options import AsJson, ConfigFile
from smppproxy.cli.registry import (
    DryRun,
    From,
    Limit,
    Output,
    Until,
    Why,
    client_of,
    dates,
    instant,
    pages,
    print_json,
    telling,
)
from smppproxy.cli.registry_commands import RegistryCommands

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The registry of sender numbers.")

OneNumber = Annotated[str, typer.Argument(metavar="NUMBER", help="The number, such as 02-2345-6789, or a name.")]
Codes = Annotated[list[str] | None, typer.Option("--code", metavar="CODE", help="A code that may use it; repeatable.")]
Accounts = Annotated[
    list[str] | None, typer.Option("--account", metavar="NAME", help="An account that may use it; repeatable.")
]
Evidence = Annotated[
    str | None, typer.Option("--evidence", metavar="TEXT", help="What shows whose it is, such as a certificate.")
]
End = Annotated[str | None, typer.Option("--until", metavar="DATE", help="The last day of it; for ever if absent.")]


SENDERS = RegistryCommands("senders", "number", lambda config: client_of(config)[0])


class BlockKind(StrEnum):
    """Why nobody may use a number."""

    BLACKLISTED = "blacklisted"
    PROTECTED = "protected"
    THEFT_BLOCKED = "theft_blocked"


@app.command()
def add(
    number: OneNumber,
    config: ConfigFile,
    code: Codes = None,
    account: Accounts = None,
    evidence: Evidence = None,
    valid_from: From = None,
    valid_until: Until = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Register a sender for codes or accounts; with neither, every code and account may use it.

    A sender that is registered already gets the codes and accounts besides those it has.
    """
    fields: dict[str, Any] = {"codes": code or [], "accounts": account or [], "evidence": evidence or ""}
    fields |= dates(valid_from, valid_until)
    SENDERS.change(config, "add", number, why, as_json, "is registered", "was registered already", **fields)


@app.command()
def update(
    number: OneNumber,
    config: ConfigFile,
    code: Codes = None,
    account: Accounts = None,
    evidence: Evidence = None,
    valid_from: From = None,
    valid_until: Until = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Change what is given, in place of what was; an empty value ("") takes it away."""
    fields: dict[str, Any] = dict(dates(valid_from, valid_until))
    fields |= {} if code is None else {"codes": list(filter(None, code))}
    fields |= {} if account is None else {"accounts": list(filter(None, account))}
    fields |= {} if evidence is None else {"evidence": evidence}
    SENDERS.change(config, "update", number, why, as_json, "is changed", "says so already", **fields)


@app.command()
def suspend(number: OneNumber, config: ConfigFile, until: End = None, why: Why = "", as_json: AsJson = False) -> None:
    """Suspend a registered sender: its next message is refused."""
    end = instant("--until", until, end=True)
    SENDERS.change(config, "suspend", number, why, as_json, "is suspended", "was suspended already", until=end)


@app.command()
def block(
    number: OneNumber,
    config: ConfigFile,
    kind: Annotated[BlockKind, typer.Option("--as", help="Why nobody may use it.")] = BlockKind.BLACKLISTED,
    until: End = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Block a number, registered or not. A protected one stays usable for its own codes and accounts."""
    end = instant("--until", until, end=True)
    SENDERS.change(
        config, "block", number, why, as_json, f"is {kind}", f"was {kind} already", state=str(kind), until=end
    )


@app.command()
def resume(
    number: OneNumber,
    config: ConfigFile,
    why: Why = "",
    lift_block: Annotated[bool, typer.Option("--lift-block", help="Lift a block too, not only a suspension.")] = False,
    as_json: AsJson = False,
) -> None:
    """Lift a suspension."""
    SENDERS.change(config, "resume", number, why, as_json, "is free again", "was not suspended", lift_block=lift_block)


@app.command()
def remove(
    number: OneNumber,
    config: ConfigFile,
    why: Why = "",
    force: Annotated[bool, typer.Option("--force", help="Remove it although it is suspended or blocked.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a sender out of the registry; the ledger keeps its history."""
    SENDERS.change(config, "remove", number, why, as_json, "is removed", "was not there", force=force)


@app.command()
def show(number: OneNumber, config: ConfigFile, as_json: AsJson = False) -> None:
    """Show a sender and what happened to it."""
    from smppproxy.cli.tables import print_sender

    with telling("senders", as_json):
        found = client_of(config)[0].request("senders.show", number=number)
        print_json(found) if as_json else print_sender(found)


@app.command("list")
def list_senders(
    config: ConfigFile,
    state: Annotated[SenderState | None, typer.Option("--state", help="The state that was given.")] = None,
    code: Annotated[str, typer.Option("--code", metavar="CODE", help="Only senders of this code.")] = "",
    account: Annotated[str, typer.Option("--account", metavar="NAME", help="Only senders of this account.")] = "",
    prefix: Annotated[str, typer.Option("--prefix", metavar="DIGITS", help="What it begins with, as 8210.")] = "",
    limit: Limit = 0,
    after: Annotated[str, typer.Option("--after", metavar="NUMBER", help="Only senders behind this one.")] = "",
    as_json: AsJson = False,
) -> None:
    """List senders in order."""
    from smppproxy.cli.tables import print_senders

    with telling("senders", as_json):
        filters = {"state": state, "code": code, "account": account, "prefix": prefix, "after": after}
        found = list(pages(client_of(config)[0], "senders.list", "senders", limit, **filters))
        print_json({"senders": found}) if as_json else print_senders(found)


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV with a `number` column, or one number a line; - = stdin.")
    ],
    config: ConfigFile,
    dry_run: DryRun = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Bring the registry in line with a CSV file, all or nothing; numbers it does not name stay as they are."""
    SENDERS.import_file(config, file, dry_run, why, as_json)


@app.command()
def export(config: ConfigFile, output: Output = None) -> None:
    """Write all senders as CSV (UTF-8), as `import` reads it."""
    SENDERS.export(config, output)
