"""Outbind: an SMSC that connects to our listener and asks for a bind_receiver (SMPP 3.4 section 2.2.1).

The answer to an outbind shows our password, so only an SMSC that comes from one of its own addresses and names itself
as it was agreed gets one.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable

from smppproxy.relay.plan import Network
from smppproxy.relay.upstream import Upstream
from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.errors import RemoteError
from smppproxy.smpp.kernel import Frame

#: Octets an outbind may have: 41 by the specification, but real passwords exceed their field.
OUTBIND_LIMIT = 256

#: Links of one upstream that may be opened by outbind at a time, in one worker.
LINKS = 10

_COMMAND = c.OUTBIND.to_bytes(4, "big")


def may_be_outbind(first: bytes | bytearray) -> bool:
    """Whether the first octets of a connection can be those of an outbind, as far as they go."""
    if not _COMMAND.startswith(first[4:8]):
        return False
    length = int.from_bytes(first[:4], "big")
    return len(first) < 4 or 16 <= length <= OUTBIND_LIMIT


def whole(first: bytes | bytearray) -> bool:
    """Whether all octets of the outbind are there."""
    return len(first) >= 16 and len(first) >= int.from_bytes(first[:4], "big")


def asked_by(upstreams: Iterable[Upstream], peer: str, frame: Frame) -> Upstream | None:
    """Return the upstream whose SMSC sent the outbind; None where it is nobody we would tell our password."""
    try:
        fields = codec.decode(frame.raw).fields
    except RemoteError:
        return None
    for upstream in upstreams:
        plan = upstream.plan
        if (
            plan.takes_outbind
            and comes_from(plan.outbind_networks, peer)
            and hmac.compare_digest(plan.outbind_system_id, fields["system_id"])
            and hmac.compare_digest(plan.outbind_password, fields["password"])
        ):
            return upstream
    return None


def comes_from(networks: tuple[Network, ...], peer: str) -> bool:
    """Whether an address lies in one of the networks; an IPv4 address written as IPv6 counts as what it is."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)
