"""``smppproxy desk``: persons who sign in to the abuse desk's web page.

Every command works while the proxy runs and while it does not; all go to the ledger. Passwords are asked for, or read
from stdin or a file, and kept as hashes.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from smppproxy.cli.options import AsJson, ConfigFile
from smppproxy.cli.passwords import PasswordFile, hashed, read_password
from smppproxy.cli.registry import Why, client_of, print_json, telling, who

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Persons who sign in to the abuse desk's web page.",
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the person signs in as; the ledger says desk:NAME.")]


class Role(StrEnum):
    """What a person may do; each role may do what those before it may."""

    VIEWER = "viewer"
    DESK = "desk"
    ADMIN = "admin"


@app.command()
def add(
    name: Name,
    config: ConfigFile,
    role: Annotated[
        Role, typer.Option("--role", help="viewer sees, desk decides too, admin also manages persons.")
    ] = Role.DESK,
    password_file: PasswordFile = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Let a person sign in.

    The password is asked for, or read from a pipe: 10 characters or more.
    """
    with telling("desk", as_json):
        answer = client_of(config)[0].request(
            "desk.add", name=name, role=str(role), password_hash=_new_password(password_file), who=who(), why=why
        )
        if as_json:
            print_json(answer)
        else:
            typer.echo(f"{name} may sign in as {role}: {_page(config)}")


@app.command("list")
def list_persons(config: ConfigFile, as_json: AsJson = False) -> None:
    """List persons."""
    from smppproxy.cli.tables import print_table
    from smppproxy.state.codes import print_instant

    with telling("desk", as_json):
        found = client_of(config)[0].request("desk.list")
        if as_json:
            print_json(found)
            return
        rows = [
            [each["name"], each["role"], print_instant(each["created_at"] // 1000),
             print_instant(each["password_at"] // 1000), each["who"]]
            for each in found["persons"]
        ]  # fmt: skip
        print_table(("name", "role", "made", "password of", "changed by"), rows)
        if not rows:
            typer.echo("nobody can sign in yet: `smppproxy desk add NAME`", err=True)


@app.command()
def remove(name: Name, config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Let a person sign in no more.

    Who is signed in is out with the next click.
    """
    with telling("desk", as_json):
        answer = client_of(config)[0].request("desk.remove", name=name, who=who(), why=why)
        print_json(answer) if as_json else typer.echo(f"{name} is removed")


@app.command()
def password(
    name: Name, config: ConfigFile, password_file: PasswordFile = None, why: Why = "", as_json: AsJson = False
) -> None:
    """Give a person another password.

    Sessions that began with the old one end.
    """
    with telling("desk", as_json):
        answer = client_of(config)[0].request(
            "desk.password", name=name, password_hash=_new_password(password_file), who=who(), why=why
        )
        print_json(answer) if as_json else typer.echo(f"{name} has another password")


@app.command()
def role(
    name: Name,
    new: Annotated[Role, typer.Argument(metavar="ROLE", help="viewer, desk or admin.")],
    config: ConfigFile,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Give a person another role, in force with the next click."""
    with telling("desk", as_json):
        answer = client_of(config)[0].request("desk.role", name=name, role=str(new), who=who(), why=why)
        if as_json:
            print_json(answer)
        else:
            typer.echo(f"{name} is {new}" + ("" if answer["changed"] else " already; nothing was changed"))


def _new_password(file: Path | None) -> str:
    """Return the hash of the password that was given. Raises InputError."""
    from smppproxy.state.desk_persons import check_password

    given = read_password("desk", file, ask=True) or ""
    check_password(given)
    return hashed(given)


def _page(config: Path) -> str:
    from smppproxy.app.settings import load

    return f"http://{load(config).settings.admin.address}/desk"
