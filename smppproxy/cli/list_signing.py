"""The part of ``smppproxy lists`` that exchanges signed lists: keys, candidates, the files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from smppproxy.cli.options import AsJson, ConfigFile
from smppproxy.cli.registry import Why, client_of, print_json, telling, who, write_text

keys = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    help="The key we sign lists with, and the keys whose lists we take.",
)  # fmt: skip

KeyName = Annotated[str, typer.Argument(metavar="NAME", help="What the key is called here.")]
Criterion = Annotated[
    int, typer.Option("--criterion", min=1, help="Candidates: reports of a number in a day that weigh enough.")
]
_LONGEST = 1 << 28  # octets of a file


@keys.command()
def new(
    config: ConfigFile,
    replace: Annotated[bool, typer.Option("--replace", help="Make another one; the old is kept beside it.")] = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Make the key we sign lists with, and show its public half for those who take our lists."""
    with telling("lists keys", as_json):
        _show(client_of(config)[0].request("lists.key_new", replace=replace, who=who(), why=why), as_json, pem=False)


@keys.command()
def show(
    config: ConfigFile,
    pem: Annotated[bool, typer.Option("--pem", help="As PEM, for openssl.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the public half of our key."""
    with telling("lists keys", as_json):
        _show(client_of(config)[0].request("lists.key_show"), as_json, pem=pem)


@keys.command()
def trust(
    name: KeyName,
    key: Annotated[str, typer.Argument(metavar="KEY", help="ed25519:…, or a file that holds it or PEM.")],
    config: ConfigFile,
    lists: Annotated[
        list[str] | None, typer.Option("--for", metavar="LIST", help="Only lists of this name; repeatable.")
    ] = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Take lists signed with a key. Compare it with its owner over another way first."""
    with telling("lists keys", as_json):
        answer = client_of(config)[0].request(
            "lists.key_trust", name=name, key=_text_of(key), lists=lists or [], who=who(), why=why
        )
        if as_json:
            print_json(answer)
        else:
            typer.echo(f"{name} ({answer['key']['id']}) is trusted for {_lists(answer['key'])}")


@keys.command("list")
def list_keys(config: ConfigFile, as_json: AsJson = False) -> None:
    """List the keys whose lists we take, revoked ones too, and the newest serial of each list."""
    from smppproxy.cli.tables import print_table
    from smppproxy.state.codes import print_instant

    with telling("lists keys", as_json):
        found = client_of(config)[0].request("lists.keys")
        if as_json:
            print_json(found)
            return
        rows = [
            [each["name"], each["id"], "revoked" if each["revoked_at"] is not None else "trusted", _lists(each),
             print_instant((each["revoked_at"] or each["added_at"]) // 1000), each["why"]]
            for each in found["keys"]
        ]  # fmt: skip
        styles = {"trusted": "green", "revoked": "red"}
        print_table(("name", "id", "state", "for", "since", "why"), rows, styles)
        if found["serials"]:
            typer.echo("")
            print_table(
                ("list", "way", "serial", "entries", "key", "at"),
                [[each["list"], each["direction"], str(each["serial"]), str(each["entries"]), each["key"],
                  print_instant(each["at"] // 1000)] for each in found["serials"]],
            )  # fmt: skip


@keys.command()
def revoke(name: KeyName, config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Take no list signed with a key any more, ever; what it brought stays until `lists rollback`."""
    with telling("lists keys", as_json):
        answer = client_of(config)[0].request("lists.key_revoke", name=name, who=who(), why=why)
        if as_json:
            print_json(answer)
        else:
            typer.echo(f"{name} is revoked" if answer["changed"] else f"{name} was revoked already")


def candidates(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Our blacklist of senders.")],
    config: ConfigFile,
    criterion: Criterion = 50,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many; 0 = all.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the senders that would go out for verification, and which reached the day's number of reports."""
    from smppproxy.cli.tables import print_table

    with telling("lists", as_json):
        found = client_of(config)[0].request("lists.candidates", name=name, criterion=criterion)
        if as_json:
            print_json(found)
            return
        shown = found["candidates"][: limit or None]
        columns = ("sender", f"{criterion} a day", "most in a day", "reports", "verdicts", "kind", "sanction", "from")
        print_table(columns, [_candidate(each) for each in shown], {"reached": "red"})
        met = sum(each["evidence"].get("criterion", False) for each in found["candidates"])
        if sys.stdout.isatty():
            more = f", {found['left_out']} left out that are no numbers" if found["left_out"] else ""
            typer.echo(f"{len(found['candidates'])} candidates, {met} with {criterion} reports in a day{more}")


def sign(
    config: Path, name: str, output: Path | None, *, issuer: str, offer: bool, expires: int | None, criterion: int,
    why: str,
) -> None:  # fmt: skip
    """Write the next signed file of a list."""
    with telling("lists", as_json=False):
        made = client_of(config)[0].request(
            "lists.sign", name=name, issuer=issuer, offer=offer, expires=expires, criterion=criterion,
            who=who(), why=why,
        )  # fmt: skip
        write_text(made["text"], output)
        if output is not None:
            header = made["header"]
            met = f", {made['met']} with {criterion} reports in a day" if offer else ""
            more = f", {made['left_out']} left out that are no numbers" if made["left_out"] else ""
            typer.echo(
                f"{output}: {header['holds']} list {name}, serial {header['serial']}, {made['entries']} entries"
                f"{met}{more}; until {header['expires']}"
            )


def take(
    config: Path, name: str, file: Path, *, dry_run: bool, again: bool, why: str, as_json: bool
) -> None:  # fmt: skip
    """Take a signed file, and tell what it changed."""
    from smppproxy.cli.tables import print_list_outcome, progress_bar

    with telling("lists", as_json):
        client, text = client_of(config)[0], _read(file)
        with progress_bar("importing") as progress:
            taken = client.request(
                "lists.take", progress=progress, name=name, text=text, dry_run=dry_run, again=again, who=who(), why=why
            )
        if as_json:
            print_json(taken)
            return
        header = taken["header"]
        if not taken["news"] and not again:
            typer.echo(
                f"serial {header['serial']} was taken already; nothing was changed. After a roll-back --again takes it"
            )
            return
        print_list_outcome(taken["outcome"], "the same as now; nothing was changed")
        word = "would be" if dry_run else "is"
        over = f", {taken['skipped']} entries whose time is over were left out" if taken["skipped"] else ""
        typer.echo(
            f"serial {header['serial']} {word} in force, signed by {taken['key']}, issued {header['issued']}{over}"
        )


def _candidate(each: dict[str, Any]) -> list[str]:
    evidence = each["evidence"]
    counts = [str(evidence.get(name, 0)) for name in ("reports_in_a_day", "reports", "verdicts")]
    reached = "reached" if evidence.get("criterion") else ""
    return [each["entry"], reached, *counts, evidence.get("category", ""), evidence.get("sanction", ""),
            each.get("source", "")]  # fmt: skip


def _show(key: dict[str, Any], as_json: bool, *, pem: bool) -> None:
    if as_json:
        print_json(key)
    else:
        typer.echo(key["pem"] if pem else f"{key['public']}\nid {key['id']}", nl=not pem)


def _lists(key: dict[str, Any]) -> str:
    return ", ".join(key["lists"]) or "any list"


def _text_of(key: str) -> str:
    """Return the text of a key that was given itself or as a file. Raises InputError."""
    from smppproxy.state.errors import InputError

    if key.startswith("ed25519:"):
        return key
    try:
        octets = sys.stdin.buffer.read(1 << 16) if key == "-" else Path(key).read_bytes()[: 1 << 16]
    except OSError as error:
        raise InputError(f"{key}: neither a key (ed25519:…) nor a file with one: {error.strerror}") from error
    return octets.decode("ascii", "replace")


def _read(file: Path) -> str:
    """Return a signed file as text, its octets unchanged. Raises InputError."""
    from smppproxy.state.errors import InputError

    try:
        octets = sys.stdin.buffer.read(_LONGEST + 1) if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file}: no UTF-8 at octet {error.start}: the file was altered or saved in another encoding; "
            "fetch it again"
        ) from None
