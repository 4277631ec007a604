"""How a command gets a password: asked for, or read from a pipe or a file; none ever stands on a command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", metavar="FILE", help="Read the password from the first line of a file; - = stdin."),
]


def read_password(command: str, file: Path | None, *, ask: bool, none: str = "") -> str | None:
    """Return the password, None where none is given; an empty one ends with exit code 2.

    ``none`` is what to do for who wants none.
    """
    if file is not None and str(file) != "-":
        try:
            with file.open(encoding="utf-8") as lines:
                password = lines.readline()
        except (OSError, UnicodeDecodeError) as error:
            raise typer.BadParameter(f"{file}: cannot be read as text: {error}", param_hint="--password-file") from None
    elif file is not None or (ask and not sys.stdin.isatty()):
        password = sys.stdin.readline()
    elif ask:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        return None
    password = password.rstrip("\r\n")
    if not password:
        typer.echo(f"smppproxy {command}: expected a password, got nothing" + (f"; {none}" if none else ""), err=True)
        raise typer.Exit(2)
    return password


def hashed(password: str) -> str:
    """Return a password's hash, the only form in which it is kept."""
    from smppproxy.app.settings.passwords import hash_password

    return hash_password(password)
