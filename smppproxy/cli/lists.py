"""``smppproxy lists``: lists of hosts, URLs, recipients who opted out, sender numbers and patterns of texts.

Every change makes a version, and any of the last hundred can be brought back. As with codes, a change is durable, in
the ledger and in force on every worker when the command ends, whether the proxy runs or not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from smppproxy.cli import list_signing
from smppproxy.cli.options import AsJson, ConfigFile
from smppproxy.cli.registry import (
    DryRun,
    Output,
    Why,
    client_of,
    instant,
    print_json,
    read_text,
    telling,
    who,
    write_text,
)
from smppproxy.state.list_files import Format
from smppproxy.state.list_keys import ListKind

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Lists of hosts, URLs, opt-outs, sender numbers and patterns."
)
app.add_typer(list_signing.keys, name="keys")
app.command()(list_signing.candidates)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The list.")]
Entries = Annotated[
    list[str], typer.Argument(metavar="ENTRY...", help="Hosts, URLs, numbers; a pattern with `re:` is an expression.")
]
Source = Annotated[str, typer.Option("--source", metavar="TEXT", help="Where it comes from; the list if absent.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why it is listed.")]
Expires = Annotated[str | None, typer.Option("--until", metavar="DATE", help="The last day of it; never if absent.")]


@app.command()
def create(
    name: Name,
    config: ConfigFile,
    kind: Annotated[ListKind, typer.Option("--kind", help="What the list holds.")],
    about: Annotated[str, typer.Option("--about", metavar="TEXT", help="What the list is for.")] = "",
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Make an empty list."""
    with telling("lists", as_json):
        answer = _ask(config, "create", name, kind=kind, about=about, who=who(), why=why)
        if as_json:
            print_json(answer)
        else:
            typer.echo(f"{name} is created" if answer["changed"] else f"{name} was there already; nothing was changed")


@app.command()
def drop(name: Name, config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Delete a list with all its versions; the ledger keeps that it was there."""
    with telling("lists", as_json):
        answer = _ask(config, "drop", name, who=who(), why=why)
        print_json(answer) if as_json else typer.echo(f"{name} is dropped")


@app.command()
def add(
    name: Name,
    entries: Entries,
    config: ConfigFile,
    source: Source = "",
    reason: Reason = "",
    until: Expires = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Put entries into a list."""
    expires = instant("--until", until, end=True)
    fields: dict[str, Any] = {"source": source, "reason": reason, "expires": expires}
    _change(config, "add", name, as_json, "listed already; nothing was changed", keys=entries, why=why, **fields)


@app.command()
def remove(name: Name, entries: Entries, config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Take entries out of a list."""
    _change(config, "remove", name, as_json, "not listed; nothing was changed", keys=entries, why=why)


@app.command()
def rollback(
    name: Name,
    config: ConfigFile,
    to: Annotated[
        int | None, typer.Option("--to", min=0, help="The version to bring back; else the one before.")
    ] = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Undo the last change of a list, such as an import; said again, the one before that."""
    _change(config, "rollback", name, as_json, "the same as now; nothing was changed", to=to, why=why)


@app.command()
def show(
    name: Name,
    config: ConfigFile,
    limit: Annotated[int, typer.Option("--limit", min=0, max=10_000, help="At most so many entries.")] = 100,
    after: Annotated[str, typer.Option("--after", metavar="ENTRY", help="Only entries behind this one.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show a list: its versions and the first entries."""
    from smppproxy.cli.tables import print_list

    with telling("lists", as_json):
        found = _ask(config, "show", name, limit=limit, after=after.removeprefix("#"))
        print_json(found) if as_json else print_list(found)


@app.command("list")
def list_lists(config: ConfigFile, as_json: AsJson = False) -> None:
    """List all lists."""
    from smppproxy.cli.tables import print_table

    with telling("lists", as_json):
        found = client_of(config)[0].request("lists.list")
        if as_json:
            print_json(found)
            return
        rows = [[e["name"], e["kind"], str(e["entries"]), str(e["version"]), e["about"]] for e in found["lists"]]
        print_table(("name", "kind", "entries", "version", "about"), rows)


@app.command("import")
def import_file(
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Hosts file, CSV, or one entry a line; - = stdin.")],
    config: ConfigFile,
    form: Annotated[Format, typer.Option("--format", help="How the file is written.")] = Format.AUTO,
    source: Source = "",
    reason: Reason = "",
    until: Expires = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep entries that the file does not name.")] = False,
    signed: Annotated[bool, typer.Option("--signed", help="A signed file, of a key that is trusted.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Signed: take the serial in force once more, as after a roll-back.")
    ] = False,
    dry_run: DryRun = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Make a file the content of a list, all or nothing; what it does not name is removed, but for --keep.

    A signed file says itself where entries come from and when they end; its serial must not go back.
    """
    from smppproxy.cli.tables import print_list_outcome, progress_bar

    if signed:
        given = {"--format": form is not Format.AUTO, "--keep": keep, "--source": source, "--reason": reason}
        if wrong := [name for name, value in {**given, "--until": until}.items() if value]:
            raise typer.BadParameter(f"{', '.join(wrong)}: a signed file says so itself, or not at all")
        list_signing.take(config, name, file, dry_run=dry_run, again=again, why=why, as_json=as_json)
        return
    with telling("lists", as_json):
        client, text = client_of(config)[0], read_text(file)
        fields: dict[str, Any] = {"source": source, "reason": reason, "expires": instant("--until", until, end=True)}
        fields |= {"keep": keep, "dry_run": dry_run, "format": form, "who": who(), "why": why}
        with progress_bar("importing") as progress:
            outcome = client.request("lists.import", progress=progress, name=name, text=text, **fields)
        print_json(outcome) if as_json else print_list_outcome(outcome)


@app.command()
def export(
    name: Name,
    config: ConfigFile,
    signed: Annotated[bool, typer.Option("--signed", help="Sign it with our key, under the next serial.")] = False,
    offer: Annotated[
        bool, typer.Option("--candidates", help="Signed: senders to be verified, each with what speaks against it.")
    ] = False,
    issuer: Annotated[str, typer.Option("--issuer", metavar="TEXT", help="Signed: who we are.")] = "",
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="Signed: its last day; three months if absent.")
    ] = None,
    criterion: list_signing.Criterion = 50,
    why: Why = "",
    output: Output = None,
) -> None:
    """Write a list as CSV (UTF-8), as `import` reads it, recipients as keyed hashes; or as a signed file."""
    if signed:
        expires = instant("--until", until, end=True)
        list_signing.sign(
            config, name, output, issuer=issuer, offer=offer, expires=expires, criterion=criterion, why=why
        )
        return
    if offer:
        raise typer.BadParameter("--candidates go out signed: say --signed too")
    with telling("lists", as_json=False):
        write_text(_ask(config, "export", name)["text"], output)


def _ask(config: Path, verb: str, name: str, **fields: Any) -> dict[str, Any]:
    return client_of(config)[0].request(f"lists.{verb}", name=name, **fields)


def _change(config: Path, verb: str, name: str, as_json: bool, nothing: str, **fields: Any) -> None:
    from smppproxy.cli.tables import print_list_outcome

    with telling("lists", as_json):
        outcome = _ask(config, verb, name, who=who(), **fields)
        print_json(outcome) if as_json else print_list_outcome(outcome, nothing)
