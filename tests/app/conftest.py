"""What the tests of the processes share: configurations, a running proxy whose workers are simple, and resellers."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from smppproxy.app.settings import Settings, parse

HERE = Path(__file__).parent
PATIENCE = 60.0  # s for anything a test waits for; only a failing test waits that long


def configuration(
    *,
    proxy: str = "",
    listeners: list[str] | None = None,
    accounts: tuple[str, ...] = ("reseller1", "reseller2", "reseller3"),
    admin: str = "127.0.0.1:0",
    more: str = "",
) -> str:
    """A configuration as text."""
    tables = ["[proxy]\n" + proxy]
    tables += ["[[listeners]]\n" + each for each in listeners or ['address = "127.0.0.1:0"']]
    tables.append('[[upstreams]]\nname = "smsc"\naddress = "127.0.0.1:9"')
    tables += [f'[[accounts]]\nsystem_id = "{name}"\nupstream = "smsc"' for name in accounts]
    tables += [f'[filters.code]\npreset = "none"\nmode = "off"\n[admin]\naddress = "{admin}"', more]
    return "\n".join(tables) + "\n"


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    """Makes settings from the parts of `configuration`."""
    return lambda **parts: parse(configuration(**parts), tmp_path / "smppproxy.toml").settings


def pdu(command: int, body: bytes = b"", sequence: int = 1) -> bytes:
    """A PDU with this body."""
    return struct.pack("!IIII", 16 + len(body), command, 0, sequence) + body


def bind(name: str) -> bytes:
    """A bind_transceiver."""
    return pdu(9, name.encode() + b"\0secret\0\0\x34\0\0\0")


class Reseller:
    """A client of the simple workers, which answer each PDU with JSON that says who answered and what was seen."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(PATIENCE)
        self.sock = sock

    def send(self, octets: bytes) -> None:
        self.sock.sendall(octets)

    def bind(self, name: str) -> dict[str, Any]:
        return self.ask(bind(name))

    def hold(self, sequence: int = 7) -> None:
        """Sends a request that stays unanswered, and makes sure that it was taken."""
        self.send(pdu(4, b"hold", sequence))
        self.ask(pdu(0x15))

    def let_go(self) -> int:
        """Has what was held answered; the command_id of that answer."""
        self.send(pdu(4, b"let go", 8))
        command, _ = self.answer()
        return command

    def answer(self) -> tuple[int, dict[str, Any]]:
        """The next PDU: its command_id, and its body."""
        header = self._exactly(16)
        length, command, _, _ = struct.unpack("!IIII", header)
        body = self._exactly(length - 16)
        return command, json.loads(body) if body else {}

    def ask(self, octets: bytes) -> dict[str, Any]:
        self.send(octets)
        return self.answer()[1]

    def is_closed(self) -> bool:
        """Waits for the other side to close; what was still in flight is dropped."""
        try:
            while self.sock.recv(65536):
                pass
        except (ConnectionError, ssl.SSLError):
            pass
        return True

    def _exactly(self, count: int) -> bytes:
        octets = b""
        while len(octets) < count:
            more = self.sock.recv(count - len(octets))
            if not more:
                raise EOFError(f"closed after {octets!r}")
            octets += more
        return octets


class Running:
    """A proxy that runs: the real parent and control, workers from `simple_worker.py`."""

    def __init__(
        self, path: Path, *, environment: dict[str, str] | None = None, worker: str = "simple_worker.py"
    ) -> None:
        self.path = path
        self.log: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._resellers: list[Reseller] = []
        self.process = subprocess.Popen(
            [sys.executable, HERE / "run_parent.py", path, HERE / worker],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | (environment or {}),
        )
        threading.Thread(target=self._read_log, daemon=True).start()

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def logged(self, *words: str) -> str:
        """Waits for a log line that holds all the words, and returns it; lines before it are passed over."""
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE)
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"no line with {words} in:\n" + "\n".join(self.log))
            self.log.append(line)
            if all(word in line for word in words):
                return line

    def ready(self) -> dict[str, Any]:
        """Waits for the ready line."""
        assert self.process.stdout is not None
        too_late = threading.Timer(PATIENCE, self.process.kill)
        too_late.start()
        line = self.process.stdout.readline()
        too_late.cancel()
        if not line:
            self.logged("no such line: the process ended before it was ready")
        self.event: dict[str, Any] = json.loads(line)
        return self.event

    def address(self, listener: int = 0) -> tuple[str, int]:
        host, _, port = self.event["listeners"][listener].rpartition(":")
        return host.strip("[]"), int(port)

    def reseller(self, listener: int = 0, *, first: bytes = b"", tls: ssl.SSLContext | None = None) -> Reseller:
        """Connects, and sends octets before any TLS."""
        sock = socket.create_connection(self.address(listener), timeout=PATIENCE)
        if first:
            sock.sendall(first)
        one = Reseller(tls.wrap_socket(sock, server_hostname="localhost") if tls else sock)
        self._resellers.append(one)
        return one

    def get(self, path: str) -> tuple[int, str]:
        """GET from the admin address."""
        host, _, port = self.event["admin"].rpartition(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as sock:
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n".encode())
            octets = b"".join(iter(lambda: sock.recv(65536), b""))
        head, _, body = octets.partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()

    def get_until(self, path: str, expected: Callable[[int, str], bool]) -> tuple[int, str]:
        """GET again and again until the answer is as expected: for what has no event to wait for."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self.get(path)
            if expected(*answer) or time.monotonic() > deadline:
                return answer

    def child(self, name: str) -> int:
        """Waits for the start of a child and returns its process id."""
        line = self.logged("child_started", f'"{name}"')
        return int(json.loads(line)["child_pid"])

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ends(self) -> int:
        """Waits for the end; the exit code."""
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        for reseller in self._resellers:
            reseller.sock.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdout.close()
        while self._lines.get(timeout=PATIENCE) is not None:
            pass
        self.process.stderr.close()


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts proxies from the parts of `configuration`; `environment` and `worker` are for `Running`."""
    running = []

    def start(**parts: Any) -> Running:
        path = tmp_path / "smppproxy.toml"
        options = {key: parts.pop(key) for key in ("environment", "worker") if key in parts}
        path.write_text(configuration(**parts))
        running.append(Running(path, **options))
        return running[-1]

    yield start
    for each in running:
        each.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path]) -> Iterator[Running]:
    """Two workers behind four listeners (plain, TLS, headed, headed TLS), for tests that break nothing."""
    tls = f'tls = {{ certificate = "{certificate[0]}", key = "{certificate[1]}" }}'
    headed, listener = "proxy_protocol = true", 'address = "127.0.0.1:0"'
    listeners = [listener, f"{listener}\n{tls}", f"{listener}\n{headed}", f"{listener}\n{tls}\n{headed}"]
    path = tmp_path_factory.mktemp("shared") / "smppproxy.toml"
    path.write_text(configuration(proxy='workers = 2\ntrusted_proxies = ["127.0.0.0/8"]', listeners=listeners))
    running = Running(path)
    running.ready()
    yield running
    running.close()


@pytest.fixture
def run(launch: Callable[..., Running]) -> Callable[..., Running]:
    """As `launch`, and waits until the proxy is ready."""

    def start(**parts: Any) -> Running:
        running = launch(**parts)
        running.ready()
        return running

    return start


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that signed itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key
