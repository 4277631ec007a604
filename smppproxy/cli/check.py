"""``smppproxy check``: every fault of a configuration at once, and what will hurt."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smppproxy.cli import pattern_check
from smppproxy.cli.options import AsJson

if TYPE_CHECKING:
    from smppproxy.app.settings import Loaded, Settings, SettingsError


def command(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", metavar="FILE", envvar="SMPPPROXY_CONFIG", help="The configuration file (TOML)."
        ),
    ] = None,
    as_json: AsJson = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of the configuration.")] = False,
) -> None:
    """Check a configuration: every fault at once, each with its line, what was expected and a suggestion.

    Exit code 0: it loads (warnings tell what will hurt). Exit code 2: it does not.
    """
    from smppproxy.app.settings import SettingsError, load, stored

    if schema:
        from smppproxy.app.settings.reference import schema as json_schema

        typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
        return
    if config is None:
        typer.echo("smppproxy check: expected a configuration file; add -c FILE", err=True)
        raise typer.Exit(2)
    try:
        loaded = load(config, codes_held=codes_held, accounts_held=stored.held)
    except SettingsError as error:
        typer.echo(_faults_as_json(error) if as_json else _faults_for_people(error))
        raise typer.Exit(2) from None
    loaded = replace(loaded, warnings=(*loaded.warnings, *pattern_check.warnings(loaded.settings, config)))
    typer.echo(_loaded_as_json(loaded) if as_json else _loaded_for_people(loaded, config))


def codes_held(settings: Settings) -> int | None:
    """Return how many codes the registry of these settings holds; None where it cannot be told."""
    from smppproxy.state.peek import peek

    rows = peek(settings.proxy.database or settings.proxy.state_path, "SELECT count(*) FROM codes")
    return None if rows is None else rows[0][0] if rows else 0


def _faults_for_people(error: SettingsError) -> str:
    count = len(error.faults)
    return f"{error}\n{count} fault{'s' if count > 1 else ''}"


def _faults_as_json(error: SettingsError) -> str:
    report = {"ok": False, "faults": [fault.as_dict() for fault in error.faults], "warnings": []}
    return json.dumps(report, ensure_ascii=False, indent=2)


def _loaded_for_people(loaded: Loaded, config: Path) -> str:
    settings = loaded.settings
    lines = [f"warning: {warning}" for warning in loaded.warnings]
    parts = [
        _counted(len(settings.listeners), "listener"),
        _counted(len(settings.upstreams), "upstream"),
        _counted(len(settings.accounts), "account"),
        _counted(len(loaded.warnings), "warning"),
    ]
    return "\n".join([*lines, f"{config}: loads; {', '.join(parts)}"])


def _loaded_as_json(loaded: Loaded) -> str:
    report = {"ok": True, "faults": [], "warnings": [warning.as_dict() for warning in loaded.warnings]}
    return json.dumps(report, ensure_ascii=False, indent=2)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
