"""The PROXY header in front of a caller's octets, where the worker itself accepts connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from smppproxy.net import proxy_protocol
from smppproxy.net.wire import Pump, Wire


class HeadedWire(Wire):
    """A wire whose first octets say who really called. ``headed`` is called with that address, once it is known."""

    __slots__ = ("_head", "_headed", "_patience", "_timer", "_trusted")

    def __init__(
        self,
        pump: Pump,
        headed: Callable[[Wire, tuple[str, int]], None],
        trusted: Sequence[proxy_protocol.Network],
        patience: float,
    ) -> None:
        """A caller that is not ``trusted``, or sends no header within ``patience`` seconds, is closed unanswered."""
        super().__init__(pump)
        self._headed: Callable[[Wire, tuple[str, int]], None] | None = headed
        self._trusted = trusted
        self._patience = patience
        self._head = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if not proxy_protocol.is_trusted(self.peer[0], self._trusted):
            self.abort()
            return
        self._timer = asyncio.get_running_loop().call_later(self._patience, self.abort)

    def data_received(self, data: bytes) -> None:
        headed = self._headed
        if headed is None:
            super().data_received(data)
            return
        self._head += data
        try:
            header = proxy_protocol.parse(bytes(self._head))
        except proxy_protocol.ProxyProtocolError:
            self.abort()
            return
        if header is None:
            return
        self._settle()
        self._headed = None
        rest = bytes(self._head[header.used :])
        self._head.clear()
        headed(self, header.source or self.peer)
        if rest:
            super().data_received(rest)

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle()
        if self._headed is None:
            super().connection_lost(exc)

    def _settle(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
