"""``smppproxy codes``: the registry of first senders' codes.

Every command speaks to the control process while the proxy runs and writes the registry itself while it does not;
either way a change is durable, in the ledger and in force on every worker when the command ends.
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from filters.ports import CodeState
from smppproxy.cli.options import AsJson, ConfigFile

if TYPE_CHECKING:
    from smppproxy.state.client import Client
    from smppproxy.state.errors import StateError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="The registry of first senders' codes.", rich_markup_mode=None
)

OneCode = Annotated[str, typer.Argument(metavar="CODE", help="The code, such as 301150232.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, kept in the ledger.")]
Owner = Annotated[str | None, typer.Option("--owner", metavar="NAME", help="The business the code belongs to.")]
From = Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day of validity (UTC), or a time.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Last day of validity (UTC), or a time.")]


@app.command()
def add(
    code: OneCode,
    config: ConfigFile,
    owner: Owner = None,
    valid_from: From = None,
    valid_until: Until = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Register a code and make it active."""
    with _telling(as_json):
        fields: dict[str, Any] = {"owner": owner or "", **_dates(valid_from, valid_until)}
        _change(config, "add", code, why, as_json, "is registered and active", "was registered already", **fields)


@app.command()
def update(
    code: OneCode,
    config: ConfigFile,
    owner: Owner = None,
    valid_from: From = None,
    valid_until: Until = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Change a code's owner or dates; an empty date ("") takes the limit away."""
    with _telling(as_json):
        fields = _dates(valid_from, valid_until) | ({} if owner is None else {"owner": owner})
        _change(config, "update", code, why, as_json, "is changed", "says so already", **fields)


@app.command()
def suspend(code: OneCode, config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Suspend a code: its next message is refused, on every account and every bind."""
    with _telling(as_json):
        _change(config, "suspend", code, why, as_json, "is suspended", "was suspended already")


@app.command()
def strike(code: OneCode, config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Strike a code out for good; only `resume --lift-strike` takes that back."""
    with _telling(as_json):
        _change(config, "strike", code, why, as_json, "is struck", "was struck already")


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
    """Lift a suspension."""
    with _telling(as_json):
        _change(config, "resume", code, why, as_json, "is active", "was not suspended", lift_strike=lift_strike)


@app.command()
def remove(
    code: OneCode,
    config: ConfigFile,
    why: Why = "",
    force: Annotated[bool, typer.Option("--force", help="Remove it although it is suspended or struck.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a code out of the registry; the ledger keeps its history."""
    with _telling(as_json):
        _change(config, "remove", code, why, as_json, "is removed", "was not there", force=force)


@app.command()
def show(code: OneCode, config: ConfigFile, as_json: AsJson = False) -> None:
    """Show a code and what happened to it."""
    from smppproxy.cli.tables import print_code

    with _telling(as_json):
        found = _client(config).request("codes.show", code=code)
        _print_json(found) if as_json else print_code(found)


@app.command("list")
def list_codes(
    config: ConfigFile,
    state: Annotated[CodeState | None, typer.Option("--state", help="What they are worth now.")] = None,
    owner: Annotated[str, typer.Option("--owner", metavar="TEXT", help="A part of the owner's name.")] = "",
    prefix: Annotated[str, typer.Option("--prefix", metavar="DIGITS", help="What the code begins with.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many; 0 = all.")] = 0,
    after: Annotated[str, typer.Option("--after", metavar="CODE", help="Only codes behind this one.")] = "",
    as_json: AsJson = False,
) -> None:
    """List codes in order."""
    from smppproxy.cli.tables import print_codes

    with _telling(as_json):
        found = list(_pages(_client(config), limit, state=state, owner=owner, prefix=prefix, after=after))
        _print_json({"codes": found}) if as_json else print_codes(found)


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV with a `code` column, or one code a line; - = stdin.")
    ],
    config: ConfigFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change and change nothing.")] = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Bring the registry in line with a CSV file, all or nothing; codes it does not name stay as they are."""
    from smppproxy.cli.tables import print_outcome, progress_bar
    from smppproxy.state.codes_csv import decode
    from smppproxy.state.errors import InputError

    with _telling(as_json):
        try:
            octets = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        except OSError as error:
            raise InputError(f"{file}: {error.strerror}") from error
        client, text = _client(config), decode(octets)
        with progress_bar("importing") as progress:
            outcome = client.request("codes.import", progress=progress, who=_who(), why=why, text=text, dry_run=dry_run)
        _print_json(outcome) if as_json else print_outcome(outcome)


@app.command()
def export(
    config: ConfigFile,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write; stdout if absent.")
    ] = None,
) -> None:
    """Write all codes as CSV (UTF-8), as `import` reads it."""
    from smppproxy.state.errors import StateError

    with _telling(as_json=False):
        text = _client(config).request("codes.export")["text"]
        if output is None:
            typer.echo(text, nl=False)
            return
        try:
            output.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise StateError(f"{output}: {error.strerror}") from error


def _change(
    config: Path, verb: str, code: str, why: str, as_json: bool, done: str, nothing: str, **fields: Any
) -> None:
    """Ask for one change and tell what became of it."""
    answer = _client(config, code if verb == "add" else None).request(
        f"codes.{verb}", code=code, who=_who(), why=why, **fields
    )
    if as_json:
        _print_json(answer)
    else:
        typer.echo(f"{code} {done}" if answer["changed"] else f"{code} {nothing}; nothing was changed")


def _client(config: Path, code: str | None = None) -> Client:
    """Return the way to the registry of a configuration; a new code that is given must look like one."""
    from smppproxy.app.settings import load
    from smppproxy.state.client import Client
    from smppproxy.state.codes import CodeShape

    settings = load(config).settings
    accounts = (settings.code_of(account) for account in settings.accounts)
    shape = CodeShape([settings.filters.code, *accounts])
    if code is not None and (wrong := shape.check(code)):
        raise typer.BadParameter(f"{code!r}: {wrong}", param_hint="CODE")
    return Client(settings.proxy.state_path, database=settings.proxy.database, shape=shape)


def _pages(client: Client, limit: int, **filters: Any) -> Iterator[dict[str, Any]]:
    """Yield the codes found, asking for one page after the other; ``limit`` 0 = all."""
    left = limit
    while True:
        page = client.request("codes.list", **filters, limit=min(left, 10_000) or 10_000)
        yield from page["codes"]
        left -= len(page["codes"])
        if page["next"] is None or (limit and left <= 0):
            return
        filters["after"] = page["next"]


def _dates(valid_from: str | None, valid_until: str | None) -> dict[str, int | None]:
    """Return the dates that were given as Unix seconds; an empty one is no limit."""
    from smppproxy.state.codes import parse_instant
    from smppproxy.state.errors import InputError

    found: dict[str, int | None] = {}
    for option, name, text in (("--from", "valid_from", valid_from), ("--until", "valid_until", valid_until)):
        if text is not None:
            try:
                found[name] = parse_instant(text, end=name == "valid_until") if text else None
            except InputError as error:
                raise typer.BadParameter(str(error), param_hint=option) from None
    return found


@contextmanager
def _telling(as_json: bool) -> Iterator[None]:
    """Tell what the registry refuses, every row of it, and end with exit code 1."""
    from smppproxy.state.errors import StateError

    try:
        yield
    except StateError as error:
        _tell(error, as_json, lambda line: typer.echo(line, err=True))
        raise typer.Exit(1) from None


def _tell(error: StateError, as_json: bool, echo: Callable[[str], None]) -> None:
    from smppproxy.state.protocol import failure

    if as_json:
        _print_json(failure(error))
        return
    echo(f"smppproxy codes: {error}")
    for fault in getattr(error, "faults", ()):
        echo(f"  {fault}")


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def _who() -> str:
    """Return who is asking, for the ledger."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user may have no name
        return "cli"
