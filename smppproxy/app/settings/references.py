"""``"env:NAME"`` and ``"file:/path"``: values that stand elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any, Final

from smppproxy.app.settings.faults import Found, Path, did_you_mean
from smppproxy.app.settings.values import Resolved

LONGEST_FILE: Final = 1 << 20  # octets; a value that stands in a file is a password or a list, not a database


class References:
    """Replaces references by what they stand for. ``written`` keeps the reference itself, the thing to show people."""

    def __init__(self, folder: FilePath, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self.written: dict[Path, str] = {}
        self.found: list[Found] = []  # each at the place of a reference that leads nowhere

    def resolve(self, tree: Any, path: Path = ()) -> Any:
        """Return a copy of the tree with every reference replaced; one that leads nowhere is left out and recorded."""
        if isinstance(tree, dict):
            return self._without_gaps({name: self.resolve(item, (*path, name)) for name, item in tree.items()})
        if isinstance(tree, list):
            return [self.resolve(item, (*path, at)) for at, item in enumerate(tree)]
        if isinstance(tree, str) and tree.startswith("env:"):
            return self._from_environment(tree, path)
        if isinstance(tree, str) and tree.startswith("file:"):
            return self._from_file(tree, path)
        return tree

    @staticmethod
    def _without_gaps(table: dict[str, Any]) -> dict[str, Any]:
        return {name: item for name, item in table.items() if item is not _NOWHERE}

    def _from_environment(self, reference: str, path: Path) -> Any:
        self.written[path] = reference
        name = reference[len("env:") :]
        if name in self._environment:
            return Resolved(self._environment[name])
        near = did_you_mean(name, self._environment) if name else ""
        how = f'{name} is not set here: `export {name}=…`, or keep the value in a file and write "file:/path"'
        if path and path[-1] == "password_hash":
            how += "; `smppproxy hash-password` makes one"
        self.found.append(
            Found(path, "the name of an environment variable that is set", near or how if name else "", reference)
        )
        return _NOWHERE

    def _from_file(self, reference: str, path: Path) -> Any:
        self.written[path] = reference
        file = self._folder / FilePath(reference[len("file:") :]).expanduser()
        try:
            with file.open("rb") as stream:
                octets = stream.read(LONGEST_FILE + 1)
            if len(octets) > LONGEST_FILE:
                raise ValueError("longer than 1 MiB")
            return Resolved(octets.decode().rstrip("\r\n"))
        except OSError as error:
            why = error.strerror or type(error).__name__
        except ValueError as error:
            why = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
        self.found.append(Found(path, f"the path of a readable text file ({why})", "", reference))
        return _NOWHERE


_NOWHERE: Final = Resolved("")
