"""The machine: which program runs on which core, and what a process has used according to ``/proc``."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")

#: Runnable processes per core before we start at which the figures are no longer those of the proxy alone.
BUSY = 0.25


class Cores(NamedTuple):
    """Who runs where. With fewer than four cores some share; the worker keeps its own as long as there are two."""

    worker: int
    generator: int
    smsc: int
    rest: int  # parent and control of the proxy, and this program

    @classmethod
    def of_this_machine(cls) -> Cores:
        """Deal out the cores this process may use. The first, which many interrupts go to, is not the worker's."""
        cores = sorted(os.sched_getaffinity(0))
        first, second = cores[0], cores[min(1, len(cores) - 1)]
        if len(cores) >= 4:
            return cls(second, cores[2], cores[3], first)
        if len(cores) == 3:
            return cls(second, cores[2], first, first)
        return cls(second, first, first, first)


def pin(pid: int, core: int) -> None:
    """Move every thread of a process to one core."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, user and system, in seconds; the kernel counts in steps of 10 ms."""
    # the command name, in parentheses, may hold spaces
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident(pid: int) -> int:
    """Return the resident memory of a process in octets."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(f"process {pid} has ended")


def children(pid: int) -> list[int]:
    """Return the processes a process has started itself."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text(encoding="ascii").split()]
    return found


def command_line(pid: int) -> str:
    """Return the words a process was started with."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")


class Machine(NamedTuple):
    """What the figures depend on."""

    cores: int
    model: str
    load: float  # runnable processes, mean of the last minute, before we started
    python: str

    @classmethod
    def look(cls) -> Machine:
        """Describe this machine."""
        model = "unknown processor"
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                model = " ".join(line.partition(":")[2].split())
                break
        return cls(len(os.sched_getaffinity(0)), model, os.getloadavg()[0], platform.python_version())

    @property
    def busy(self) -> bool:
        """Whether others were using the machine when we started."""
        return self.load > BUSY * self.cores

    def __str__(self) -> str:
        return f"{self.cores} cores, {self.model}, Python {self.python}, load average {self.load:.2f} at start"
