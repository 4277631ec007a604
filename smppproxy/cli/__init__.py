"""The command line. Each command lives in a module of its own and is imported only when it is called."""

from __future__ import annotations

import sys
from io import TextIOWrapper

from smppproxy.imports import undisturbed


def main() -> None:
    """Entry point of the ``smppproxy`` command."""
    with undisturbed():
        from smppproxy.cli.main import app

    _write_any_character()
    app()


def _write_any_character() -> None:
    """Let output hold any character in any locale: names and texts come in every script.

    A file or a pipe gets UTF-8, as the formats promise it; a terminal its own encoding, with escapes for what that
    does not have.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="backslashreplace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
