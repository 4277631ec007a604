"""``smppproxy smsc``: an SMSC simulator with faults, for tests of clients and of the proxy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

_DELAY = re.compile(r"(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?")


def command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")] = 2776,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    password: Annotated[str | None, typer.Option(help="The only password accepted at bind; any when left out.")] = None,
    delay_ms: Annotated[
        str, typer.Option(metavar="MS|FROM-TO", help="Hold answers to submits back: constant, or uniform in a range.")
    ] = "0",
    throttle_every: Annotated[int, typer.Option(min=0, help="Answer every Nth submit with 0x58.")] = 0,
    throttle_share: Annotated[float, typer.Option(min=0, max=1, help="Probability of the same.")] = 0.0,
    error_every: Annotated[int, typer.Option(min=0, help="Answer every Nth submit with --error-status.")] = 0,
    error_share: Annotated[float, typer.Option(min=0, max=1, help="Probability of the same.")] = 0.0,
    error_status: Annotated[str, typer.Option(help="command_status of these errors, as 0x45 or 69.")] = "0x45",
    drop_every: Annotated[int, typer.Option(min=0, help="Never answer every Nth submit.")] = 0,
    drop_share: Annotated[float, typer.Option(min=0, max=1, help="Probability of the same.")] = 0.0,
    disconnect_after: Annotated[int, typer.Option(min=0, help="Close a link after its Nth submit; 0 = never.")] = 0,
    receipts: Annotated[bool, typer.Option("--receipts", help="Send the receipts submits ask for.")] = False,
    receipt_delay_ms: Annotated[float, typer.Option(min=0, help="How long after the answer a receipt goes.")] = 0.0,
    mo_rate: Annotated[float, typer.Option(min=0, help="Mobile-originated messages per second, all links.")] = 0.0,
    mo_from: Annotated[str, typer.Option(help="Their source address.")] = "01000000000",
    mo_to: Annotated[str, typer.Option(help="Their destination address.")] = "15880000",
    message_id: Annotated[Literal["hex", "decimal", "uuid"], typer.Option(help="Spelling of message_ids.")] = "hex",
    seed: Annotated[int, typer.Option(help="Seed of every random choice.")] = 0,
    dump: Annotated[Path | None, typer.Option(help="Write every PDU that arrives to this file, as JSON lines.")] = None,
    tls: Annotated[Path | None, typer.Option(help="Serve TLS with this PEM file (certificate and key).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The key, when --tls holds the certificate alone.")] = None,
) -> None:
    """Simulate an SMSC: accepts binds, answers every request, delays, throttles, fails or drops as asked.

    Prints one JSON line when ready, the counts at SIGUSR1 and at the end. The checksum covers the octets 16..end of
    every message received and equals the one `smppproxy load` prints when nothing between them changed a body.
    """
    from smppproxy.load.smsc import serve
    from smppproxy.load.smsc.behaviour import Behaviour

    behaviour = Behaviour(
        password=password,
        delay=_delay(delay_ms),
        throttle_every=throttle_every,
        throttle_share=throttle_share,
        error_every=error_every,
        error_share=error_share,
        error_status=_status(error_status),
        drop_every=drop_every,
        drop_share=drop_share,
        disconnect_after=disconnect_after,
        receipts=receipts,
        receipt_delay=receipt_delay_ms / 1000,
        mo_rate=mo_rate,
        mo_source=mo_from,
        mo_destination=mo_to,
        message_id=message_id,
        seed=seed,
    )
    raise typer.Exit(serve.run(behaviour, host=host, port=port, dump=dump, tls=tls, tls_key=tls_key))


def _delay(text: str) -> tuple[float, float]:
    """Milliseconds, or a range of them, as seconds."""
    found = _DELAY.fullmatch(text)
    least = float(found[1]) if found else 0.0
    most = float(found[2]) if found and found[2] else least
    if not found or most < least:
        raise typer.BadParameter(f"{text!r} is neither milliseconds (5) nor a range (2-10)", param_hint="--delay-ms")
    return least / 1000, most / 1000


def _status(text: str) -> int:
    """A command_status in decimal or hexadecimal."""
    try:
        status = int(text, 0)
    except ValueError:
        status = -1
    if not 0 < status <= 0xFFFFFFFF:
        raise typer.BadParameter(f"{text!r} is no error status; give 0x45, or 69", param_hint="--error-status")
    return status
