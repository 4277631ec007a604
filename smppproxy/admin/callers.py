"""Who asks: the peer, or whom a proxy that is trusted names; and whether the way was encrypted."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.requests import Request

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def address_of(request: Request, trusted: Sequence[Network]) -> str:
    """Return who asks: the peer, or whom a proxy that is trusted names last."""
    peer = _peer(request)
    if _is_among(peer, trusted):
        return request.headers.get("x-forwarded-for", peer).rpartition(",")[2].strip() or peer
    return peer


def is_encrypted(request: Request, trusted: Sequence[Network]) -> bool:
    """Whether the browser speaks TLS: with us, or with a proxy that is trusted and says so."""
    if request.url.scheme == "https":
        return True
    return (
        _is_among(_peer(request), trusted)
        and request.headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower() == "https"
    )


def is_local(address: str) -> bool:
    """Whether an address is one of this machine's loopback."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return bool((getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback)


def _peer(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _is_among(peer: str, networks: Sequence[Network]) -> bool:
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    return any(address in network for network in networks if network.version == address.version)
