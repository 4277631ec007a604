"""``smppproxy smsc``: the simulator as a program, driven by signals."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import uvloop

from smppproxy.load.smsc.behaviour import Behaviour
from smppproxy.load.smsc.simulator import SmscSimulator


def run(
    behaviour: Behaviour,
    *,
    host: str,
    port: int,
    dump: Path | None = None,
    tls: Path | None = None,
    tls_key: Path | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code.

    One JSON line when ready, one per SIGUSR1, one at the end, all on stdout; errors for people on stderr.
    """
    try:
        context = _tls_context(tls, tls_key) if tls else None
    except (OSError, ssl.SSLError) as error:
        print(f"--tls {tls}: no usable certificate and key ({error}); give a PEM file with both", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        try:
            rows = stack.enter_context(dump.open("w", encoding="utf-8")) if dump else None
        except OSError as error:
            print(f"--dump {dump}: {error.strerror}; give a file that can be written", file=sys.stderr)
            return 2
        simulator = SmscSimulator(behaviour, host=host, port=port, keep=False, dump=rows, tls=context)
        try:
            uvloop.run(_serve(simulator, rows))
        except OSError as error:
            print(f"{host}:{port}: cannot listen ({error.strerror or error}); choose another --port", file=sys.stderr)
            return 1
    return 0


async def _serve(simulator: SmscSimulator, dump: IO[str] | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def report() -> None:
        if dump is not None:
            dump.flush()
        _print(simulator.received.to_dict())

    loop.add_signal_handler(signal.SIGUSR1, report)
    async with simulator:
        _print({"event": "ready", "address": simulator.address})
        await stop.wait()
    report()


def _tls_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def _print(row: dict[str, object]) -> None:
    print(json.dumps(row), flush=True)
