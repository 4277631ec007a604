"""Listening sockets."""

from __future__ import annotations

import socket

import pytest

from smppproxy.app.listen import ListenError, address_of, open_listener, spelled


def has_six() -> bool:
    """Whether this machine has IPv6 on loopback; a container often has none."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


HOSTS = [("127.0.0.1", "127.0.0.1:"), *([("::1", "[::1]:")] if has_six() else []), ("localhost", "")]


@pytest.mark.parametrize(("host", "begins"), HOSTS)
def test_listens_and_tells_the_port_it_got(host: str, begins: str) -> None:
    with open_listener("listeners[0].address", host, 0) as sock:
        assert address_of(sock).startswith(begins)
        assert not sock.getblocking()
        with socket.create_connection(sock.getsockname()[:2], timeout=10):
            pass


def test_both_families_can_have_the_same_port() -> None:
    with open_listener("a", "0.0.0.0", 0) as four, open_listener("b", "::", four.getsockname()[1]) as six:
        assert address_of(six) == spelled("::", four.getsockname()[1])


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-name.invalid"])
def test_what_cannot_be_had_is_named(host: str) -> None:
    with pytest.raises(ListenError, match=rf"admin.address: cannot listen on {host}:0: "):
        open_listener("admin.address", host, 0)
