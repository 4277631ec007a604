"""``smppproxy accounts``: resellers whose accounts are kept in the store instead of in the configuration.

A change is durable, in the ledger and, while the proxy runs, in force on every worker within a second, as a reload is.
Passwords are asked for, or read from stdin or a file, and kept as hashes; none ever stands on a command line.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smppproxy.cli.options import AsJson, ConfigFile
from smppproxy.cli.passwords import PasswordFile, hashed, read_password
from smppproxy.cli.registry import (
    DryRun,
    Limit,
    Output,
    Why,
    pages,
    print_json,
    telling,
)
from smppproxy.cli.registry_commands import RegistryCommands

if TYPE_CHECKING:
    from smppproxy.state.client import Client

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Resellers' accounts that are kept in the store.",
    rich_markup_mode=None,
)

_NONE = "--no-password keeps none"

OneAccount = Annotated[str, typer.Argument(metavar="SYSTEM_ID", help="What the reseller binds as.")]
Upstream = Annotated[str | None, typer.Option("--upstream", metavar="NAME", help="Where its messages go.")]
Codes = Annotated[
    list[str] | None, typer.Option("--code", metavar="CODE", help="A code it may carry; repeatable; any if absent.")
]
Allow = Annotated[
    list[str] | None, typer.Option("--allow", metavar="NETWORK", help="A network it may bind from; repeatable.")
]
MaxBinds = Annotated[int | None, typer.Option("--max-binds", metavar="N", help="Binds at a time.")]
Window = Annotated[int | None, typer.Option("--window", metavar="N", help="Unanswered submits per bind.")]
Rate = Annotated[float | None, typer.Option("--rate", metavar="N", help="Messages/s over all its binds; 0 = no limit.")]
Route = Annotated[str | None, typer.Option("--route", metavar="WORD", help="domestic or international.")]
Statuses = Annotated[
    str | None, typer.Option("--statuses", metavar="NAME", help="smpp34, smpp50, vendor or india-dlt.")
]
Numbers = Annotated[
    list[str] | None, typer.Option("--number", metavar="PREFIX", help="Destinations that are its own; repeatable.")
]
Explain = Annotated[
    bool | None, typer.Option("--explain-tlv/--no-explain-tlv", help="Whether refusals tell reason and trace id.")
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Any key of [[accounts]], value as in TOML: code={ tag = 0x1500 }."
    ),
]


class State(StrEnum):
    """Whether an account may bind."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@app.command()
def add(
    system_id: OneAccount,
    config: ConfigFile,
    upstream: Upstream = None,
    code: Codes = None,
    allow: Allow = None,
    max_binds: MaxBinds = None,
    window: Window = None,
    rate: Rate = None,
    route: Route = None,
    statuses: Statuses = None,
    number: Numbers = None,
    explain_tlv: Explain = None,
    more: Set = None,
    password_file: PasswordFile = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Keep none: the SMSC decides (paired upstreams only).")
    ] = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Make an account; its reseller may bind at once. The password is asked for, or read from a pipe.

    Where the configuration names one upstream only, that is the one.
    """
    given = _given(upstream, code, allow, max_binds, window, rate, route, statuses, number, explain_tlv, more)
    upstreams = _client_of(config)[1]
    if "upstream" not in given and len(upstreams) == 1:
        given["upstream"] = upstreams[0]
    password = None if no_password else read_password("accounts", password_file, ask=True, none=_NONE)
    fields: dict[str, Any] = {"settings": given, "password_hash": "" if password is None else hashed(password)}
    ACCOUNTS.change(config, "add", system_id, why, as_json, "may bind", "was there already", **fields)


@app.command()
def update(
    system_id: OneAccount,
    config: ConfigFile,
    upstream: Upstream = None,
    code: Codes = None,
    allow: Allow = None,
    max_binds: MaxBinds = None,
    window: Window = None,
    rate: Rate = None,
    route: Route = None,
    statuses: Statuses = None,
    number: Numbers = None,
    explain_tlv: Explain = None,
    more: Set = None,
    unset: Annotated[
        list[str] | None, typer.Option("--unset", metavar="KEY", help="Bring back a key's default; repeatable.")
    ] = None,
    password: Annotated[
        bool, typer.Option("--password", help="Ask for a new password, or read it from a pipe.")
    ] = False,
    password_file: PasswordFile = None,
    no_password: Annotated[bool, typer.Option("--no-password", help="Keep no password: the SMSC decides.")] = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Change what is given; all else stays. Sessions go on; the next bind needs a new password."""
    given = _given(upstream, code, allow, max_binds, window, rate, route, statuses, number, explain_tlv, more)
    fields: dict[str, Any] = {"settings": given | dict.fromkeys(unset or ())}
    if no_password:
        fields["password_hash"] = ""
    elif (new := read_password("accounts", password_file, ask=password, none=_NONE)) is not None:
        fields["password_hash"] = hashed(new)
    ACCOUNTS.change(config, "update", system_id, why, as_json, "is changed", "says so already", **fields)


@app.command()
def suspend(system_id: OneAccount, config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Let an account bind no more, and unbind its sessions.

    What is in flight is answered first.
    """
    ACCOUNTS.change(config, "suspend", system_id, why, as_json, "is suspended", "was suspended already")


@app.command()
def resume(system_id: OneAccount, config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Let a suspended account bind again."""
    ACCOUNTS.change(config, "resume", system_id, why, as_json, "may bind again", "was not suspended")


@app.command()
def remove(system_id: OneAccount, config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Take an account out of the store, and unbind its sessions.

    The ledger keeps its history.
    """
    ACCOUNTS.change(config, "remove", system_id, why, as_json, "is removed", "was not there")


@app.command()
def show(system_id: OneAccount, config: ConfigFile, as_json: AsJson = False) -> None:
    """Show an account of the store and what happened to it."""
    from smppproxy.cli.tables import print_account

    with telling("accounts", as_json):
        found = _client_of(config)[0].request("accounts.show", system_id=system_id)
        print_json(found) if as_json else print_account(found)


@app.command("list")
def list_accounts(
    config: ConfigFile,
    state: Annotated[State | None, typer.Option("--state", help="Only these.")] = None,
    prefix: Annotated[str, typer.Option("--prefix", metavar="TEXT", help="What the name begins with.")] = "",
    limit: Limit = 0,
    after: Annotated[str, typer.Option("--after", metavar="SYSTEM_ID", help="Only accounts behind this one.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the accounts of the store in order.

    Those of the configuration stand in its file.
    """
    from smppproxy.cli.tables import print_accounts

    with telling("accounts", as_json):
        client = _client_of(config)[0]
        found = list(pages(client, "accounts.list", "accounts", limit, state=state, prefix=prefix, after=after))
        print_json({"accounts": found}) if as_json else print_accounts(found)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a `system_id` column; - = stdin.")],
    config: ConfigFile,
    dry_run: DryRun = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Bring the store in line with a CSV file, all or nothing.

    Accounts it does not name stay as they are. A column `password` is hashed, `password_hash` is kept as it is. A file
    suspends accounts and resumes none.
    """
    ACCOUNTS.import_file(config, file, dry_run, why, as_json)


@app.command()
def export(
    config: ConfigFile,
    output: Output = None,
    hashes: Annotated[
        bool, typer.Option("--hashes", help="With the hashes of passwords, to move accounts: keep the file secret.")
    ] = False,
) -> None:
    """Write all accounts as CSV (UTF-8), as `import` reads it."""
    ACCOUNTS.export(config, output, private=hashes, hashes=hashes)


def _client_of(config: Path) -> tuple[Client, list[str]]:
    """Return the way to the accounts of a configuration, and its upstreams. Raises SettingsError."""
    from smppproxy.app.settings import load, stored
    from smppproxy.state.client import Client

    settings = load(config).settings
    client = Client(settings.proxy.state_path, database=settings.proxy.database, accounts=stored.Rules(settings))
    return client, [upstream.name for upstream in settings.upstreams]


def _given(
    upstream: str | None,
    code: list[str] | None,
    allow: list[str] | None,
    max_binds: int | None,
    window: int | None,
    rate: float | None,
    route: str | None,
    statuses: str | None,
    number: list[str] | None,
    explain_tlv: bool | None,
    more: list[str] | None,
) -> dict[str, Any]:
    """Return the keys that were given, as the configuration names them."""
    named = {
        "upstream": upstream, "codes": code, "allow": allow, "max_binds": max_binds, "window": window, "rate": rate,
        "route": route, "statuses": statuses, "numbers": number, "explain_tlv": explain_tlv,
    }  # fmt: skip
    given: dict[str, Any] = {key: value for key, value in named.items() if value is not None}
    for each in more or ():
        key, equals, value = each.partition("=")
        try:
            given[key.strip()] = tomllib.loads(f"value = {value}")["value"] if equals else None
        except tomllib.TOMLDecodeError:
            given[key.strip()] = None
        if given[key.strip()] is None:
            raise typer.BadParameter(
                f'{each!r}: KEY=VALUE with a value as in TOML is expected, such as inject_code="301150232"',
                param_hint="--set",
            )
    return given


ACCOUNTS = RegistryCommands("accounts", "system_id", lambda config: _client_of(config)[0])
