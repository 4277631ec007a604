"""What the tests of wires share: both event loops, certificates, and a pump whose turns can be waited for."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvloop

from smppproxy.net.wire import Pump, Wire

PATIENCE = 60.0  # s for whatever a test waits for; only a failing test waits that long


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, None]], None]:
    """Runs a coroutine on either loop; what the loop had to catch fails the test."""
    runner = asyncio.run if request.param == "asyncio" else uvloop.run

    def start(main: Coroutine[Any, Any, None]) -> None:
        caught: list[dict[str, Any]] = []

        async def watched() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: caught.append(context))
            async with asyncio.timeout(PATIENCE):
                await main

        runner(watched())
        assert caught == []

    return start


class Turns:
    """A pump that keeps what it was given, and lets a test wait for it."""

    def __init__(self) -> None:
        self.reads: list[tuple[Wire, bytes | None]] = []
        self.batches = 0
        self.fulls: list[tuple[Wire, bool]] = []
        self._changed = asyncio.Event()
        self.pump = Pump(self._turn, self._full)

    def _turn(self) -> None:
        self.batches += 1
        self.reads += self.pump.take()
        self._changed.set()

    def _full(self, wire: Wire, full: bool) -> None:
        self.fulls.append((wire, full))
        self._changed.set()

    async def until(self, condition: Callable[[], Any]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    def octets(self, wire: Wire) -> bytes:
        return b"".join(data for each, data in self.reads if each is wire and data is not None)

    def ended(self, wire: Wire) -> bool:
        return (wire, None) in self.reads

    async def pair(self, **options: Any) -> tuple[Wire, socket.socket]:
        """A wire, and the far end of its connection."""
        near, far = socket.socketpair()
        near.setblocking(False)
        far.setblocking(False)
        wire = Wire(self.pump, **options)
        await asyncio.get_running_loop().connect_accepted_socket(lambda: wire, near)
        return wire, far


@pytest.fixture
def turns() -> type[Turns]:
    """Made within the loop."""
    return Turns


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """An authority, a server of two names and a client it signed, and a stranger that signed itself."""
    folder = tmp_path_factory.mktemp("certificates")
    made = SimpleNamespace()

    def openssl(*arguments: str | Path) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for name in ("ca", "stranger"):
        openssl(*new, "-x509", "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
    for name, names in (("server", "DNS:smsc.test,DNS:localhost,IP:127.0.0.1"), ("client", "DNS:client.test")):
        openssl(*new, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (folder / "extensions").write_text(f"subjectAltName={names}\n")
        signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "extensions")
        openssl("x509", "-req", "-in", f"{name}.csr", *signing, "-out", f"{name}.pem")
    for name in ("ca", "server", "client", "stranger"):
        setattr(made, name, folder / f"{name}.pem")
        setattr(made, f"{name}_key", folder / f"{name}.key")
    return made


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port nobody listens on, nor will: it is held."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield int(sock.getsockname()[1])
