"""What the commands ``codes``, ``senders`` and ``accounts`` do alike: changes, files in, files out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from smppproxy.cli.registry import print_json, read_text, telling, who, write_text

if TYPE_CHECKING:
    from smppproxy.state.client import Client


Told = str | Callable[[dict[str, Any]], str]


class RegistryCommands(NamedTuple):
    """The commands on one registry."""

    group: str  # of commands, and of requests: "codes"
    key: str  # what a request calls the key of a record: "code"
    client_of: Callable[[Path], Client]  # the way there; raises SettingsError

    def change(
        self, config: Path, verb: str, key: str, why: str, as_json: bool, done: Told, nothing: str, **fields: Any
    ) -> None:
        """Ask for one change and tell what became of it: ``done`` behind the key, or that there was ``nothing`` to do.

        ``done`` may be made of the answer.
        """
        with telling(self.group, as_json):
            request = {self.key: key, "who": who(), "why": why, **fields}
            answer = self.client_of(config).request(f"{self.group}.{verb}", **request)
            if as_json:
                print_json(answer)
            else:
                form = answer[self.group.removesuffix("s")][self.key]  # as the registry spells it
                told = done if isinstance(done, str) else done(answer)
                typer.echo(f"{form} {told}" if answer["changed"] else f"{form} {nothing}; nothing was changed")

    def import_file(self, config: Path, file: Path, dry_run: bool, why: str, as_json: bool) -> None:
        """Bring the registry in line with a file, and tell what changed."""
        from smppproxy.cli.tables import print_outcome, progress_bar

        with telling(self.group, as_json):
            client, text = self.client_of(config), read_text(file)
            with progress_bar("importing") as progress:
                outcome = client.request(
                    f"{self.group}.import", progress=progress, who=who(), why=why, text=text, dry_run=dry_run
                )
            print_json(outcome) if as_json else print_outcome(outcome, self.key)

    def export(self, config: Path, output: Path | None, *, private: bool = False, **fields: Any) -> None:
        """Write all records as CSV; ``private``: into a file of the owner's alone."""
        with telling(self.group, as_json=False):
            text = self.client_of(config).request(f"{self.group}.export", **fields)["text"]
            write_text(text, output, private=private)
