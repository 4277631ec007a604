"""How soon a change is in force: from the answer to a command until a message on a worker meets it.

    python bench/change.py [--rounds N] [--workers 1,2]

A simulated SMSC, the proxy with so many workers, and a bind on each. In each round a change is made by the control
socket, as the commands make it; when it is answered every bind sends messages one by one until one is refused. Told are
the milliseconds of the change itself, how many messages still passed after its answer, and how long after the answer
the refusal arrived, over all binds and rounds. An idle worker is the hard case: it is woken by nothing but the message.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from speed.programs import Program

from smppproxy.smpp import constants as c
from smppproxy.smpp.codec import encode
from smppproxy.smpp.pdu import Pdu
from smppproxy.state.client import Client

COMMAND = (sys.executable, "-c", "from smppproxy.cli import main; main()")
CODE, SENDER, WORD = "301150232", "15881234", "lottery"
CONFIGURATION = """
[proxy]
state_dir = "var"
workers = {workers}
[[listeners]]
address = "127.0.0.1:0"
[[upstreams]]
name = "smsc"
address = "{smsc}"
[filters.blocklist]
mode = "enforce"
[filters.text]
mode = "off"
"""
ACCOUNT = """
[[accounts]]
system_id = "{name}"
upstream = "smsc"
"""


class Reseller:
    """A bind that sends one message at a time."""

    def __init__(self, address: str, name: str) -> None:
        host, port = address.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), 30.0)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        fields = {"system_id": name.encode(), "password": b"", "system_type": b"", "interface_version": 0x34}
        if status := self._ask(Pdu(c.BIND_TRANSCEIVER, 0, 1, fields)):
            raise SystemExit(f"bind of {name}: 0x{status:08x}")

    def submit(self) -> int:
        """Send a message and return the status of its answer."""
        fields = {"source_addr": SENDER.encode(), "destination_addr": b"821023456789",
                  "short_message": f"a {WORD} for you".encode()}  # fmt: skip
        return self._ask(Pdu(c.SUBMIT_SM, 0, 7, fields, [(0x1400, CODE.encode())]))

    def _ask(self, pdu: Pdu) -> int:
        self._socket.sendall(encode(pdu))
        head = self._read(16)
        length, _, status, _ = struct.unpack(">4I", head)
        self._read(length - 16)
        return int(status)

    def _read(self, count: int) -> bytes:
        octets = b""
        while len(octets) < count:
            part = self._socket.recv(count - len(octets))
            if not part:
                raise SystemExit("the proxy closed a connection")
            octets += part
        return octets


class Kind(NamedTuple):
    """A kind of change: how it is made, and taken back with what making it returned."""

    name: str
    make: Callable[[Client], Any]
    undo: Callable[[Client, Any], Any]


def listed(kind: str, entry: str) -> Kind:
    """An entry in a list."""
    return Kind(
        f"list entry ({kind})",
        lambda client: client.request("lists.add", name=kind, keys=[entry]),
        lambda client, _: client.request("lists.remove", name=kind, keys=[entry]),
    )


KINDS = (
    Kind(
        "code suspended",
        lambda client: client.request("codes.suspend", code=CODE),
        lambda client, _: client.request("codes.resume", code=CODE),
    ),
    listed("sender_blacklist", SENDER),
    listed("pattern", WORD),
    Kind(
        "sanction of a code",
        lambda client: client.request("sanctions.impose", subject=f"code:{CODE}", action="suspend", why="bench"),
        lambda client, made: client.request("sanctions.lift", id=made["sanction"]["id"], why="bench"),
    ),
)


def measure(kind: Kind, client: Client, resellers: list[Reseller], rounds: int) -> str:
    """Return what one line of the table says."""
    took, late, passed = [], [], 0
    for _ in range(rounds):
        while any(reseller.submit() for reseller in resellers):
            pass  # until taking back the change before is in force
        time.sleep(0.02)  # every worker idle
        begin = time.perf_counter()
        made = kind.make(client)
        answered = time.perf_counter()
        took.append(answered - begin)
        for reseller in resellers:
            while not reseller.submit():
                passed += 1
            late.append(time.perf_counter() - answered)
        kind.undo(client, made)
    p50, worst = statistics.median(late) * 1000, max(late) * 1000
    return (
        f"{kind.name:32} change {statistics.median(took) * 1000:6.1f} ms; then passed {passed:4} of {len(late)}; "
        f"refused after {p50:6.2f} ms, at the latest {worst:6.2f} ms"
    )


def run(workers: int, rounds: int) -> None:
    """Measure with so many workers, a bind on each."""
    with tempfile.TemporaryDirectory() as name:
        folder, programs = Path(name), []
        try:
            smsc = Program([*COMMAND, "smsc", "--port", "0"], folder, "smsc")
            programs.append(smsc)
            address = smsc.wait_until(smsc.json_lines, "its start")[0]["address"]
            names = [f"reseller{number}" for number in range(workers)]
            text = CONFIGURATION.format(workers=workers, smsc=address) + "".join(ACCOUNT.format(name=n) for n in names)
            (folder / "smppproxy.toml").write_text(text, encoding="utf-8")
            proxy = Program([*COMMAND, "run", "-c", str(folder / "smppproxy.toml")], folder, "proxy")
            programs.append(proxy)
            listener = proxy.wait_until(proxy.json_lines, "its start")[0]["listeners"][0]
            client = Client(folder / "var")
            client.request("codes.add", code=CODE)
            for kind in ("sender_blacklist", "pattern"):
                client.request("lists.create", name=kind, kind=kind)
            resellers = [Reseller(listener, name) for name in names]
            print(f"{workers} worker{'s' if workers > 1 else ''}, {rounds} rounds")
            for each in KINDS:
                print(f"  {measure(each, client, resellers, rounds)}", flush=True)
        finally:
            for program in reversed(programs):
                program.stop()


def main() -> None:
    """Measure with one worker and with two."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--workers", default="1,2")
    given = parser.parse_args()
    for workers in given.workers.split(","):
        run(int(workers), given.rounds)


if __name__ == "__main__":
    main()
