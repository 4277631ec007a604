"""An SMSC that calls us: it says outbind, we bind as receiver on its connection, what it delivers finds its owner."""

from __future__ import annotations

import pytest


@pytest.fixture
def proxy(launch, carrier):
    """A proxy whose upstream may call from loopback."""
    upstream = (
        f'name = "pooled"\naddress = "{carrier().address}"\nmode = "pooled"\nsystem_id = "proxy"\npassword = "pw"\n'
        'binds = 1\noutbind_system_id = "MC"\noutbind_password = "knock"\noutbind_from = ["127.0.0.0/8"]'
    )
    account = 'system_id = "pool1"\npassword = "pw"\nupstream = "pooled"\nnumbers = ["1588"]'
    return launch([upstream], [account]).ready()


def outbind(octets, password):
    return octets.pdu(0x0B, b"MC\0" + password + b"\0", 9)


def test_we_bind_on_the_connection_that_asked(proxy, octets):
    reseller = proxy.bound("pool1")
    smsc = proxy.connect()
    bind = smsc.ask(outbind(octets, b"knock"))
    assert bind.command == 0x01  # bind_receiver
    assert bind.body.startswith(b"proxy\0pw\0")
    smsc.send(octets.pdu(0x80000001, b"carrier\0", bind.sequence))
    smsc.send(octets.pdu(5, octets.message(b"Hi", source=b"01050001234", destination=b"15880000"), 7))
    delivered = reseller.receive()
    assert delivered.command == 5
    reseller.send(octets.pdu(0x80000005, b"\0", delivered.sequence))
    assert smsc.receive().header[1:] == (0x80000005, 0, 7)


def test_whoever_does_not_know_the_password_learns_nothing(proxy, octets):
    stranger = proxy.connect()
    stranger.send(outbind(octets, b"guess"))
    assert stranger.rest() == []
