"""``smppproxy run``: the proxy itself."""

from __future__ import annotations

import typer

from smppproxy.cli.options import ConfigFile
from smppproxy.imports import undisturbed


def command(config: ConfigFile) -> None:
    """Run until SIGTERM or SIGINT, then drain. SIGHUP, or a change of the file, reloads without dropping a session."""
    with undisturbed():
        from smppproxy.app import parent

    raise typer.Exit(parent.main(config))
