"""``smppproxy keys``: the keys that seal texts, feedback and held messages: a new one, and an end of the old."""

from __future__ import annotations

from typing import Any

import typer

from smppproxy.cli.options import AsJson, ConfigFile
from smppproxy.cli.registry import Why, client_of, print_json, telling, who

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The keys that seal what people wrote.")


@app.command("list")
def list_keys(config: ConfigFile, as_json: AsJson = False) -> None:
    """List the keys and what still needs an old one."""
    with telling("keys", as_json):
        found = client_of(config)[0].request("keys.list")
        if as_json:
            print_json(found)
            return
        for key in found["keys"][:-1]:
            typer.echo(f"{key}\told: opens only")
        typer.echo(f"{found['keys'][-1]}\tin use: seals and opens")
        for name, many in found["stale"].items():
            typer.echo(f"{many} {name} open with an old key only; `keys reseal` changes that", err=True)


@app.command()
def rotate(config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Make a new key and seal everything with it. The old one still opens what workers are writing at that moment."""
    with telling("keys", as_json):
        client = client_of(config)[0]
        made = client.request("keys.rotate", who=who(), why=why)
        if not as_json:
            typer.echo(f"key {made['key']} seals from now on; {made['before']} only opens")
        done = _reseal(client)
        if as_json:
            print_json(made | done)
        else:
            _tell(done)
            typer.echo("back up texts.key again, apart from the database")


@app.command()
def reseal(config: ConfigFile, as_json: AsJson = False) -> None:
    """Seal anew what needs an old key. It may be interrupted and run again."""
    with telling("keys", as_json):
        done = _reseal(client_of(config)[0])
        if as_json:
            print_json(done)
        else:
            _tell(done)


@app.command()
def retire(config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Forget the old keys, where nothing needs them. A backup then opens only with its own copy of texts.key."""
    with telling("keys", as_json):
        answer = client_of(config)[0].request("keys.retire", who=who(), why=why)
        if as_json:
            print_json(answer)
        else:
            typer.echo(f"forgotten: {', '.join(answer['forgotten'])}; {answer['key']} is the only key")


def _reseal(client: Any) -> dict[str, int]:
    """Go through everything that is sealed, and return what was done."""
    from smppproxy.cli.tables import progress_bar

    done = {"sealed": 0, "unreadable": 0}
    place: dict[str, Any] | None = {}
    with progress_bar("sealing") as tell:
        while place is not None:
            step = client.request("keys.reseal", place=place)
            for name in done:
                done[name] += step[name]
            place = step["next"]
            if tell is not None:
                tell(done["sealed"], 0)
    return done


def _tell(done: dict[str, int]) -> None:
    typer.echo(f"sealed anew: {done['sealed']}")
    if done["unreadable"]:
        typer.echo(f"{done['unreadable']} values were altered: no key opens them; a backup may hold them", err=True)
