"""Cuts a stream that arrives in any pieces into frames."""

from __future__ import annotations

from typing import Final

from smppproxy.smpp.errors import FramingError
from smppproxy.smpp.kernel import Frame, cut

_LENGTH_OCTETS: Final = 4


class Framer:
    """One direction of one connection.

    Holds the tail of an unfinished PDU only: less than ``max_pdu`` octets, whatever the peer does, and each octet of
    it is copied a fixed number of times, also for a peer that sends one octet at a time.
    """

    __slots__ = ("_needed", "_tail", "broken", "max_pdu")

    def __init__(self, max_pdu: int) -> None:
        """``max_pdu``: the longest PDU accepted, in octets."""
        self.max_pdu = max_pdu
        #: Set as soon as the stream cannot be followed any further; the frames before that are still good.
        self.broken: FramingError | None = None
        self._tail = bytearray()
        self._needed = 0  # octets the tail must reach before another look at it can find something new

    @property
    def pending(self) -> int:
        """Octets held of a PDU that has not arrived whole."""
        return len(self._tail)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are whole now that ``data`` arrived.

        Raises FramingError at an impossible ``command_length``: at once if no frame came before it in this feed, else
        at the next one, so that good frames are always delivered; ``broken`` tells at once in both cases.
        """
        if self.broken is not None:
            raise self.broken
        tail = self._tail
        if tail:
            tail += data
            if len(tail) < self._needed:
                return []
            data = bytes(tail)
            tail.clear()
        frames, used, fault = cut(data, self.max_pdu)
        if fault:
            self.broken = FramingError(max(fault, 0), f"16 to {self.max_pdu} octets")
            if not frames:
                raise self.broken
        elif used < len(data):
            tail += data[used:] if used else data
            whole = len(tail) >= _LENGTH_OCTETS
            self._needed = int.from_bytes(tail[:_LENGTH_OCTETS], "big") if whole else _LENGTH_OCTETS
        return frames
