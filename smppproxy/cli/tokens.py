"""``smppproxy tokens``: read-only tokens, with which a reseller looks its own messages up over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from smppproxy.cli.options import AsJson, ConfigFile
from smppproxy.cli.registry import Why, client_of, instant, print_json, telling, who

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Read-only tokens for resellers' own messages.")

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The system_id whose messages it shows.")]


@app.command()
def add(
    account: Account,
    config: ConfigFile,
    about: Annotated[str, typer.Option("--about", metavar="TEXT", help="Who gets it, or what for.")] = "",
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="Its last day; a year if absent.")
    ] = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Make a token and show it. It is shown this once: what is kept cannot be turned back into it."""
    from smppproxy.app.settings import load
    from smppproxy.state.codes import print_instant
    from smppproxy.state.errors import NotFoundError, StateError

    expires = instant("--until", until, end=True)
    with telling("tokens", as_json):
        client = client_of(config)[0]
        if account not in {each.system_id for each in load(config).settings.accounts}:
            try:
                client.request("accounts.show", system_id=account)
            except NotFoundError as error:
                raise StateError(
                    f"there is no account {account}, in the configuration or in the store; a token would show nothing"
                ) from error
        answer = client.request("tokens.add", account=account, about=about, expires=expires, who=who(), why=why)
        if as_json:
            print_json(answer)
            return
        typer.echo(answer["text"])
        typer.echo(
            f"token {answer['token']['id']} of {account}, until {print_instant(answer['token']['expires'])}; "
            "shown only now", err=True,
        )  # fmt: skip


@app.command("list")
def list_tokens(
    config: ConfigFile,
    account: Annotated[str, typer.Option("--account", metavar="NAME", help="Only those of this account.")] = "",
    as_json: AsJson = False,
) -> None:
    """List tokens: never what opens, only what is known of each."""
    from smppproxy.cli.tables import print_table
    from smppproxy.state.codes import print_instant

    with telling("tokens", as_json):
        found = client_of(config)[0].request("tokens.list", account=account)
        if as_json:
            print_json(found)
            return
        rows = [
            [each["id"], each["account"], print_instant(each["expires"]), each["about"],
             print_instant(each["created_at"] // 1000), each["who"]]
            for each in found["tokens"]
        ]  # fmt: skip
        print_table(("id", "account", "until", "about", "made", "by"), rows)


@app.command()
def remove(
    number: Annotated[str, typer.Argument(metavar="ID", help="The token's id, as `tokens list` shows it.")],
    config: ConfigFile,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Take a token's right away: its next request is refused."""
    with telling("tokens", as_json):
        answer = client_of(config)[0].request("tokens.remove", id=number, who=who(), why=why)
        if as_json:
            print_json(answer)
        else:
            typer.echo(f"token {number} of {answer['token']['account']} is removed")
