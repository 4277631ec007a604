"""The demo's child processes: this very program, started again with other arguments."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Any

_PROGRAM = (sys.executable, "-c", "from smppproxy.cli import main; main()")
_READY_WAIT = 120.0  # seconds a program may take to be ready: five, and many times that on a busy machine
_STOP_WAIT = 60.0  # seconds it may take to end after SIGTERM: its drain_timeout and some more


class ProgramError(Exception):
    """A program did not start, or did not do its work; the message holds what it said."""


class Program:
    """A running ``smppproxy`` command that prints JSON lines on stdout. Its stderr goes to a file."""

    def __init__(self, process: Process, name: str, log: Path, ready: dict[str, Any]) -> None:
        self._process = process
        self._name = name
        self._log = log
        self.ready = ready

    @classmethod
    async def start(cls, log: Path, *arguments: str) -> Program:
        """Start ``smppproxy`` with these arguments and wait for its ready line. Raises ProgramError."""
        with log.open("wb") as errors:
            # a session of its own: Ctrl-C is for the demo, which then ends its programs in order
            process = await asyncio.create_subprocess_exec(
                *_PROGRAM, *arguments, stdin=DEVNULL, stdout=PIPE, stderr=errors, start_new_session=True
            )
        try:
            async with asyncio.timeout(_READY_WAIT):
                ready = await _json_line(process)
        except TimeoutError:
            ready = None
        except asyncio.CancelledError:
            process.kill()
            raise
        if ready is None:
            if process.returncode is None:
                process.kill()
            await process.wait()
            raise ProgramError(f"smppproxy {arguments[0]} did not get ready; it said:\n{_last_words(log)}")
        return cls(process, arguments[0], log, ready)

    @property
    def running(self) -> bool:
        """False once it has ended."""
        return self._process.returncode is None

    async def stop(self) -> tuple[int, dict[str, Any]]:
        """SIGTERM, then its exit code and its last JSON line. Killed when it does not end in time."""
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        last: dict[str, Any] = {}
        try:
            async with asyncio.timeout(_STOP_WAIT):
                while (row := await _json_line(self._process)) is not None:
                    last = row
                await self._process.wait()
        except TimeoutError:
            os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
            raise ProgramError(f"smppproxy {self._name} did not end within {_STOP_WAIT:g} s and was killed") from None
        return self._process.returncode or 0, last

    def last_words(self) -> str:
        """The end of what it wrote to stderr."""
        return _last_words(self._log)


async def call(*arguments: str) -> str:
    """Run ``smppproxy`` to its end and return its stdout. Raises ProgramError with its words when it fails."""
    process = await asyncio.create_subprocess_exec(
        *_PROGRAM, *arguments, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True
    )
    try:
        output, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        words = (output + errors).decode(errors="replace")
        raise ProgramError(f"smppproxy {' '.join(arguments)} failed:\n{_end_of(words)}")
    return output.decode()


async def _json_line(process: Process) -> dict[str, Any] | None:
    """The next JSON object of stdout; None at its end."""
    if process.stdout is None:
        return None
    while line := await process.stdout.readline():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            return row
    return None


def _last_words(log: Path) -> str:
    return _end_of(log.read_text(encoding="utf-8", errors="replace"))


def _end_of(text: str) -> str:
    """The last lines of an output; of a traceback only what it was about."""
    lines = text.splitlines()
    if "Traceback (most recent call last):" in lines:
        return lines[-1]
    return "\n".join(lines[-12:]) or "(nothing)"
