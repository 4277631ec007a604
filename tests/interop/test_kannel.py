"""Kannel's bearerbox as a reseller: messages go in over HTTP, receipts come back over HTTP."""

from __future__ import annotations

import asyncio
import shutil
import socket
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from smppproxy.load.smsc import Arrival

pytestmark = pytest.mark.interop

SUBMIT_SM = 0x04
KOREAN = "[가람택배] 고객님의 상품이 오늘 도착합니다."
LONG = "가나다라마바사아자차" * 12

CONFIG = """\
group = core
admin-port = {admin}
admin-password = admin
admin-interface = 127.0.0.1
smsbox-port = {smsbox}
smsbox-interface = 127.0.0.1
log-file = "{directory}/bearerbox.log"
log-level = 0

group = smsc
smsc = smpp
smsc-id = proxy
host = {host}
port = {port}
transceiver-mode = 1
smsc-username = reseller
smsc-password = secret
system-type = ""
interface-version = 34
source-addr-ton = 0
source-addr-npi = 1
dest-addr-ton = 0
dest-addr-npi = 1
max-pending-submits = 10
enquire-link-interval = 1
reconnect-delay = 1

group = smpp-tlv
name = code
tag = 0x1400
type = octetstring
length = 9
smsc-id = proxy

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-interface = 127.0.0.1
sendsms-port = {sendsms}
log-file = "{directory}/smsbox.log"
log-level = 0

group = sendsms-user
username = user
password = pass
concatenation = true
max-messages = 4

group = sms-service
keyword = default
text = "none"
"""


class Kannel:
    """A running bearerbox with its smsbox."""

    def __init__(self, sendsms: int, reports: asyncio.Queue[str], callback: int) -> None:
        self.reports = reports
        self._sendsms = sendsms
        self._callback = callback

    async def send(self, text: str, *, coding: int, code: str | None = "301150232") -> str:
        """Hand a message to smsbox; its answer."""
        fields = {
            "username": "user",
            "password": "pass",
            "from": "15880000",
            "to": "01050001234",
            "text": text,
            "charset": "UTF-8",
            "coding": str(coding),
            "dlr-mask": "31",
            "dlr-url": f"http://127.0.0.1:{self._callback}/dlr?type=%d&answer=%A",
        }
        if code:
            fields["meta-data"] = f"?smpp?code={code}"
        url = f"http://127.0.0.1:{self._sendsms}/cgi-bin/sendsms?{urllib.parse.urlencode(fields)}"

        def fetch() -> str:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return str(answer.read().decode())

        return await asyncio.to_thread(fetch)


def taken_place() -> socket.socket:
    """A port of loopback for one of the boxes: ours until the socket is closed, so that nobody else takes it before."""
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Kannel does: so it may listen there all the same
    place.bind(("127.0.0.1", 0))
    return place


async def listening(port: int) -> None:
    """Return once something accepts on ``port``: neither box says when it is ready."""
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            await writer.wait_closed()
            return


@pytest.fixture
async def kannel(tmp_path: Path, proxy, smsc) -> AsyncIterator[Kannel]:
    boxes = [shutil.which(name) or shutil.which(name, path="/usr/sbin") for name in ("bearerbox", "smsbox")]
    if not all(boxes):
        pytest.skip("Kannel is not installed: apt-get install kannel")
    host, _, port = (await proxy(smsc.address)).rpartition(":")
    places = {name: taken_place() for name in ("admin", "smsbox", "sendsms")}
    ports = {name: place.getsockname()[1] for name, place in places.items()}
    config = tmp_path / "kannel.conf"
    config.write_text(CONFIG.format(host=host, port=port, directory=tmp_path, **ports))
    reports: asyncio.Queue[str] = asyncio.Queue()

    async def take_report(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        while await reader.readline() not in (b"\r\n", b""):
            pass
        reports.put_nowait(line.split()[1].decode())
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take_report, "127.0.0.1", 0)
    running = []
    async with server:
        try:
            for box, ready in zip(boxes, (ports["admin"], ports["sendsms"]), strict=True):
                assert box is not None
                running.append(
                    await asyncio.create_subprocess_exec(
                        *(box, str(config)), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
                    )
                )
                await listening(ready)
            await smsc.wait_for(lambda: any(link.bind for link in smsc.links), timeout=60)
            yield Kannel(ports["sendsms"], reports, server.sockets[0].getsockname()[1])
        finally:
            for process in reversed(running):
                await ended(process)
            for place in places.values():
                place.close()


async def ended(process: asyncio.subprocess.Process) -> None:
    """Ends a box, whatever it does."""
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(60):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def report(kannel: Kannel, wanted: Callable[[dict[str, list[str]]], bool]) -> dict[str, list[str]]:
    """The next delivery report that is ``wanted``."""
    async with asyncio.timeout(60):
        while True:
            fields = urllib.parse.parse_qs(urllib.parse.urlparse(await kannel.reports.get()).query)
            if wanted(fields):
                return fields


def text_of(arrival: Arrival) -> str:
    octets = arrival.frame.short_message
    if arrival.frame.esm_class & 0x40:
        octets = octets[1 + octets[0] :]
    return octets.decode("utf-16-be" if arrival.frame.data_coding == 0x08 else "latin-1")


async def test_bearerbox_as_a_reseller(kannel, smsc):
    # one after the other: bearerbox sends in the order it likes
    for count, (text, coding, parts) in enumerate([("Table for 4 at 19:30", 0, 1), (KOREAN, 2, 1), (LONG, 2, 2)]):
        assert "Accepted" in await kannel.send(text, coding=coding)
        before = count if parts == 1 else 2
        await smsc.wait_submits(before + parts, timeout=60)
        arrivals = smsc.received.of(SUBMIT_SM)[before:]
        assert "".join(text_of(arrival) for arrival in arrivals) == text
        assert {arrival.frame.tlv(0x1400) for arrival in arrivals} == {b"301150232"}
        delivered = await report(kannel, lambda fields: fields["type"] == ["1"])  # DELIVRD, for all parts of a text
        assert delivered

    await kannel.send("no code", coding=0, code=None)
    refused = await report(kannel, lambda fields: fields["type"] == ["16"])  # refused by the SMSC
    assert "195" in str(refused) or "c3" in str(refused).lower()
    assert smsc.received.submits == 4
