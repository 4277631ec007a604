"""The PROXY protocol parser: the specification's own shapes, and whatever a peer may send instead."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppproxy.net.proxy_protocol import (
    MAX_V1,
    MAX_V2,
    SIGNATURE,
    Header,
    ProxyProtocolError,
    is_trusted,
    parse,
)

ports = st.integers(0, 0xFFFF)


def v1(version: int, source: str, destination: str, source_port: int, destination_port: int) -> bytes:
    return f"PROXY TCP{version} {source} {destination} {source_port} {destination_port}\r\n".encode()


def v2(command: int, family: int, addresses: bytes) -> bytes:
    return SIGNATURE + bytes([0x20 | command, family]) + struct.pack("!H", len(addresses)) + addresses


def packed(source: str, destination: str, source_port: int, destination_port: int) -> bytes:
    both = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
    return both + struct.pack("!HH", source_port, destination_port)


@st.composite
def headers(draw: st.DrawFn) -> tuple[bytes, Header]:
    version = draw(st.sampled_from([4, 6]))
    source, destination = (str(draw(st.ip_addresses(v=version))) for _ in range(2))
    source_port, destination_port = draw(ports), draw(ports)
    if draw(st.booleans()):
        octets = v1(version, source, destination, source_port, destination_port)
    else:
        tlvs = draw(st.binary(max_size=50))
        family = 0x11 if version == 4 else 0x21
        octets = v2(1, family, packed(source, destination, source_port, destination_port) + tlvs)
    return octets, Header((source, source_port), (destination, destination_port), len(octets))


@given(headers(), st.binary(max_size=40))
def test_reads_what_a_balancer_writes_and_leaves_the_rest(header: tuple[bytes, Header], rest: bytes) -> None:
    octets, expected = header
    assert parse(octets + rest) == expected


@given(headers())
def test_every_prefix_of_a_header_waits_for_more(header: tuple[bytes, Header]) -> None:
    octets, _ = header
    assert all(parse(octets[:end]) is None for end in range(len(octets)))


@given(
    st.binary(max_size=300)
    | st.binary(max_size=120).map(lambda b: b"PROXY " + b)
    | st.binary(max_size=300).map(SIGNATURE.__add__)
)
def test_garbage_raises_the_documented_error_only(octets: bytes) -> None:
    try:
        header = parse(octets)
    except ProxyProtocolError:
        return
    assert header is None or header.used <= len(octets)


@pytest.mark.parametrize(
    "line",
    [
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        b"PROXY TCP4 192.0.2.1  192.0.2.2 1 2\r\n",
        b"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
        b"PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY TCP4 name 192.0.2.2 1 2\r\n",
        b"PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n",
        b"PROXY \r\n",
        b"PROXY TCP4" + b" " * MAX_V1,
        b"GET / HTTP/1.1\r\n",
        b"\x00\x00\x00\x20\x00\x00\x00\x09",
        v2(2, 0x11, b""),
        v2(1, 0x11, b"\0" * 11),
        v2(1, 0x21, b"\0" * 35),
        SIGNATURE + b"\x11\x11\0\0",
        SIGNATURE + b"\x21\x11" + struct.pack("!H", MAX_V2),
    ],
)
def test_refuses(line: bytes) -> None:
    with pytest.raises(ProxyProtocolError):
        parse(line)


@pytest.mark.parametrize(
    "octets",
    [
        b"PROXY UNKNOWN\r\n",
        b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n",
        v2(0, 0x00, b""),
        v2(0, 0x11, b"\0" * 12),
        v2(1, 0x00, b"abc"),
        v2(1, 0x31, b"\0" * 216),
    ],
)
def test_balancers_that_speak_for_themselves_name_no_source(octets: bytes) -> None:
    assert parse(octets + b"rest") == Header(None, None, len(octets))


@pytest.mark.parametrize(
    ("peer", "trusted"),
    [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("198.51.100.1", False),
        ("2001:db8::5", True),
        ("2001:db8::5%eth0", True),
        ("2001:db9::5", False),
        ("/run/socket", False),
    ],
)
def test_trust_is_by_network(peer: str, trusted: bool) -> None:
    networks = [ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/32")]
    assert is_trusted(peer, networks) is trusted
