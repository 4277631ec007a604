"""``smppproxy model shadow`` and ``model canary``: another model beside the one in use, before it is in use."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from smppproxy.cli.options import AsJson, ConfigFile
from smppproxy.cli.registry import Why, print_json, telling, who

Folder = Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Folder of the model, as `train` writes it.")]
Shipped = Annotated[bool, typer.Option("--shipped", help="Try the model that comes with the program.")]
Stop = Annotated[bool, typer.Option("--stop", help="End the trial; the model in use judges alone.")]
Protected = Annotated[
    list[Path] | None,
    typer.Option("--protected", metavar="FILE", help="Labelled texts on which it may not be worse; may be repeated."),
]
Force = Annotated[bool, typer.Option("--force", help="Override the gate; say why, the ledger keeps it.")]

#: Examples shown to a person; ``--json`` has all that are kept.
EXAMPLES_SHOWN = 10

FAILED, WRONG_USAGE = 1, 2


def shadow(
    config: ConfigFile,
    folder: Folder = None,
    shipped: Shipped = False,
    share: Annotated[float, typer.Option("--share", help="Of the texts, above 0 to 1.")] = 1.0,
    stop: Stop = False,
    report: Annotated[bool, typer.Option("--report", help="Show what the two models differ in.")] = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Let another model judge the same texts beside the one in use, and count what they differ in.

    Nothing waits for it and nothing follows from it. What a busy proxy has no time for is left out and counted.
    """
    _one(folder is not None, shipped, stop, report, expected="DIR, --shipped, --stop and --report")
    with telling("model", as_json):
        if report:
            found = reports(config)
            print_json({"comparisons": found}) if as_json else print_reports(found)
        elif stop:
            _say(config, _ask(config, "stop", why), as_json)
        else:
            _say(config, _ask(config, "shadow", why, model=_staged(config, folder), share=share), as_json)


def canary(
    config: ConfigFile,
    folder: Folder = None,
    shipped: Shipped = False,
    share: Annotated[
        float | None, typer.Option("--share", help="Of the accounts, above 0 to 1; 0.1 if absent.")
    ] = None,
    accounts: Annotated[
        str, typer.Option("--accounts", metavar="A,B", help="These accounts, by system_id, instead of a share.")
    ] = "",
    promote: Annotated[bool, typer.Option("--promote", help="Use the model on trial for all accounts.")] = False,
    stop: Stop = False,
    protected: Protected = None,
    force: Force = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Let another model judge the texts of some accounts for real, then promote it or stop.

    Without DIR the model that is in the shadow is taken. It goes through the gate first, as with `use`. Which accounts
    are in a share follows from their names: the same on every day, and a larger share keeps them.
    """
    if folder is not None or shipped or promote or stop:
        _one(folder is not None, shipped, promote, stop, expected="DIR, --shipped, --promote and --stop")
    if accounts and share is not None:
        raise _wrong("expected --share or --accounts, not both")
    if share is not None and not 0 < share <= 1:  # told before the gate has measured for a minute
        raise _wrong(f"--share {share:g}: a number above 0, at most 1, is expected")
    with telling("model", as_json):
        if stop:
            _say(config, _ask(config, "stop", why), as_json)
        elif promote:
            measured = _measured(config, _on_trial(config), protected, force, why)
            _say(config, _ask(config, "promote", why, measured=measured), as_json, measured)
        else:
            chosen: dict[str, Any] = {"share": 0.1 if share is None else share}
            if accounts:
                chosen = {"accounts": _listed(config, accounts)}
            source = _on_trial(config) if folder is None and not shipped else str(folder or "")
            measured = _measured(config, source, protected, force, why)
            model = _on_record(config) if folder is None and not shipped else _staged(config, folder)
            _say(config, _ask(config, "canary", why, model=model, measured=measured, **chosen), as_json, measured)


def reports(config: Path) -> list[dict[str, Any]]:
    """What the comparisons of the latest trial have counted, after asking the workers for the newest.

    Raises StateError, SettingsError.
    """
    from models.recipe.measure import wilson
    from smppproxy.app import model_news, shadow_tally
    from smppproxy.cli.model_source import settings_of

    state_dir = settings_of(config).proxy.state_path
    asyncio.run(model_news.save_shadows(state_dir))
    found = shadow_tally.of(state_dir)
    return [shadow_tally.report(tally, wilson) for tally in found if tally.trial == found[-1].trial]


def print_reports(found: list[dict[str, Any]]) -> None:
    """Show comparisons to a person."""
    if not found:
        typer.echo("nothing was compared yet; begin with `smppproxy model shadow DIR`")
    for told in found:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(told["since"]))
        against = told["against"]
        typer.echo(f"{told['stage']} since {since}: {told['candidate']} against {against}, which is in use")
        typer.echo(f"compared    {told['texts']} texts in {told['messages']} messages")
        if told["dropped"] or told["failed"]:
            typer.echo(
                f"left out    {told['dropped']} messages for want of time, {told['failed']} on which a model failed"
            )
        for row in told["outcomes"]:
            low, high = row["interval"]
            name = row["outcome"].replace("_", " ")
            typer.echo(f"  {name:<18}{row['texts']:>9}  {row['share']:9.3%}  ({low:.3%} to {high:.3%})")
        if told["classes"]:
            typer.echo("by class")
        for row in told["classes"]:
            typer.echo(f"  {row['outcome'].replace('_', ' '):<18}{row['texts']:>9}  {row['class']}")
        differing = {name: _differing(rows) for name, rows in told["accounts"].items()}
        if any(differing.values()):
            typer.echo("by account  (texts that differ)")
        for name, (texts, share) in sorted(differing.items(), key=lambda item: -item[1][0]):
            if texts:
                typer.echo(f"  {name:<18}{texts:>9}  {share:9.3%}")
        if told["examples"]:
            typer.echo("examples    (by both models; `smppproxy trace --fingerprint` finds the messages)")
        for each in told["examples"][:EXAMPLES_SHOWN]:
            typer.echo(
                f"  {each['text']}  {each['account']}  {each['outcome'].replace('_', ' ')} {each['label']}  "
                f"{each['before']:.3f} -> {each['after']:.3f}"
            )


def _differing(rows: list[dict[str, Any]]) -> tuple[int, float]:
    """How many texts of an account the models differ in, and their share."""
    different = [row for row in rows if row["outcome"] != "agree"]
    return sum(row["texts"] for row in different), sum(row["share"] for row in different)


def _ask(config: Path, do: str, why: str, **fields: Any) -> dict[str, Any]:
    from smppproxy.cli.registry import client_of

    client, _ = client_of(config)
    return client.request(f"model.{do}", who=who(), why=why, **fields)


def _staged(config: Path, folder: Path | None) -> str:
    """Test a model and copy it into the state directory; None is the shipped one. Raises StateError."""
    from filters.text import manifest as manifests
    from filters.text.manifest import ModelError
    from smppproxy.cli.model_source import load, settings_of
    from smppproxy.state import models
    from smppproxy.state.errors import StateError

    settings = settings_of(config)
    try:
        load(settings, str(folder or ""))
        if folder is None:
            return models.SHIPPED
        return models.stage(manifests.locate(str(folder)), settings.proxy.state_path)
    except ModelError as error:
        raise StateError(f"{error} Nothing was changed.") from None


def _on_record(config: Path) -> str:
    """The model on trial by its name on record. Raises NotFoundError."""
    from smppproxy.cli.model_source import settings_of
    from smppproxy.state import models
    from smppproxy.state.errors import NotFoundError

    trial = models.read(settings_of(config).proxy.state_path).trial
    if trial is None:
        raise NotFoundError("no model is on trial; name the folder of one")
    return trial.model


def _on_trial(config: Path) -> str:
    """The folder of the model on trial, "" for the shipped one. Raises NotFoundError."""
    from smppproxy.cli.model_source import settings_of
    from smppproxy.state import models

    return models.directory(settings_of(config).proxy.state_path, _on_record(config))


def _measured(config: Path, candidate: str, protected: list[Path] | None, force: bool, why: str) -> dict[str, Any]:
    """What the gate says of a candidate, for the ledger. Raises StateError where it is worse."""
    from filters.text.manifest import ModelError
    from smppproxy.cli.model_gating import gated
    from smppproxy.cli.model_source import settings_of
    from smppproxy.cli.model_use import refuse_configured
    from smppproxy.cli.steps import steps
    from smppproxy.state.errors import StateError

    settings = settings_of(config)
    refuse_configured(config, settings)
    try:
        with steps() as progress:
            report = gated(config, settings, candidate, protected or (), force, why, progress)
    except ModelError as error:
        raise StateError(f"{error} Nothing was changed.") from None
    return {} if report is None else report.evidence(forced=force)


def _listed(config: Path, accounts: str) -> list[str]:
    """Names of accounts; of those the configuration does not list something is said. Raises InputError for none."""
    from smppproxy.cli.model_source import settings_of
    from smppproxy.state.errors import InputError

    names = [name.strip() for name in accounts.split(",") if name.strip()]
    if not names:
        raise InputError(f"--accounts {accounts!r}: names parted by commas are expected, such as reseller1,reseller2")
    known = {account.system_id for account in settings_of(config).accounts}
    if strange := [name for name in names if name not in known]:
        typer.echo(f"note: the configuration does not list {', '.join(strange)}", err=True)
    return names


def _say(config: Path, answer: dict[str, Any], as_json: bool, measured: dict[str, Any] | None = None) -> None:
    """Tell what became of a request; a worker that could not follow ends it with exit code 1."""
    from smppproxy.cli.model_use import print_trial

    if as_json:
        print_json(answer | ({"gate": measured} if measured else {}))
    else:
        print_trial(config, answer, measured)
    if any(worker["error"] for worker in answer.get("workers", ())):
        raise typer.Exit(FAILED)


def _one(*given: bool, expected: str) -> None:
    if sum(given) != 1:
        raise _wrong(f"expected one of {expected}")


def _wrong(message: str) -> typer.Exit:
    typer.echo(f"smppproxy model: {message}.", err=True)
    return typer.Exit(WRONG_USAGE)
