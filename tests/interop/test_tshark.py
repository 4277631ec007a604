"""tshark reads everything the proxy emits, to both sides, and finds nothing malformed."""

from __future__ import annotations

import asyncio
import json
import shutil
import struct
from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.interop

PORT = 2775
RAW_IP = 101  # link type of a capture without link layer


class Tap:
    """A TCP relay that keeps what the upstream side writes back."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.forth: list[bytes] = []
        self.back: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self.target)
        await asyncio.gather(self.pump(reader, far_writer, self.forth), self.pump(far_reader, writer, self.back))

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: list[bytes]) -> None:
        try:
            while data := await reader.read(65536):
                kept.append(data)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()


def packet(octets: bytes, offset: int, stream: int) -> bytes:
    """One TCP segment to the SMPP port, with the headers a capture would have."""
    tcp = struct.pack(">HHIIBBHHH", 40000 + stream, PORT, 1 + offset, 1, 0x50, 0x18, 65535, 0, 0) + octets
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, b"\x7f\0\0\x01", b"\x7f\0\0\x01") + tcp


def write_capture(path: Path, streams: list[bytes]) -> None:
    """A pcap file with each stream as a connection of its own."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, RAW_IP))
        for number, octets in enumerate(streams):
            for offset in range(0, len(octets), 1200):
                segment = packet(octets[offset : offset + 1200], offset, number)
                file.write(struct.pack("<IIII", 1, offset, len(segment), len(segment)) + segment)


async def dissect(capture: Path) -> list[dict[str, object]]:
    """tshark's reading of a capture, one dictionary a packet."""
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed: apt-get install tshark")
    process = await asyncio.create_subprocess_exec(
        *(tshark, "-r", str(capture), "-d", f"tcp.port=={PORT},smpp", "-T", "json", "--no-duplicate-keys"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return [row["_source"]["layers"] for row in json.loads(output)]


def pdus(layers: list[dict[str, object]]) -> list[dict[str, str]]:
    """Every SMPP layer."""
    found: list[dict[str, str]] = []
    for layer in layers:
        smpp = layer.get("smpp", [])
        found += smpp if isinstance(smpp, list) else [smpp]
    return found


@pytest.mark.parametrize("esme", ["smpplib"], indirect=True)
@pytest.mark.parametrize("mode", ["paired", "pooled"])
async def test_nothing_we_emit_is_malformed(converse, proxy, smsc, messages, tmp_path, mode):
    upstream = Tap(smsc.host, smsc.port)
    upstream_server = await asyncio.start_server(upstream, "127.0.0.1", 0)
    async with upstream_server:
        port = upstream_server.sockets[0].getsockname()[1]
        host, _, proxy_port = (await proxy(f"127.0.0.1:{port}", mode)).rpartition(":")
        downstream = Tap(host, int(proxy_port))
        downstream_server = await asyncio.start_server(downstream, "127.0.0.1", 0)
        async with downstream_server:
            port = downstream_server.sockets[0].getsockname()[1]
            await converse(f"127.0.0.1:{port}", messages, 8)

    to_smsc, to_esme = b"".join(upstream.forth), b"".join(downstream.back)
    capture = tmp_path / "emitted.pcap"
    write_capture(capture, [to_smsc, to_esme])
    layers = await dissect(capture)
    assert not [layer for layer in layers if "_ws.malformed" in layer or "_ws.malformed" in json.dumps(layer)]

    commands = Counter(pdu["smpp.command_id"] for pdu in pdus(layers))
    assert commands["0x00000004"] == 8  # submit_sm
    assert commands["0x80000004"] == 9  # their responses, the refused one included
    assert commands["0x00000005"] == commands["0x80000005"] == 8  # deliver_sm and its responses
    assert commands["0x80000009"] == commands["0x80000015"] == commands["0x80000006"] == 1  # bind, enquire_link, unbind
    texts = [pdu.get("smpp.message_text") for pdu in pdus(layers)]
    assert messages[1]["text"] in texts
