"""``smppproxy hash-password``: from a password to what the configuration may hold."""

from __future__ import annotations

import sys

import typer


def command() -> None:
    """Ask for a password (or read one line from a pipe) and print its hash, for `password_hash` of an account."""
    from smppproxy.app.settings.passwords import hash_password

    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        typer.echo("smppproxy hash-password: expected a password, got nothing", err=True)
        raise typer.Exit(2)
    typer.echo(hash_password(password))
