"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[
    Path,
    typer.Option("--config", "-c", metavar="FILE", envvar="SMPPPROXY_CONFIG", help="The configuration file (TOML)."),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
