"""Dials a service that has several addresses: in order, or in shares by weight."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smppproxy.net.wire import Wire


class CannotConnect(OSError):  # noqa: N818  it is what happened, not whose fault it was
    """None of the addresses took the connection; the text names each with its reason."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to dial. ``weights`` is empty for failover in order, else one share per address."""

    addresses: Sequence[tuple[str, int]]
    weights: Sequence[int] = ()
    tls: ssl.SSLContext | None = None
    server_name: str = ""
    timeout: float = 5.0  # s per address, for TCP and TLS together

    def order(self, chance: random.Random) -> list[tuple[str, int]]:
        """Return the addresses in the order of this attempt: with weights, the first is drawn by them."""
        if not self.weights or sum(self.weights) == 0:
            return list(self.addresses)
        left = list(zip(self.addresses, self.weights, strict=True))
        ordered = []
        while left:
            shares = [weight for _, weight in left]
            drawn = chance.choices(range(len(left)), shares)[0] if sum(shares) else 0
            ordered.append(left.pop(drawn)[0])
        return ordered


async def dial(target: Target, wire: Callable[[], Wire], chance: random.Random) -> tuple[Wire, str]:
    """Connect a new wire to the first address that answers; return both. Raises CannotConnect."""
    loop = asyncio.get_running_loop()
    failures = []
    for host, port in target.order(chance):
        try:
            async with asyncio.timeout(target.timeout):
                if target.tls is None:
                    _, made = await loop.create_connection(wire, host, port)
                else:
                    name = target.server_name or host
                    _, made = await loop.create_connection(wire, host, port, ssl=target.tls, server_hostname=name)
        except TimeoutError:
            failures.append(f"{host}:{port}: no answer within {target.timeout:g} s")
        except (OSError, UnicodeError) as error:  # UnicodeError: a host that cannot be a name of the DNS
            failures.append(f"{host}:{port}: {str(error) or type(error).__name__}")
        else:
            return made, f"{host}:{port}"
    raise CannotConnect("; ".join(failures) or "no address")
