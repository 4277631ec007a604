"""The command line. Each command lives in a module of its own and is imported only when it is called."""

from __future__ import annotations


def main() -> None:
    """Entry point of the ``smppproxy`` command."""
    from smppproxy.cli.main import app

    app()
