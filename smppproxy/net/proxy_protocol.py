"""PROXY protocol headers, versions 1 and 2: who really called, as told by a load balancer in front of us.

Pure: octets in, a `Header` out. The format is HAProxy's `proxy-protocol.txt`. Whoever may send this header decides
which address the rest of the program believes in, so callers read it only from peers that `is_trusted` accepts, and
drop everybody else.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable
from typing import NamedTuple

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Endpoint = tuple[str, int]

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
PREFIX_V1 = b"PROXY "
MAX_V1 = 107  # octets with CRLF: the longest line the specification allows
MAX_V2 = 16 + 2048  # octets: addresses and TLVs (a client certificate's names among them); nobody sends more

_ADDRESSES = {0x1: struct.Struct("!4s4sHH"), 0x2: struct.Struct("!16s16sHH")}  # family: IPv4, IPv6


class ProxyProtocolError(ValueError):
    """The octets are not a PROXY header; the connection should be closed without an answer."""


class Header(NamedTuple):
    """A whole header.

    `source` is None where the balancer speaks for itself (LOCAL, UNKNOWN): keep the socket's own peer.
    """

    source: Endpoint | None
    destination: Endpoint | None
    used: int  # octets of the header; what follows belongs to the session


def parse(octets: bytes) -> Header | None:
    """The header at the start of `octets`, or None while it is incomplete.

    Raises ProxyProtocolError as soon as the octets cannot become a header, so nobody waits for a peer that does not
    send one.
    """
    if SIGNATURE.startswith(octets[: len(SIGNATURE)]):
        return _parse_v2(octets) if len(octets) >= 16 else None
    if octets.startswith(PREFIX_V1) or PREFIX_V1.startswith(octets):
        return _parse_v1(octets)
    raise ProxyProtocolError("the connection does not begin with a PROXY header")


def is_trusted(peer: str, networks: Iterable[Network]) -> bool:
    """Whether `peer`, an IP address as a socket gives it, lies in a trusted network (mapped IPv4 counts as IPv4)."""
    try:
        address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address.version == network.version and address in network for network in networks)


def _parse_v1(octets: bytes) -> Header | None:
    end = octets.find(b"\r\n", 0, MAX_V1)
    if end < 0:
        if len(octets) >= MAX_V1:
            raise ProxyProtocolError(f"PROXY line longer than {MAX_V1} octets")
        return None
    used = end + 2
    words = octets[:end].split(b" ")
    if len(words) >= 2 and words[1] == b"UNKNOWN":
        return Header(None, None, used)
    if len(words) != 6 or words[1] not in (b"TCP4", b"TCP6"):
        raise ProxyProtocolError("PROXY line is not 'PROXY TCP4|TCP6 source destination port port'")
    version = 4 if words[1] == b"TCP4" else 6
    source, destination = (_address(word, version) for word in words[2:4])
    ports = [_port(word) for word in words[4:6]]
    return Header((source, ports[0]), (destination, ports[1]), used)


def _address(word: bytes, version: int) -> str:
    try:
        address = ipaddress.ip_address(word.decode("ascii"))
    except ValueError as error:  # UnicodeDecodeError is one
        raise ProxyProtocolError("PROXY line holds no IP address where one is due") from error
    if address.version != version:
        raise ProxyProtocolError(f"PROXY line says TCP{version} and names an IPv{address.version} address")
    return str(address)


def _port(word: bytes) -> int:
    # Leading zeros are forbidden by the specification; int() alone would also take "+1", "1_0" and blanks.
    if not word.isdigit() or len(word) > 5 or (word[:1] == b"0" and word != b"0") or int(word) > 0xFFFF:
        raise ProxyProtocolError("PROXY line holds no port number where one is due")
    return int(word)


def _parse_v2(octets: bytes) -> Header | None:
    version, command = octets[12] >> 4, octets[12] & 0xF
    family, length = octets[13] >> 4, int.from_bytes(octets[14:16], "big")
    if version != 2 or command > 1:
        raise ProxyProtocolError(f"PROXY header of unknown version or command 0x{octets[12]:02X}")
    used = 16 + length
    if used > MAX_V2:
        raise ProxyProtocolError(f"PROXY header of {used} octets, longer than {MAX_V2}")
    if len(octets) < used:
        return None
    layout = _ADDRESSES.get(family)
    if command == 0 or layout is None:  # LOCAL, or a family that cannot reach a TCP listener (UNSPEC, UNIX)
        return Header(None, None, used)
    if length < layout.size:
        raise ProxyProtocolError(f"PROXY header of family 0x{family:X} with only {length} octets of addresses")
    source, destination, source_port, destination_port = layout.unpack_from(octets, 16)
    return Header((_text(source), source_port), (_text(destination), destination_port), used)


def _text(packed: bytes) -> str:
    return str(ipaddress.ip_address(packed))
