"""Who asks, and over what."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from starlette.requests import Request

from smppproxy.admin.callers import address_of, is_encrypted, is_local

TRUSTED = [ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")]


def _request(peer: str, scheme: str = "http", **headers: str) -> Request:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "client": (peer, 1) if peer else None, "headers": named, "scheme": scheme,
                    "server": ("a", 80), "path": "/", "query_string": b""})  # fmt: skip


@pytest.mark.parametrize(
    ("peer", "forwarded", "who"),
    [
        ("192.0.2.1", "203.0.113.9", "203.0.113.9"),
        ("192.0.2.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # what the client wrote itself counts for nothing
        ("192.0.2.1", "", "192.0.2.1"),
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("2001:db8::1", "203.0.113.9", "203.0.113.9"),
        ("name", "203.0.113.9", "name"),
        ("", "203.0.113.9", ""),
    ],
)
def test_the_peer_or_whom_a_trusted_proxy_names(peer: str, forwarded: str, who: str) -> None:
    assert address_of(_request(peer, x_forwarded_for=forwarded), TRUSTED) == who


def test_tls_is_ours_or_a_trusted_proxys() -> None:
    assert is_encrypted(_request("198.51.100.1", "https"), [])
    assert is_encrypted(_request("192.0.2.1", x_forwarded_proto="https"), TRUSTED)
    assert not is_encrypted(_request("192.0.2.1", x_forwarded_proto="https, http"), TRUSTED)
    assert not is_encrypted(_request("198.51.100.1", x_forwarded_proto="https"), TRUSTED)
    assert not is_encrypted(_request("192.0.2.1"), TRUSTED)


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.0.2.1", False),
        ("name", False),
        ("", False),
    ],
)
def test_this_machine(address: str, local: bool) -> None:
    assert is_local(address) is local
