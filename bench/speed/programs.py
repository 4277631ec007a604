"""Programs started for a measurement: each on its core, its output in files, ended by us and by nobody else."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

#: Seconds a program may take until it is ready. A worker imports onnxruntime and measures its judge first.
START = 30.0

#: Seconds a program may take to end when asked to.
STOP = 10.0


class ProgramError(Exception):
    """A program did not do what it was started for. The message says which, and shows its last words."""


class Program:
    """A running program. ``core`` None leaves it where this process runs."""

    def __init__(
        self,
        command: Sequence[str],
        directory: Path,
        name: str,
        core: int | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.name = name
        self.out, self.err = directory / f"{name}.out", directory / f"{name}.err"
        pinned = ["taskset", "-c", str(core), *command] if core is not None else [*command]
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                pinned, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment, cwd=directory
            )

    @property
    def pid(self) -> int:
        """The process id; taskset becomes the program, so this is the program's own."""
        return self.process.pid

    def wait_until(self, ready: Callable[[], Any], what: str) -> Any:
        """Return what ``ready`` returns once it is true. Raises ProgramError after 30 s or when the program ends."""
        end = time.monotonic() + START
        while time.monotonic() < end:
            if value := ready():
                return value
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise ProgramError(f"{self.name}: {what} did not happen; {self.last_words()}")

    def json_lines(self) -> list[dict[str, Any]]:
        """Return the whole lines of JSON it has written so far."""
        lines = self.out.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def result(self, seconds: float) -> dict[str, Any]:
        """Wait for the program's end and return its last line of JSON. Raises ProgramError when there is none."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise ProgramError(f"{self.name}: not finished after {seconds:.0f} s; {self.last_words()}") from None
        lines = self.json_lines()
        if not lines:
            raise ProgramError(f"{self.name}: no result, exit code {self.process.returncode}; {self.last_words()}")
        return lines[-1]

    def stop(self) -> None:
        """Ask the program to end, and make it end when it does not."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def last_words(self) -> str:
        """Return the end of what it wrote to stderr, for messages to people."""
        words = self.err.read_text(encoding="utf-8", errors="replace").strip()[-600:]
        return f"it said: {words}" if words else "it said nothing"
