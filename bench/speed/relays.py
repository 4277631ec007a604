"""What stands between generator and SMSC: this proxy in some configuration, or HAProxy for comparison."""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from speed import machine
from speed.engines import CODES, SMPPPROXY, SYSTEM_ID, accepts, free_port
from speed.machine import Cores
from speed.programs import Program, ProgramError

CONFIGURATION = """\
[proxy]
workers = 1
state_dir = "var"
drain_timeout = 2.0
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "127.0.0.1:{upstream}"
[[accounts]]
system_id = "{system_id}"
upstream = "smsc"
window = 2000
max_binds = 5000
[filters.code]
mode = "enforce"
registry = true
[filters.text]
mode = "{text}"
[trace]
enabled = {trace}
[admin]
address = "127.0.0.1:0"
[logs]
level = "warning"
"""

HAPROXY = """\
global
    nbthread 1
    maxconn 4000
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen relay
    bind 127.0.0.1:{port}
    server smsc 127.0.0.1:{upstream}
"""


@dataclass(frozen=True)
class Setting:
    """What a proxy does with a message besides relaying it."""

    judge: bool = False
    trace: bool = False
    pure: bool = False  # the pure-Python kernel instead of the compiled one
    registered: bool = True  # the codes the generator sends are in the registry


class Relay:
    """Something that listens on ``port``; ``pid`` is the process that carries the messages."""

    port: int
    pid: int
    program: Program

    def stop(self) -> None:
        """End it."""
        self.program.stop()


class Proxy(Relay):
    """``smppproxy run`` with one worker, which is alone on its core; parent and control run elsewhere.

    It starts while others do; :meth:`settle` waits until it is ready and moves it to its cores.
    """

    def __init__(self, directory: Path, name: str, setting: Setting, upstream: int) -> None:
        self.home = directory / name
        self.home.mkdir()
        self.setting = setting
        file = self.home / "proxy.toml"
        file.write_text(
            CONFIGURATION.format(
                upstream=upstream,
                system_id=SYSTEM_ID,
                text="observe" if setting.judge else "off",
                trace="true" if setting.trace else "false",
            ),
            encoding="utf-8",
        )
        environment = dict(os.environ)
        environment.pop("SMPPPROXY_PURE", None)
        if setting.pure:
            environment["SMPPPROXY_PURE"] = "1"
        if setting.registered:
            self._register(file, environment)
        self.program = Program([SMPPPROXY, "run", "-c", str(file)], self.home, name, environment=environment)

    def settle(self, cores: Cores) -> None:
        """Wait until it is ready. Raises ProgramError when it does not get there."""
        ready = self.program.wait_until(self.program.json_lines, "ready")[0]
        self.port = int(ready["listeners"][0].rpartition(":")[2])
        self._admin = ready["admin"]
        self.pid = self._worker()
        machine.pin(self.program.pid, cores.rest)
        for child in machine.children(self.program.pid):
            machine.pin(child, cores.worker if child == self.pid else cores.rest)

    def _register(self, file: Path, environment: dict[str, str]) -> None:
        codes = self.home / "codes.csv"
        codes.write_text("code\n" + "\n".join(CODES) + "\n", encoding="ascii")
        done = subprocess.run(
            [SMPPPROXY, "codes", "import", str(codes), "-c", str(file)],
            env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        if done.returncode:
            raise ProgramError(f"codes import: {done.stderr.strip()[-600:]}")

    def _worker(self) -> int:
        for child in machine.children(self.program.pid):
            if "worker_main" in machine.command_line(child):
                return child
        raise ProgramError(f"{self.program.name}: no worker process found")

    def metrics(self) -> dict[str, float]:
        """Return the counters that have no labels, by name."""
        with urllib.request.urlopen(f"http://{self._admin}/metrics", timeout=5) as answer:
            lines = answer.read().decode("utf-8").splitlines()
        pairs = [line.rpartition(" ") for line in lines if line and line[0] != "#" and "{" not in line]
        return {name: float(value) for name, _, value in pairs}

    def spooled(self) -> int:
        """Return the octets of the trace on disk."""
        spool = self.home / "var" / "spool"
        return sum(file.stat().st_size for file in spool.rglob("*") if file.is_file()) if spool.exists() else 0


class HAProxy(Relay):
    """HAProxy relaying TCP on the worker's core: it knows no SMPP and looks at nothing."""

    def __init__(self, directory: Path, upstream: int, cores: Cores) -> None:
        self.port = free_port()
        file = directory / "haproxy.cfg"
        file.write_text(HAPROXY.format(port=self.port, upstream=upstream), encoding="ascii")
        program = shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise ProgramError("haproxy: not installed; apt-get install haproxy")
        self.program = Program([program, "-db", "-f", str(file)], directory, "haproxy", cores.worker)
        self.pid = self.program.pid
        self.program.wait_until(lambda: accepts(self.port), "listening")
