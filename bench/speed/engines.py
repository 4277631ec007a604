"""Who makes the load and who plays the SMSC: the project's own commands, or programs the environment names.

``SMPPPROXY_BENCH_LOAD`` and ``SMPPPROXY_BENCH_SINK`` name programs that take the options built below and print one
line of JSON. The project's own are written in Python; what they reach without a proxy between them is measured
in every run, and a figure near it is theirs rather than the proxy's.
"""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speed.machine import Cores
from speed.programs import Program

SMPPPROXY = str(Path(sys.executable).with_name("smppproxy"))

SYSTEM_ID = "bench"
TAG = 0x1400

#: Codes in the registry; messages carry one of them at random.
CODES = [f"{301_000_000 + n}" for n in range(1000)]

#: Seconds of each run that are not counted: connecting, binding, the first reads.
WARM_UP = 0.3


@dataclass(frozen=True)
class Load:
    """One run of the generator. ``rate`` 0 keeps the windows full; ``messages`` beats ``seconds`` when given."""

    sessions: int = 10
    window: int = 100
    seconds: float = 3.0
    messages: int = 0
    rate: float = 0.0
    texts: Path | None = None
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """What a run reached. Latencies are microseconds; ``answered`` counts the warm-up too, ``rate`` does not."""

    rate: float
    answered: int
    seconds: float
    p50: float
    p99: float
    faults: int  # messages unanswered or answered with anything but success


class Engines:
    """The generator and the SMSC of this run."""

    def __init__(self, directory: Path, cores: Cores) -> None:
        self._directory = directory
        self._cores = cores
        self._runs = 0
        self._load = os.environ.get("SMPPPROXY_BENCH_LOAD", "")
        self._sink = os.environ.get("SMPPPROXY_BENCH_SINK", "")
        self._codes = directory / "codes.csv"
        self._codes.write_text("code\n" + "\n".join(CODES) + "\n", encoding="ascii")

    @property
    def external(self) -> bool:
        """Whether the generator is not the project's own."""
        return bool(self._load)

    def smsc(self) -> tuple[Program, int]:
        """Start the SMSC; returns it and its port."""
        if self._sink:
            port = free_port()
            smsc = Program([self._sink, "--port", str(port)], self._directory, "smsc", self._cores.smsc)
            smsc.wait_until(lambda: accepts(port), "listening")
            return smsc, port
        smsc = Program([SMPPPROXY, "smsc", "--port", "0"], self._directory, "smsc", self._cores.smsc)
        ready = smsc.wait_until(smsc.json_lines, "listening")[0]
        return smsc, int(ready["address"].rpartition(":")[2])

    def run(self, port: int, load: Load) -> Outcome:
        """Load a port of this machine."""
        self._runs += 1
        command = self._external(port, load) if self._load else self._own(port, load)
        generator = Program(command, self._directory, f"load-{self._runs}", self._cores.generator)
        # a bounded run of messages has no time of its own: a slow proxy may do 2,000 a second
        allowed = 60 + load.seconds + load.messages / 2_000
        try:
            result = generator.result(allowed)
        finally:
            generator.stop()
        return self._read(result)

    def _common(self, load: Load) -> list[str]:
        words = ["--sessions", str(load.sessions), "--window", str(load.window), "--seed", str(load.seed)]
        words += ["--messages", str(load.messages)] if load.messages else ["--seconds", str(load.seconds)]
        words += ["--rate", f"{load.rate:.0f}", "--poisson"] if load.rate else []
        return [*words, "--system-id", SYSTEM_ID, "--password", SYSTEM_ID]

    def _own(self, port: int, load: Load) -> list[str]:
        words = [SMPPPROXY, "load", f"127.0.0.1:{port}", *self._common(load), "--json"]
        words += ["--codes", str(self._codes), "--code-tag", hex(TAG), "--expect", "0"]
        words += [] if load.messages else ["--warm-up", str(WARM_UP)]
        # polling gives exact send times, but only a generator with a core of its own may
        words += ["--spin"] if load.rate and len(set(self._cores)) == 4 else []
        return words + (["--texts", str(load.texts)] if load.texts else [])

    def _external(self, port: int, load: Load) -> list[str]:
        words = [self._load, "--port", str(port), *self._common(load)]
        words += ["--tlv", f"{TAG:04x}={CODES[0][:3]}%06d", "--tlv-n", str(len(CODES))]
        words += [] if load.messages else ["--warmup", str(WARM_UP)]
        return words + (["--bodies", str(load.texts)] if load.texts else [])

    @staticmethod
    def _read(result: dict[str, Any]) -> Outcome:
        latency = result["latency_us"]
        statuses: dict[str, int] = result.get("statuses", result.get("resp", {}))
        fine = sum(times for status, times in statuses.items() if int(status, 16) == 0)
        rate = result["msgs_per_s"]
        return Outcome(
            rate=rate,
            answered=result["answered"],
            seconds=result["counted"] / rate if rate else 0.0,
            p50=latency["p50"],
            p99=latency["p99"],
            faults=result["sent"] - fine,
        )


def engine_names() -> str:
    """Return how the table calls generator and SMSC."""
    load = "another load generator" if os.environ.get("SMPPPROXY_BENCH_LOAD") else "smppproxy load"
    sink = "another SMSC" if os.environ.get("SMPPPROXY_BENCH_SINK") else "smppproxy smsc"
    return f"{load}, {sink}"


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def accepts(port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
