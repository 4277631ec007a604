"""``smppproxy keys``: the keys that seal texts, feedback and held messages: a new one, and an end of the old."""

from __future__ import annotations

from typing import Any

import typer

from smppproxy.cli.options import AsJson, ConfigFile
from smppproxy.cli.registry import Why, client_of, print_json, telling, who

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The keys that seal what people wrote.")


@app.command("list")
def list_keys(config: ConfigFile, as_json: AsJson = False) -> None:
    """List the keys by their names, the one in use last, and what still needs an old one."""
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
    """Make a new key, which seals from now on, and seal with it what there is. Old keys open what is left."""
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
            typer.echo("back up texts.key, apart from the database")


@app.command()
def reseal(config: ConfigFile, as_json: AsJson = False) -> None:
    """Seal with the key in use what was sealed with an older one. It may be interrupted and run again."""
    with telling("keys", as_json):
        done = _reseal(client_of(config)[0])
        if as_json:
            print_json(done)
        else:
            _tell(done)


@app.command()
def retire(config: ConfigFile, why: Why = "", as_json: AsJson = False) -> None:
    """Forget all keys but the one in use, where nothing needs them any more. Backups from before then stay shut."""
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
    typer.echo(f"{done['sealed']} values are sealed with the key in use now")
    if done["unreadable"]:
        typer.echo(f"{done['unreadable']} values were altered: no key opens them; a backup may hold them", err=True)
