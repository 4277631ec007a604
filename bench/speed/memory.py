"""Memory of a worker: at rest, per idle pair of binds, after its first messages, and over many."""

from __future__ import annotations

import socket
import struct
import time
from pathlib import Path

from speed import machine
from speed.engines import SYSTEM_ID, Engines, Load
from speed.machine import Cores
from speed.relays import Proxy, Relay, Setting

#: Binds made before the first look, so that what is allocated once is not counted as a pair's.
FIRST_PAIRS = 50

#: Messages after which a worker has all it needs but what it remembers of texts that differ.
FIRST_MESSAGES = 50_000

#: Seconds the worker gets to settle before its memory is read.
SETTLE = 0.5

_BIND_TRANSCEIVER, _VERSION = 0x00000009, 0x34
_HEADER = struct.Struct(">4I")


def at_rest(directory: Path, upstream: int, cores: Cores, pairs: int) -> dict[str, float]:
    """Return octets of a worker with the model and no codes, and per pair of idle binds."""
    proxy = Proxy(directory, "rest", Setting(judge=True, trace=True, registered=False), upstream)
    open_sockets: list[socket.socket] = []
    try:
        proxy.settle(cores)
        time.sleep(SETTLE)
        worker = machine.resident(proxy.pid)
        open_sockets += [_bound(proxy.port) for _ in range(FIRST_PAIRS)]
        time.sleep(SETTLE)
        before = machine.resident(proxy.pid)
        open_sockets += [_bound(proxy.port) for _ in range(pairs)]
        time.sleep(SETTLE)
        after = machine.resident(proxy.pid)
    finally:
        for sock in open_sockets:
            sock.close()
        proxy.stop()
    return {"worker": worker, "pair": (after - before) / pairs, "pairs": pairs}


def of_the_first(
    directory: Path, upstream: int, cores: Cores, engines: Engines, texts: Path, messages: int = FIRST_MESSAGES
) -> dict[str, float]:
    """Return octets of a worker with the model and the trace after the first messages it has ever carried."""
    proxy = Proxy(directory, "first", Setting(judge=True, trace=True), upstream)
    try:
        proxy.settle(cores)
        engines.run(proxy.port, Load(messages=messages, texts=texts))
        return {"worker": machine.resident(proxy.pid), "messages": messages}
    finally:
        proxy.stop()


def over_messages(engines: Engines, proxy: Relay, texts: Path | None, messages: int) -> dict[str, float]:
    """Return octets at the start, once everything has been used, and after each quarter of ``messages``."""
    engines.run(proxy.port, Load(messages=min(50_000, messages // 4), texts=texts))
    found = {"messages": float(messages), "quarter_0": float(machine.resident(proxy.pid))}
    for quarter in range(1, 5):
        engines.run(proxy.port, Load(messages=messages // 4, texts=texts, seed=quarter))
        found[f"quarter_{quarter}"] = float(machine.resident(proxy.pid))
    found["growth"] = found["quarter_4"] - found["quarter_1"]
    return found


def _bound(port: int) -> socket.socket:
    """Return a connection bound as a transceiver. Raises OSError when it is refused."""
    name = SYSTEM_ID.encode("ascii")
    body = name + b"\0" + name + b"\0\0" + bytes((_VERSION, 0, 0)) + b"\0"
    sock = socket.create_connection(("127.0.0.1", port), 10)
    sock.sendall(_HEADER.pack(16 + len(body), _BIND_TRANSCEIVER, 0, 1) + body)
    answer = b""
    while len(answer) < 16:
        piece = sock.recv(16 - len(answer))
        if not piece:
            raise ConnectionError("the proxy closed a connection that wanted to bind")
        answer += piece
    status = _HEADER.unpack(answer)[2]
    if status:
        raise ConnectionError(f"the proxy refused a bind with 0x{status:02x}")
    return sock
