"""What the commands on the registries share: the way there, the file to import, the telling of faults."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TextIO

import typer

if TYPE_CHECKING:
    from smppproxy.state.client import Client
    from smppproxy.state.codes import CodeShape

Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, kept in the ledger.")]
From = Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day of validity (UTC), or a time.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Last day of validity (UTC), or a time.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change and change nothing.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write; stdout if absent.")
]
Limit = Annotated[int, typer.Option("--limit", min=0, help="At most so many; 0 = all.")]

PAGE = 10_000  # rows of one request


def client_of(config: Path) -> tuple[Client, CodeShape]:
    """Return the way to the registries of a configuration, and how its codes look. Raises SettingsError."""
    from smppproxy.app.settings import load
    from smppproxy.state.client import Client
    from smppproxy.state.codes import CodeShape

    settings = load(config).settings
    accounts = (settings.code_of(account) for account in settings.accounts)
    shape = CodeShape([settings.filters.code, *accounts])
    policy = settings.sanctions.policy()
    country = settings.filters.sender.country
    client = Client(
        settings.proxy.state_path, database=settings.proxy.database, shape=shape, policy=policy, country=country
    )
    return client, shape


def pages(client: Client, verb: str, rows: str, limit: int, **filters: Any) -> Iterator[dict[str, Any]]:
    """Yield what a listing finds, asking for one page after the other; ``limit`` 0 = all."""
    left = limit
    while True:
        page = client.request(verb, **filters, limit=min(left, PAGE) or PAGE)
        yield from page[rows]
        left -= len(page[rows])
        if page["next"] is None or (limit and left <= 0):
            return
        filters["after"] = page["next"]


def instant(option: str, text: str | None, *, end: bool) -> int | None:
    """Return Unix seconds of a date that was given, None for none or an empty one. Raises BadParameter."""
    from smppproxy.state.codes import parse_instant
    from smppproxy.state.errors import InputError

    if not text:
        return None
    try:
        return parse_instant(text, end=end)
    except InputError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def settle(config: Path) -> None:
    """Bring what was sent until now into the trace and its counts, and tell where that did not work."""
    from smppproxy.app.settings import load

    offset = load(config).settings.stats.utc_offset
    told = client_of(config)[0].request("trace.settle", utc_offset=offset)
    if told["waiting"] or told["silent"]:
        typer.echo(
            "what was sent in the last minutes may be missing: the trace is not up to date; the log says why, "
            "`trace_not_moved`",
            err=True,
        )


def dates(valid_from: str | None, valid_until: str | None) -> dict[str, int | None]:
    """Return the dates that were given as Unix seconds; an empty one is no limit."""
    found = {}
    if valid_from is not None:
        found["valid_from"] = instant("--from", valid_from, end=False)
    if valid_until is not None:
        found["valid_until"] = instant("--until", valid_until, end=True)
    return found


def read_text(file: Path) -> str:
    """Return the text of a file to import; ``-`` is stdin. Raises InputError."""
    from smppproxy.state.errors import InputError
    from smppproxy.state.table_csv import decode

    try:
        octets = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    return decode(octets)


def write_text(text: str, output: Path | None, *, private: bool = False) -> None:
    """Write an export to a file, or to stdout; see :func:`whole`. Raises StateError."""
    if output is None:
        typer.echo(text, nl=False)
        return
    with whole(output, private=private) as file:
        file.write(text)


@contextmanager
def whole(output: Path, *, private: bool = False) -> Iterator[TextIO]:
    """Open a file for an export that is there as a whole in the end, or not at all. Raises StateError.

    It is written beside the one that was there, which stays as it was where the disk is full or the export fails.
    ``private``, of texts and hashes: a new file is its owner's alone, whatever the umask.
    """
    from smppproxy.state.errors import StateError

    beside = output.with_name(f".{output.name}.{os.getpid()}.new") if _is_file(output) else output
    try:
        try:
            if beside != output and output.exists():
                beside.touch(mode=0o600)
                beside.chmod(output.stat().st_mode & 0o777)  # who may read it stays as a person said
            elif beside != output and private:
                beside.touch(mode=0o600)
            with beside.open("w", encoding="utf-8", newline="") as file:
                yield file
            if beside != output:
                beside.replace(output)
        except BaseException:
            if beside != output:
                beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StateError(f"{output}: {error.strerror}; nothing was written") from error


def _is_file(path: Path) -> bool:
    """Whether a path is a file, or will be one: not a pipe, a device such as /dev/stdout, or a link to one."""
    return not path.is_symlink() and (path.is_file() or not path.exists())


@contextmanager
def telling(command: str, as_json: bool) -> Iterator[None]:
    """Tell what the state refuses, every row of it, and end with exit code 1."""
    from smppproxy.state.errors import StateError
    from smppproxy.state.protocol import failure

    try:
        yield
    except StateError as error:
        if as_json:
            print_json(failure(error))
        else:
            typer.echo(f"smppproxy {command}: {error}", err=True)
            for fault in getattr(error, "faults", ()):
                typer.echo(f"  {fault}", err=True)
        _end()


def print_json(value: Any) -> None:
    """Print a value for scripts."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def who() -> str:
    """Return who is asking, for the ledger."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user may have no name
        return "cli"


def _end() -> NoReturn:
    raise typer.Exit(1) from None
