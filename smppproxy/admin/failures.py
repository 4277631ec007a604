"""How often an address may be wrong: who guesses tokens is not answered for a while. Time is an argument."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from typing import Final

LIMIT: Final = 10  # wrong tokens in a window; a person mistypes one twice, a script with an old one goes on for ever
WINDOW: Final = 60.0  # s
ADDRESSES: Final = 10_000  # addresses remembered; the one that was wrong longest ago is forgotten first
_NETWORK: Final = 64  # bits of an IPv6 address that are one customer's


class Failures:
    """Counts failures by address."""

    def __init__(self, limit: int = LIMIT, window: float = WINDOW) -> None:
        self._limit, self._window = limit, window
        self._found: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait(self, address: str, now: float) -> float:
        """Return the seconds an address has to wait; 0: it may try."""
        since, count = self._found.get(_key(address), (0.0, 0))
        left = since + self._window - now
        return left if count >= self._limit and left > 0 else 0.0

    def failed(self, address: str, now: float) -> None:
        """Count a wrong token."""
        key = _key(address)
        since, count = self._found.pop(key, (now, 0))
        if now - since >= self._window:
            since, count = now, 0
        self._found[key] = (since, count + 1)
        while len(self._found) > ADDRESSES:
            self._found.popitem(last=False)


def _key(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, _NETWORK), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
