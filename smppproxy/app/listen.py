"""The listening sockets. The parent opens and keeps them, so a restarted child finds its callers still in the queue."""

from __future__ import annotations

import socket

BACKLOG = 4096  # connections the kernel keeps while nobody accepts; a fleet reconnects at once after a restart


class ListenError(Exception):
    """An address of the configuration cannot be listened on; the text says which and why."""


def open_listener(key: str, host: str, port: int) -> socket.socket:
    """A non-blocking listening TCP socket.

    `[::]` takes IPv6 alone, so that it can stand beside `0.0.0.0`. Raises ListenError.
    """
    sock = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sock = socket.socket(family, kind, protocol)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        if sock is not None:
            sock.close()
        raise ListenError(f"{key}: cannot listen on {spelled(host, port)}: {error.strerror or error}") from error
    return sock


def address_of(sock: socket.socket) -> str:
    """Where a socket really listens, as a configuration would spell it."""
    host, port = sock.getsockname()[:2]
    return spelled(host, port)


def spelled(host: str, port: int) -> str:
    """`host:port`, IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
