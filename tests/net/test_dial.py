"""Dialling: order and weights, failover, TLS with all that can be wrong with it, and addresses that never answer."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import random
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from smppproxy.net.dial import CannotConnect, Target, dial
from smppproxy.net.tls import client_context, server_context
from smppproxy.net.wire import Wire

ADDRESSES = (("a", 1), ("b", 2), ("c", 3))


def test_without_weights_the_order_is_that_of_the_configuration():
    assert Target(ADDRESSES).order(random.Random(1)) == list(ADDRESSES)
    assert Target(ADDRESSES, (0, 0, 0)).order(random.Random(1)) == list(ADDRESSES)


def test_weights_are_shares_of_who_is_dialled_first():
    target, chance = Target(ADDRESSES, (3, 1, 0)), random.Random(1)
    orders = [target.order(chance) for _ in range(4000)]
    assert all(sorted(order) == sorted(ADDRESSES) for order in orders)
    first = Counter(order[0] for order in orders)
    assert 2800 < first["a", 1] < 3200
    assert first["c", 3] == 0
    assert all(order[-1] == ("c", 3) for order in orders)  # a weight of 0 is for when all others fail


class Hold(asyncio.Protocol):
    """Keeps a connection open."""

    def __init__(self, held: set[Any]) -> None:
        self.held = held

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.held.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.held.discard(self.transport)


@contextlib.asynccontextmanager
async def server(context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Accepts whoever comes; its port."""
    held: set[Any] = set()
    serving = await asyncio.get_running_loop().create_server(lambda: Hold(held), "127.0.0.1", 0, ssl=context)
    try:
        yield serving.sockets[0].getsockname()[1]
    finally:
        serving.close()
        for transport in list(held):
            transport.abort()
        for _ in range(3):  # the loop tells of the ends
            await asyncio.sleep(0)


async def dialled(turns, target: Target) -> str:
    """The address that answered; the wire is closed again."""
    t = turns()
    wire, address = await dial(target, lambda: Wire(t.pump), random.Random(1))
    wire.abort()
    await t.until(lambda: t.ended(wire))
    return address


def test_the_next_address_is_tried_when_one_refuses(run, turns, free_port):
    async def main() -> None:
        async with server() as port:
            target = Target((("127.0.0.1", free_port), ("127.0.0.1", port)))
            assert await dialled(turns, target) == f"127.0.0.1:{port}"

    run(main())


def test_nobody_answers_and_each_says_why(run, turns, free_port):
    async def main() -> None:
        target = Target((("127.0.0.1", free_port), ("no\u0ff0such.name" + "x" * 70, 1), ("127.0.0.1", free_port)))
        with pytest.raises(CannotConnect) as raised:
            await dialled(turns, target)
        reasons = str(raised.value).split("; ")
        assert len(reasons) == 3
        assert str(errno.ECONNREFUSED) in reasons[0]
        assert all(reason.partition(": ")[2] for reason in reasons)
        with pytest.raises(CannotConnect, match="no address"):
            await dialled(turns, Target(()))

    run(main())


def test_an_address_that_never_answers_is_left_after_the_timeout(run, turns, certificates):
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:  # TCP answers, TLS never does
            port = silent.getsockname()[1]
            tls = client_context(certificates.ca, None, None)
            with pytest.raises(CannotConnect, match=f"127.0.0.1:{port}: no answer within 0.05 s"):
                await dialled(turns, Target((("127.0.0.1", port),), tls=tls, timeout=0.05))

    run(main())


def test_tls_to_the_name_of_the_address_or_another(run, turns, certificates):
    async def main() -> None:
        context = server_context(certificates.server, certificates.server_key, None)
        tls = client_context(certificates.ca, None, None)
        async with server(context) as port:
            for name in ("", "smsc.test"):
                target = Target((("127.0.0.1", port),), tls=tls, server_name=name)
                assert await dialled(turns, target) == f"127.0.0.1:{port}"

    run(main())


@pytest.mark.parametrize("fault", ["authority", "name", "stranger", "no client certificate", "plain server"])
def test_tls_that_cannot_be_trusted_is_no_connection(run, turns, certificates, fault):
    async def main() -> None:
        certificate = certificates.stranger if fault == "stranger" else certificates.server
        key = certificates.stranger_key if fault == "stranger" else certificates.server_key
        context = server_context(certificate, key, certificates.ca if fault == "no client certificate" else None)
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # where a missing certificate ends the handshake itself
        ca = certificates.stranger if fault == "authority" else certificates.ca
        name = "other.test" if fault == "name" else ""
        async with server(None if fault == "plain server" else context) as port:
            target = Target((("127.0.0.1", port),), tls=client_context(ca, None, None), server_name=name, timeout=0.3)
            with pytest.raises(CannotConnect):
                await dialled(turns, target)

    run(main())


def test_a_client_certificate_is_shown(run, turns, certificates):
    async def main() -> None:
        context = server_context(certificates.server, certificates.server_key, certificates.ca)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        tls = client_context(certificates.ca, certificates.client, certificates.client_key)
        async with server(context) as port:
            assert await dialled(turns, Target((("127.0.0.1", port),), tls=tls)) == f"127.0.0.1:{port}"

    run(main())


def test_after_a_failed_handshake_the_next_address_is_tried(run, turns, certificates):
    async def main() -> None:
        bad = server_context(certificates.stranger, certificates.stranger_key, None)
        good = server_context(certificates.server, certificates.server_key, None)
        tls = client_context(certificates.ca, None, None)
        async with server(bad) as first, server(good) as second:
            target = Target((("127.0.0.1", first), ("127.0.0.1", second)), tls=tls)
            assert await dialled(turns, target) == f"127.0.0.1:{second}"

    run(main())
