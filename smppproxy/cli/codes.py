"""``smppproxy codes``: the registry of first senders' codes.

Every command speaks to the control process while the proxy runs and writes the registry itself while it does not;
either way a change is durable, in the ledger and in force on every worker when the command ends.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from filters.ports import CodeState
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

if TYPE_CHECKING:
    from smppproxy.state.client import Client

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="The registry of first senders' codes.", rich_markup_mode=None
)

OneCode = Annotated[str, typer.Argument(metavar="CODE", help="The code, such as 301150232.")]
Owner = Annotated[str | None, typer.Option("--owner", metavar="NAME", help="The business the code belongs to.")]


OwnerId = Annotated[
    str | None, typer.Option("--owner-id", metavar="NUMBER", help="The owner's business registration number.")
]
Chain = Annotated[
    str | None,
    typer.Option("--chain", metavar="NAMES", help='The resellers it comes through, as "nearest > next > first".'),
]
Registered = Annotated[
    str | None,
    typer.Option("--registered", metavar="DATE", help="Since when it is registered; the warm-up begins here."),
]


@app.command()
def add(
    code: OneCode,
    config: ConfigFile,
    owner: Owner = None,
    owner_id: OwnerId = None,
    chain: Chain = None,
    registered: Registered = None,
    valid_from: From = None,
    valid_until: Until = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Register a code and make it active; that of an owner under sanction comes in under it."""
    fields: dict[str, Any] = {"owner": owner or "", **dates(valid_from, valid_until)}
    fields |= _whose(owner_id, chain, registered)
    adding = CODES._replace(client_of=lambda config: _client(config, code))
    adding.change(config, "add", code, why, as_json, _registered, "was registered already", **fields)


@app.command()
def update(
    code: OneCode,
    config: ConfigFile,
    owner: Owner = None,
    owner_id: OwnerId = None,
    chain: Chain = None,
    registered: Registered = None,
    valid_from: From = None,
    valid_until: Until = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Change a code's owner, chain or dates; an empty date ("") takes the limit away."""
    fields = dates(valid_from, valid_until) | ({} if owner is None else {"owner": owner})
    fields |= _whose(owner_id, chain, registered)
    CODES.change(config, "update", code, why, as_json, "is changed", "says so already", **fields)


@app.command()
def suspend(code: OneCode, config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Suspend a code: its next message is refused, on every account and every bind."""
    CODES.change(config, "suspend", code, why, as_json, "is suspended", "was suspended already")


@app.command()
def strike(code: OneCode, config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Strike a code out for good; only `resume --lift-strike` takes that back."""
    CODES.change(config, "strike", code, why, as_json, "is struck", "was struck already")


@app.command()
def throttle(
    code: OneCode,
    config: ConfigFile,
    rate: Annotated[float, typer.Option("--rate", min=0, help="Messages a second it may still send; 0 lifts it.")],
    lasting: Annotated[
        str, typer.Option("--for", metavar="DURATION", help="How long, such as 30m, 12h or 7d; absent = until lifted.")
    ] = "",
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Let a code send no more than so many messages a second, on all accounts together."""
    until = int(time.time()) + _seconds(lasting) if lasting and rate else None
    done = f"may send {rate:g} messages a second" if rate else "is throttled no more"
    CODES.change(config, "throttle", code, why, as_json, done, "was so already", rate=rate, until=until)


@app.command()
def resume(
    code: OneCode,
    config: ConfigFile,
    why: Why = "",
    lift_strike: Annotated[
        bool, typer.Option("--lift-strike", help="Lift a strike too, not only a suspension.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Lift a suspension, and a throttle."""
    CODES.change(config, "resume", code, why, as_json, _resumed, "was not suspended", lift_strike=lift_strike)


@app.command()
def remove(
    code: OneCode,
    config: ConfigFile,
    why: Why = "",
    force: Annotated[bool, typer.Option("--force", help="Remove it although it is suspended or struck.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a code out of the registry; the ledger keeps its history."""
    CODES.change(config, "remove", code, why, as_json, "is removed", "was not there", force=force)


@app.command()
def show(code: OneCode, config: ConfigFile, as_json: AsJson = False) -> None:
    """Show a code and what happened to it."""
    from smppproxy.cli.tables import print_code

    with telling("codes", as_json):
        found = _client(config).request("codes.show", code=code)
        print_json(found) if as_json else print_code(found)


@app.command("list")
def list_codes(
    config: ConfigFile,
    state: Annotated[CodeState | None, typer.Option("--state", help="What they are worth now.")] = None,
    owner: Annotated[str, typer.Option("--owner", metavar="TEXT", help="A part of the owner's name.")] = "",
    owner_id: OwnerId = None,
    prefix: Annotated[str, typer.Option("--prefix", metavar="DIGITS", help="What the code begins with.")] = "",
    limit: Limit = 0,
    after: Annotated[str, typer.Option("--after", metavar="CODE", help="Only codes behind this one.")] = "",
    as_json: AsJson = False,
) -> None:
    """List codes in order."""
    from smppproxy.cli.tables import print_codes

    with telling("codes", as_json):
        filters = {"state": state, "owner": owner, "owner_id": owner_id or "", "prefix": prefix, "after": after}
        found = list(pages(_client(config), "codes.list", "codes", limit, **filters))
        print_json({"codes": found}) if as_json else print_codes(found)


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV with a `code` column, or one code a line; - = stdin.")
    ],
    config: ConfigFile,
    dry_run: DryRun = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Bring the registry in line with a CSV file, all or nothing; codes it does not name stay as they are."""
    CODES.import_file(config, file, dry_run, why, as_json)


@app.command()
def export(
    config: ConfigFile,
    output: Output = None,
) -> None:
    """Write all codes as CSV (UTF-8), as `import` reads it."""
    CODES.export(config, output)


def _registered(answer: dict[str, Any]) -> str:
    return f"is registered and {_worth(answer)}"


def _resumed(answer: dict[str, Any]) -> str:
    return f"is {_worth(answer)}"


def _worth(answer: dict[str, Any]) -> str:
    """What a code is worth now, and why it is not active."""
    from smppproxy.state.codes import print_instant, state_at

    code, now = answer["code"], time.time()
    since, until = code["valid_from"], code["valid_until"]
    state = state_at(CodeState(code["state"]), since, until, now)
    if state is CodeState.INACTIVE:
        why = f"valid from {print_instant(since)} on" if since is not None and now < since else "its validity is over"
    else:
        why = code["why"] if state is not CodeState.ACTIVE else ""
    return f"{state}" + (f": {why}" if why else "")


def _whose(owner_id: str | None, chain: str | None, registered: str | None) -> dict[str, Any]:
    """Return what was said of the owner's number, the chain and the date."""
    from smppproxy.state.codes import read_chain, read_owner_id

    found: dict[str, Any] = {}
    try:
        if owner_id is not None:
            found["owner_id"] = read_owner_id(owner_id)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--owner-id") from None
    try:
        if chain is not None:
            found["chain"] = read_chain(chain)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--chain") from None
    moment = instant("--registered", registered, end=False)
    return found if moment is None else found | {"registered_at": moment}


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "": 1}


def _seconds(lasting: str) -> int:
    """Return the seconds of a duration such as 12h. Raises BadParameter."""
    match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", lasting.strip())
    if match is None or not int(match[1]):
        raise typer.BadParameter(f"{lasting!r}: a duration such as 30m, 12h or 7d is expected", param_hint="--for")
    return int(match[1]) * _UNITS[match[2]]


def _client(config: Path, code: str | None = None) -> Client:
    """Return the way to the registry of a configuration; a new code that is given must look like one."""
    client, shape = client_of(config)
    if code is not None and (wrong := shape.check(code)):
        raise typer.BadParameter(f"{code!r}: {wrong}", param_hint="CODE")
    return client


CODES = RegistryCommands("codes", "code", _client)
