"""Long work in several steps, as a person sees it."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import typer

STOPPED: Final = 130  # exit code of whom Ctrl-C ended, as shells tell it


@contextmanager
def steps() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar for each step of long work, told what, done and total; nothing where the output is piped."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield report


@contextmanager
def stoppable(command: str) -> Iterator[None]:
    """Let Ctrl-C end the program at once, with exit code 130: threads in compiled loops would be waited for."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"smppproxy {command}: stopped; nothing was written", err=True)
        atexit._run_exitfuncs()  # all of an ending but the wait for threads
        os._exit(STOPPED)
