"""The clients of the tutorial do what the page says they do, through a proxy that runs."""

from __future__ import annotations

import json
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = (sys.executable, "-c", "from smppproxy.cli import main; main()")
PATIENCE = 120.0  # s for whatever is waited for; only a failing test waits that long
PAGE = Path(__file__).parents[2] / "docs/tutorial/first-bind.md"


def clients():
    """The page's programs, each with what the page says it prints."""
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(r"^## With (\w+)$.*?```python\n(.*?)```.*?```text\n(.*?)```", text, re.MULTILINE | re.DOTALL)


def lines(printed):
    """What was printed, without the part that differs from run to run, in any order."""
    return sorted(re.sub(r"message_id \w+", "message_id", printed).splitlines())


def start(processes, folder, *words):
    """Starts a command of ours; returns the JSON line it prints when ready."""
    complaints = folder / f"{words[0]}.stderr"
    with complaints.open("wb") as stderr:
        process = subprocess.Popen([*PROGRAM, *map(str, words)], stdout=subprocess.PIPE, stderr=stderr)
    processes.append(process)
    deadline, line = time.monotonic() + PATIENCE, b""
    while not line.endswith(b"\n"):
        assert select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0], complaints.read_text()
        octets = process.stdout.read1(4096)
        assert octets, complaints.read_text()
        line += octets
    return json.loads(line)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    """The address of a proxy before a simulated SMSC."""
    folder, processes = tmp_path_factory.mktemp("first"), []
    try:
        smsc = start(processes, folder, "smsc", "--port", 0)
        configuration = folder / "smppproxy.toml"
        configuration.write_text(
            '[[listeners]]\naddress = "127.0.0.1:0"\n[admin]\naddress = "127.0.0.1:0"\n'
            f'[[upstreams]]\nname = "smsc"\naddress = "{smsc["address"]}"\n'
            '[[accounts]]\nsystem_id = "reseller1"\nupstream = "smsc"\n'
        )
        subprocess.run([*PROGRAM, "codes", "add", "301150232", "-c", configuration], check=True, capture_output=True)
        yield start(processes, folder, "run", "-c", configuration)["listeners"][0]
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(PATIENCE)
            process.stdout.close()


@pytest.mark.parametrize(("library", "program", "printed"), clients(), ids=lambda value: value[:12].strip())
def test_a_client_prints_what_the_page_says(library, program, printed, proxy, tmp_path):
    script = tmp_path / f"with_{library}.py"
    script.write_text(program.replace("2775", proxy.rpartition(":")[2]), encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    # The proxy's own answer may overtake that of the SMSC.
    assert lines(done.stdout) == lines(printed)


def test_there_are_two_clients():
    assert [library for library, *_ in clients()] == ["smpplib", "aiosmpplib"]
