"""message_ids in the three spellings SMSCs use, each recognisable without remembering it."""

from __future__ import annotations

from random import Random

from smppproxy.load.smsc.behaviour import IdStyle


class MessageIds:
    """Issues message_ids 1, 2, 3... in one spelling; :meth:`issued` tells whether one of them is ours.

    The number is part of every spelling, so ten million accepted messages cost no memory.
    """

    def __init__(self, style: IdStyle, seed: int = 0) -> None:
        self._template = {
            "hex": b"%08x",
            "decimal": b"%010d",
            "uuid": f"{Random(seed).getrandbits(32):08x}-5a5a-4000-8000-%012x".encode(),
        }[style]
        self._base = 10 if style == "decimal" else 16
        self.last = 0

    def next(self) -> bytes:
        """The next message_id, without terminator."""
        self.last += 1
        return self._template % self.last

    def issued(self, message_id: bytes) -> bool:
        """True for an id this object has given out."""
        try:
            number = int(message_id.rpartition(b"-")[2], self._base)
        except ValueError:
            return False
        return 1 <= number <= self.last and self._template % number == message_id
