"""``smppproxy model use`` and what ``model info -c`` tells: the model a proxy judges by."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from filters.text import manifest as manifests
from smppproxy.cli.model_gating import gated
from smppproxy.cli.model_source import Progress, load, quiet, settings_of, version_of
from smppproxy.state import models
from smppproxy.state.errors import InputError
from smppproxy.state.models import SHIPPED, Choice, InUse, Trial

if TYPE_CHECKING:
    from smppproxy.app.settings import Settings

PATIENCE = 2.0  # s for a worker to say which model it uses


def use(
    config: Path,
    folder: Path | None,
    rollback: bool,
    who: str,
    why: str,
    protected: Sequence[Path] = (),
    force: bool = False,
    progress: Progress = quiet,
) -> dict[str, Any]:
    """Put a model on record and have a running proxy follow: a folder, the one before, or else the shipped one.

    Everything about it is checked before anything changes; a folder goes through the gate, the way back does not.
    Returns control's answer, see ``model.use``, with ``gate``; without a running proxy it has no ``workers``. Raises
    StateError, ModelError, SettingsError.
    """
    from smppproxy.cli.registry import client_of

    settings = settings_of(config)
    refuse_configured(config, settings)
    state_dir = settings.proxy.state_path
    chosen, measured = SHIPPED, None
    if rollback:
        previous = models.read(state_dir).previous
        if previous is None:
            raise InputError(f"{state_dir}: no model was in use before the current one; there is nothing to go back to")
        chosen = previous.model
        load(settings, models.directory(state_dir, chosen))
    elif folder is not None:
        measured = gated(config, settings, str(folder), protected, force, why, progress)
        chosen = models.stage(manifests.locate(str(folder)), state_dir)
    else:
        load(settings, "")
    client, _ = client_of(config)
    evidence = measured.evidence(forced=force) if measured is not None else {}
    answer = client.request("model.use", model=chosen, who=who, why=why, measured=evidence)
    return answer | ({"gate": evidence} if evidence else {})


def refuse_configured(config: Path, settings: Settings) -> None:
    """Raise InputError where the configuration names the model, for that beats the record."""
    if settings.filters.text.model:
        raise InputError(
            f"{config}: [filters.text] model = {str(settings.filters.text.model)!r} names the model, and that beats "
            "whatever is chosen here. Take the key out of the file to choose with this command, or change it there; "
            "a running proxy follows the file."
        )


def status(config: Path) -> dict[str, Any]:
    """Which model a configuration's proxy is to use, the one before it, and what each running worker uses.

    Raises StateError, SettingsError.
    """
    from smppproxy.app.model_news import sockets

    settings = settings_of(config)
    state_dir = settings.proxy.state_path
    record = models.read(state_dir)
    named = settings.filters.text.model
    told = {
        "mode": settings.filters.text.mode.value,
        "configured": str(named) if named else "",
        "current": _told(state_dir, record.current),
        "previous": _told(state_dir, record.previous) if record.previous is not None else None,
        "trial": _told(state_dir, record.trial) if record.trial is not None else None,
    }
    if named:
        told["current"] = {"version": version_of(str(named)), "model": str(named), "since": 0, "who": str(config)}
    return told | {"workers": asyncio.run(_ask(sockets(state_dir)))}


def print_use(config: Path, answer: dict[str, Any]) -> None:
    """Say what came of ``use``."""
    state_dir = settings_of(config).proxy.state_path
    record = msgspec.convert({name: answer[name] for name in ("current", "previous")}, InUse)
    verb = "in use" if answer["changed"] else "in use already; nothing was changed"
    typer.echo(f"{_named(_told(state_dir, record.current))} {verb}")
    if record.previous is not None:
        typer.echo(f"before: {_named(_told(state_dir, record.previous))} (--rollback returns to it)")
    _print_gate(answer.get("gate"))
    _print_workers(answer)


def print_trial(config: Path, answer: dict[str, Any], measured: dict[str, Any] | None) -> None:
    """Say what came of ``shadow`` or ``canary``."""
    state_dir = settings_of(config).proxy.state_path
    record = msgspec.convert({name: answer[name] for name in ("current", "previous", "trial")}, InUse)
    typer.echo(f"in use      {_named(_told(state_dir, record.current))}")
    trial = _told(state_dir, record.trial) if record.trial is not None else None
    typer.echo("on trial    " + (f"{_named(trial)}, {share_of(trial)}" if trial else "none"))
    if not answer["changed"]:
        typer.echo("that was so already; nothing was changed")
    _print_gate(measured)
    _print_workers(answer)


def _print_gate(measured: dict[str, Any] | None) -> None:
    if measured:
        sets = ", ".join(f"{name} ({texts} texts)" for name, texts in measured["texts"].items())
        worse = ", ".join(f"{each['set']} ({each['kind']})" for each in measured["worse"])
        verdict = f"overridden, worse on {worse}" if worse else "not worse"
        typer.echo(f"gate        {verdict}; judged: {sets}")


def _print_workers(answer: dict[str, Any]) -> None:
    for worker in answer.get("workers", ()):
        typer.echo(f"worker {worker['worker']}: {_of_worker(worker)}")
    if "workers" not in answer:
        typer.echo("the proxy is not running; it will do so when it starts")


def print_status(told: dict[str, Any]) -> None:
    """Say what ``status`` found."""
    typer.echo(f"in use      {_named(told['current'])}" + (", named by the configuration" * bool(told["configured"])))
    if told["current"]["since"]:
        typer.echo(f"            {_since(told['current'])}")
    typer.echo(f"before      {_named(told['previous']) if told['previous'] else 'none'}")
    if told["trial"]:
        typer.echo(f"on trial    {_named(told['trial'])}, {share_of(told['trial'])}")
    typer.echo(f"mode        {told['mode']}")
    for worker in told["workers"]:
        typer.echo(f"worker {worker['worker']:<4} {_of_worker(worker)}")
    if not told["workers"]:
        typer.echo("workers     none is running")


def _told(state_dir: Path, choice: Choice | Trial) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(choice)
    return told | {"version": version_of(models.directory(state_dir, choice.model))}


def _named(told: dict[str, Any]) -> str:
    version = told["version"] or "unreadable"
    return f"{version} (shipped)" if told["model"] == SHIPPED else f"{version} ({told['model']})"


def share_of(trial: dict[str, Any]) -> str:
    """Say how far a candidate has come."""
    if trial["stage"] == "shadow":
        return f"shadow of {trial['share']:.0%} of the texts"
    return "canary of " + (", ".join(trial["accounts"]) or f"{trial['share']:.0%} of the accounts")


def _of_worker(told: dict[str, Any]) -> str:
    beside = f", on trial {told['candidate']}" if told["candidate"] else ""
    return told["error"] or (f"{told['model']} ({told['folder']}){beside}" if told["model"] else "judges no texts")


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
    return NOTHING | {
        "worker": number,
        **{name: answer["status"].get(name, "") for name in ("model", "folder", "candidate")},
    }
