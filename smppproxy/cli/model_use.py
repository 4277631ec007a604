"""``smppproxy model use`` and what ``model info -c`` tells: the model a proxy judges by."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from filters.text import manifest as manifests
from filters.text.filter import TextFilter, TextSettings
from filters.text.manifest import ModelError
from smppproxy.state import models
from smppproxy.state.errors import InputError
from smppproxy.state.models import SHIPPED, Choice, InUse

if TYPE_CHECKING:
    from smppproxy.app.settings import Settings

PATIENCE = 2.0  # s for a worker to say which model it uses


def use(config: Path, folder: Path | None, rollback: bool, who: str, why: str) -> dict[str, Any]:
    """Put a model on record and have a running proxy follow: a folder, the one before, or else the shipped one.

    Everything about it is checked before anything changes. Returns control's answer, see ``model.use``; without a
    running proxy it has no ``workers``. Raises StateError, ModelError, SettingsError.
    """
    from smppproxy.cli.registry import client_of

    settings = _settings(config)
    if settings.filters.text.model:
        raise InputError(
            f"{config}: [filters.text] model = {str(settings.filters.text.model)!r} names the model, and that beats "
            "whatever is chosen here. Take the key out of the file to choose with this command, or change it there; "
            "a running proxy follows the file."
        )
    state_dir = settings.proxy.state_path
    chosen = SHIPPED
    if rollback:
        previous = models.read(state_dir).previous
        if previous is None:
            raise InputError(f"{state_dir}: no model was in use before the current one; there is nothing to go back to")
        chosen = previous.model
        _test(settings, models.directory(state_dir, chosen))
    elif folder is not None:
        _test(settings, str(folder))
        chosen = models.stage(manifests.locate(str(folder)), state_dir)
    else:
        _test(settings, "")
    client, _ = client_of(config)
    return client.request("model.use", model=chosen, who=who, why=why)


def status(config: Path) -> dict[str, Any]:
    """Which model a configuration's proxy is to use, the one before it, and what each running worker uses.

    Raises StateError, SettingsError.
    """
    from smppproxy.app.model_news import sockets

    settings = _settings(config)
    state_dir = settings.proxy.state_path
    record = models.read(state_dir)
    named = settings.filters.text.model
    told = {
        "mode": settings.filters.text.mode.value,
        "configured": str(named) if named else "",
        "current": _told(state_dir, record.current),
        "previous": _told(state_dir, record.previous) if record.previous is not None else None,
    }
    if named:
        told["current"] = {"version": version_of(str(named)), "model": str(named), "since": 0, "who": str(config)}
    return told | {"workers": asyncio.run(_ask(sockets(state_dir)))}


def model_of(config: Path) -> str:
    """The folder of the model a configuration's proxy is to use, "" for the shipped one. Raises as :func:`status`."""
    settings = _settings(config)
    state_dir = settings.proxy.state_path
    return str(settings.filters.text.model or models.directory(state_dir, models.read(state_dir).current.model))


def version_of(folder: str) -> str:
    """The version of a model, "" where it cannot be read."""
    try:
        return manifests.read(manifests.locate(folder)).sha256[:12]
    except ModelError:
        return ""


def print_use(config: Path, answer: dict[str, Any]) -> None:
    """Say what came of ``use``."""
    state_dir = _settings(config).proxy.state_path
    record = msgspec.convert({name: answer[name] for name in ("current", "previous")}, InUse)
    verb = "in use" if answer["changed"] else "in use already; nothing was changed"
    typer.echo(f"{_named(_told(state_dir, record.current))} {verb}")
    if record.previous is not None:
        typer.echo(f"before: {_named(_told(state_dir, record.previous))} (--rollback returns to it)")
    for worker in answer.get("workers", ()):
        typer.echo(f"worker {worker['worker']}: {_of_worker(worker)}")
    if "workers" not in answer:
        typer.echo("the proxy is not running; it will use this model when it starts")


def print_status(told: dict[str, Any]) -> None:
    """Say what ``status`` found."""
    typer.echo(f"in use      {_named(told['current'])}" + (", named by the configuration" * bool(told["configured"])))
    if told["current"]["since"]:
        typer.echo(f"            {_since(told['current'])}")
    typer.echo(f"before      {_named(told['previous']) if told['previous'] else 'none'}")
    typer.echo(f"mode        {told['mode']}")
    for worker in told["workers"]:
        typer.echo(f"worker {worker['worker']:<4} {_of_worker(worker)}")
    if not told["workers"]:
        typer.echo("workers     none is running")


def _settings(config: Path) -> Settings:
    from smppproxy.app.settings import load

    return load(config).settings


def _test(settings: Settings, model: str) -> None:
    """Load a model as a worker would: octets, runtime, self-test, classes, thresholds. Raises ModelError."""
    TextFilter(TextSettings(model=model, thresholds=dict(settings.filters.text.thresholds), memo=0))


def _told(state_dir: Path, choice: Choice) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(choice)
    return told | {"version": version_of(models.directory(state_dir, choice.model))}


def _named(told: dict[str, Any]) -> str:
    version = told["version"] or "unreadable"
    return f"{version} (shipped)" if told["model"] == SHIPPED else f"{version} ({told['model']})"


def _of_worker(told: dict[str, Any]) -> str:
    return told["error"] or (f"{told['model']} ({told['folder']})" if told["model"] else "judges no texts")


def _since(told: dict[str, Any]) -> str:
    return f"since {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(told['since']))}, by {told['who']}"


async def _ask(workers: list[tuple[int, Path]]) -> list[dict[str, Any]]:
    return list(await asyncio.gather(*(_version(number, path) for number, path in workers)))


async def _version(number: int, path: Path) -> dict[str, Any]:
    from smppproxy.app.model_news import NOTHING
    from smppproxy.app.rpc import RpcError, ask

    try:
        answer = await ask(path, {"do": "status"}, PATIENCE)
    except (OSError, TimeoutError, RpcError) as error:
        return NOTHING | {"worker": number, "error": str(error) or "does not answer"}
    return NOTHING | {"worker": number, **{name: answer["status"].get(name, "") for name in ("model", "folder")}}
