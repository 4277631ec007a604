"""The page of all commands, made from the command line itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from smppproxy.cli.main import app

HEAD = """\
# Commands

<!-- Written by docs/generate.py; do not edit. -->

For everybody. Every command takes `-h`. Exit codes: 0 fine, 1 failed at its work, 2 wrong usage or configuration. What
is meant for scripts goes to stdout; logs, progress and complaints go to stderr. `NO_COLOR` is honoured.

What is piped or written to a file is UTF-8, whatever the locale; a terminal gets escapes for what it cannot show.
Exports of texts or password hashes make files that only their owner may read.

"""


def walk(
    command: Any = None, context: Any = None, words: tuple[str, ...] = ("smppproxy",)
) -> Iterator[tuple[str, Any]]:
    """Yield (``"smppproxy codes add"``, command) of every command that does something."""
    command = command or get_command(app)
    context = context or command.make_context("smppproxy", [], resilient_parsing=True)
    if not hasattr(command, "list_commands"):
        yield " ".join(words), command
        return
    for name in command.list_commands(context):
        yield from walk(command.get_command(context, name), context, (*words, name))


def page() -> str:
    """Return the page."""
    found = list(walk())
    contents = "".join(f"- [`{name}`](#{name.replace(' ', '-')})\n" for name, _ in found)
    return HEAD + contents + "".join(_section(name, command) for name, command in found)


def _section(name: str, command: Any) -> str:
    context = command.context_class(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    records = [(record, parameter) for parameter in command.params if (record := parameter.get_help_record(context))]
    rows = "".join(f"| `{_cell(left)}` | {_cell(right)} |\n" for (left, right), _ in records)
    about = " ".join((command.help or "").replace("\n\n", "\0").split()).replace("\0", "\n\n")
    table = f"| option | meaning |\n|---|---|\n{rows}" if rows else ""
    return f"\n## {name}\n\n`{name} {usage}`\n\n{about}\n\n{table}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
