"""The real proxy between real peers: fixtures that start them on free ports of loopback."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from smppproxy.load.smsc import Behaviour, SmscSimulator

HERE = Path(__file__).parent
PROGRAM = (sys.executable, "-c", "from smppproxy.cli import main; main()")
CODE = "301150232"
CODE_TAG = 0x1400
WAIT = 120.0  # seconds for anything a program does; a shared machine starts them slowly

CONFIG = """\
[proxy]
state_dir = "{state_dir}"
drain_timeout = 30.0

[[listeners]]
address = "127.0.0.1:0"

[[upstreams]]
name = "smsc"
address = "{upstream}"
{upstream_options}

[[accounts]]
system_id = "reseller"
password = "secret"
upstream = "smsc"

[filters.code]
mode = "enforce"
tag = 0x1400

[filters.text]
mode = "off"

[admin]
address = "127.0.0.1:0"
"""

MODES = {
    "paired": 'mode = "paired"',
    "pooled": 'mode = "pooled"\nsystem_id = "proxy"\npassword = "proxypw"\nbinds = 2',
}

Conversation = Callable[..., Awaitable[dict[str, Any]]]


class Child:
    """A program that prints JSON lines; ended with SIGTERM at the end of the test."""

    def __init__(self, process: asyncio.subprocess.Process, errors: Path) -> None:
        self.process = process
        self.errors = errors

    @classmethod
    async def start(cls, errors: Path, *command: str) -> Child:
        with errors.open("wb") as sink:
            process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=sink)
        return cls(process, errors)

    async def row(self) -> dict[str, Any]:
        """Its next JSON line."""
        assert self.process.stdout is not None
        async with asyncio.timeout(WAIT):
            line = await self.process.stdout.readline()
        if not line:
            pytest.fail(f"the program ended; it said:\n{self.errors.read_text(errors='replace')[-2000:]}")
        row: dict[str, Any] = json.loads(line)
        return row

    async def stop(self) -> int:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(WAIT):
                    await self.process.communicate()
            except TimeoutError:
                self.process.kill()
                await self.process.communicate()
        return self.process.returncode or 0


def need(found: object, what: str, install: str) -> None:
    """Skip, visibly, when a peer is not installed; with CI=true a skip is a failure."""
    if not found:
        pytest.skip(f"{what} is not installed: {install}")


@pytest.fixture(params=["smpplib", "aiosmpplib", "npm", "net_smpp"])
def esme(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The command of each independent ESME."""
    name: str = request.param
    if name in {"smpplib", "aiosmpplib"}:
        need(importlib.util.find_spec(name), name, f"pip install {name}")
        return (sys.executable, str(HERE / "peers" / f"{name}_esme.py"))
    if name == "npm":
        return (need_npm(), str(HERE / "peers" / "npm_esme.js"))
    perl = shutil.which("perl") or ""
    there = perl and subprocess.run([perl, "-MNet::SMPP", "-e", "1"], capture_output=True, check=False).returncode == 0
    need(there, "Net::SMPP", "apt-get install libnet-smpp-perl")
    return (perl, str(HERE / "peers" / "net_smpp_esme.pl"))


def need_npm() -> str:
    node = shutil.which("node") or ""
    need(node and (HERE / "node_modules" / "smpp").is_dir(), "npm smpp", "make peers")
    return node


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Callable[[str, str], Awaitable[str]]]:
    """``await proxy(upstream address, mode)`` starts the proxy with one registered code; gives its address."""
    children: list[Child] = []

    async def start(upstream: str, mode: str = "paired") -> str:
        config = tmp_path / "smppproxy.toml"
        options = MODES[mode]
        config.write_text(CONFIG.format(state_dir=tmp_path / "var", upstream=upstream, upstream_options=options))
        added = await asyncio.create_subprocess_exec(*PROGRAM, "codes", "add", CODE, "-c", str(config))
        assert await added.wait() == 0
        children.append(await Child.start(tmp_path / "proxy.log", *PROGRAM, "run", "-c", str(config)))
        ready = await children[0].row()
        address: str = ready["listeners"][0]
        return address

    yield start
    for child in children:
        code = await child.stop()
        log = child.errors.read_text(errors="replace")
        assert "Traceback" not in log, log
        assert code == 0, log


@pytest.fixture
async def smsc() -> AsyncIterator[SmscSimulator]:
    """The carrier: our simulator, sending receipts."""
    async with SmscSimulator(Behaviour(receipts=True)) as simulator:
        yield simulator


@pytest.fixture
async def npm_smsc(tmp_path: Path) -> AsyncIterator[tuple[str, Child]]:
    """The carrier as npm smpp plays it: its address and the program."""
    child = await Child.start(tmp_path / "npm_smsc.log", need_npm(), str(HERE / "peers" / "npm_smsc.js"))
    ready = await child.row()
    yield f"127.0.0.1:{ready['port']}", child
    await child.stop()


@pytest.fixture
def converse(esme: tuple[str, ...]) -> Conversation:
    """``await converse(address, messages, ...)`` runs the ESME's job and gives what it saw."""

    async def run(address: str, messages: list[dict[str, Any]], receipts: int, **changes: Any) -> dict[str, Any]:
        host, _, port = address.rpartition(":")
        job = {
            "host": host,
            "port": int(port),
            "system_id": "reseller",
            "password": "secret",
            "source": "15880000",
            "destination": "01050001234",
            "code_tag": CODE_TAG,
            "messages": messages,
            "receipts": receipts,
        } | changes
        process = await asyncio.create_subprocess_exec(
            *esme, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(WAIT):
                output, errors = await process.communicate(json.dumps(job).encode())
        except TimeoutError:
            process.kill()
            output, errors = await process.communicate()
        assert process.returncode == 0, errors.decode(errors="replace") or "killed: it did not end in time"
        seen: dict[str, Any] = json.loads(output)
        return seen

    return run


GSM7 = "Table 4 [B], {19:30}"  # with characters of the extension table
GSM7_OCTETS = b"Table 4 \x1b<B\x1b>, \x1b(19:30\x1b)"
KOREAN = "[가람택배] 고객님의 상품 48213907이 오늘 도착합니다."
LONG = "가나다라마바사아자차" * 12  # 120 characters, 240 octets in UCS2: two segments
LONGER = "가나다라마바사아자차" * 15  # 300 octets: more than a short_message holds


@pytest.fixture
def messages() -> list[dict[str, Any]]:
    """One message in each alphabet, a long text in each of the three ways, and one without a code."""

    def message(name: str, text: str, octets: bytes, coding: int, encoding: str, **more: Any) -> dict[str, Any]:
        row = {"name": name, "text": text, "octets": octets.hex(), "data_coding": coding, "encoding": encoding}
        return row | {"esm_class": 0, "payload": False, "sar": None, "code": CODE, "split": False} | more

    wide = LONG.encode("utf-16-be")
    parts = [wide[:134], wide[134:]]
    udh = [b"\x05\x00\x03\x4d\x02" + bytes([number]) + part for number, part in enumerate(parts, 1)]
    return [
        message("gsm7", GSM7, GSM7_OCTETS, 0x00, "gsm7"),
        message("ucs2", KOREAN, KOREAN.encode("utf-16-be"), 0x08, "ucs2"),
        message("cp949", KOREAN, KOREAN.encode("cp949"), 0x84, "cp949"),
        message("udh", LONG, udh[0], 0x08, "ucs2", esm_class=0x40),
        message("udh", LONG, udh[1], 0x08, "ucs2", esm_class=0x40, split=True),
        message("sar", LONG[:67], parts[0], 0x08, "ucs2", sar=[77, 2, 1]),
        message("sar", LONG[67:], parts[1], 0x08, "ucs2", sar=[77, 2, 2]),
        message("payload", LONGER, LONGER.encode("utf-16-be"), 0x08, "ucs2", payload=True),
        message("no code", KOREAN, KOREAN.encode("utf-16-be"), 0x08, "ucs2", code=None),
    ]
