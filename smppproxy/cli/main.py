"""The front door of the command line: knows every command by name and imports only the one that is called.

A command is a module ``smppproxy.cli.<name>`` with either a function ``command`` whose parameters are typer
options, or, for a group such as ``codes``, a typer application ``app``. Exit codes: 0 fine, 1 failed at its
work, 2 wrong usage or configuration.
"""

from __future__ import annotations

import importlib
import os
import sys
from importlib.util import find_spec
from typing import Annotated, Any, Final, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from smppproxy import __version__


class Entry(NamedTuple):
    """A command before it is imported. ``needs`` names what it does its work with."""

    target: str  # "module:attribute"
    about: str
    needs: str = ""


COMMANDS: Final[dict[str, Entry]] = {
    "run": Entry("smppproxy.cli.run:command", "Run the proxy until SIGTERM, then drain.", "smppproxy.app.parent"),
    "check": Entry("smppproxy.cli.check:command", "Check a configuration: every fault at once."),
    "demo": Entry("smppproxy.cli.demo:command", "See it work: SMSC, proxy, resellers and traffic, nothing to set up."),
    "explain": Entry("smppproxy.cli.explain:command", "Tell what would become of a message, and why."),
    "codes": Entry("smppproxy.cli.codes:app", "The registry of first senders' codes."),
    "sanctions": Entry("smppproxy.cli.sanctions:app", "Sanctions: proposals, measures, appeals, evidence."),
    "senders": Entry("smppproxy.cli.senders:app", "The registry of sender numbers."),
    "lists": Entry("smppproxy.cli.lists:app", "Lists of hosts, URLs, opt-outs, sender numbers and patterns."),
    "accounts": Entry("smppproxy.cli.accounts:app", "Resellers' accounts that are kept in the store."),
    "quarantine": Entry("smppproxy.cli.quarantine:app", "Messages held for a person: show, release, drop."),
    "reports": Entry("smppproxy.cli.reports:app", "Spam reports: import them, find who sent what was reported."),
    "trace": Entry("smppproxy.cli.trace:command", "Find what became of a message."),
    "refusals": Entry("smppproxy.cli.refusals:command", "Write why an account's messages were not accepted."),
    "keys": Entry("smppproxy.cli.keys:app", "The keys that seal what people wrote."),
    "tokens": Entry("smppproxy.cli.tokens:app", "Read-only tokens for resellers' own messages."),
    "desk": Entry("smppproxy.cli.desk:app", "Persons who sign in to the abuse desk's web page."),
    "stats": Entry("smppproxy.cli.stats:command", "Show how messages and spam were distributed."),
    "model": Entry("smppproxy.cli.model:app", "The text model: what it is, how well it judges."),
    "smsc": Entry("smppproxy.cli.smsc:command", "Simulate an SMSC, with faults on demand."),
    "load": Entry("smppproxy.cli.load:command", "Generate load and check every answer."),
    "hash-password": Entry("smppproxy.cli.hash_password:command", "Make a password_hash for the configuration."),
}


def _is_there(entry: Entry) -> bool:
    modules = [entry.target.partition(":")[0]]
    if entry.needs:
        modules.append(entry.needs)
    return all(find_spec(module) is not None for module in modules)


class LazyGroup(TyperGroup):
    """Commands by name. Help needs no import; a call imports one module."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands that are there."""
        return [name for name, entry in COMMANDS.items() if _is_there(entry)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a command; None where there is none of this name."""
        entry = COMMANDS.get(cmd_name)
        if entry is None or not _is_there(entry):
            return None
        module, _, attribute = entry.target.partition(":")
        loaded = getattr(importlib.import_module(module), attribute)
        if isinstance(loaded, typer.Typer):
            loaded.rich_markup_mode = None
            loaded.pretty_exceptions_enable = False
            command: Any = get_group(loaded)
        else:
            single = _typer()
            single.command(cmd_name)(loaded)
            command = get_command(single)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that is called, or suggest the one that may have been meant."""
        names: Any = {} if args and args[0] in COMMANDS else dict.fromkeys(self.list_commands(ctx))
        self.commands = names  # what typer looks for near misses in
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].about) for name in self.list_commands(ctx)])

    def invoke(self, ctx: Any) -> Any:
        """Run the command. A configuration that cannot be used is told in full, with exit code 2."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            settings = sys.modules.get("smppproxy.app.settings.faults")
            if settings is None or not isinstance(error, settings.SettingsError):
                raise
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None


def _typer(**options: Any) -> typer.Typer:
    return typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, **options)


def version_line() -> str:
    """Return version, kernel and Python in one line."""
    try:
        kernel = importlib.import_module("smppproxy.smpp.kernel").NAME
    except ImportError:
        kernel = "absent"
    python = ".".join(str(part) for part in sys.version_info[:3])
    return f"smppproxy {__version__} (kernel: {kernel}, Python {python})"


def _version(asked: bool) -> None:
    if asked:
        typer.echo(version_line())
        raise typer.Exit


app = _typer(cls=LazyGroup, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})


@app.callback()
def _main(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show version and kernel, then exit.")
    ] = False,
) -> None:
    """An SMPP proxy that checks the first sender's code and judges the text before the carrier sees it."""
    if os.environ.get("NO_COLOR"):
        ctx.color = False
