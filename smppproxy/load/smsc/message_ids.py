"""message_ids in the three spellings SMSCs use, and positive submit_sm_resp PDUs by the hundred."""

from __future__ import annotations

from random import Random
from typing import Final

from smppproxy.load import wire
from smppproxy.load.smsc.behaviour import IdStyle
from smppproxy.smpp import kernel
from smppproxy.smpp.constants import SUBMIT_SM_RESP

_LOW_DIGITS: Final = 2  # digits that differ within a block of prepared responses
_MAX_PDU: Final = 128  # octets; a prepared response has 25 to 53


class MessageIds:
    """Issues message_ids 1, 2, 3... in one spelling; :meth:`issued` tells whether one of them is ours.

    The number is part of every spelling, so ten million accepted messages cost no memory. Numbers start again
    at 1 when the spelling's digits are used up.
    """

    def __init__(self, style: IdStyle, seed: int = 0) -> None:
        prefix = f"{Random(seed).getrandbits(32):08x}-5a5a-4000-8000-".encode() if style == "uuid" else b""
        digits = {"hex": 8, "decimal": 10, "uuid": 12}[style]
        kind = b"d" if style == "decimal" else b"x"
        self._base = 10 if style == "decimal" else 16
        self._template = prefix + b"%%0%d%b" % (digits, kind)
        self._head = prefix + b"%%0%d%b" % (digits - _LOW_DIGITS, kind)
        self._limit = self._base**digits - 1
        self.last = 0
        # A block is every response whose id differs in the last two digits only: making one id costs ten times as
        # much as cutting it out of a block, and only the sequence_number has to be patched in.
        self._block = self._base**_LOW_DIGITS
        self._blank = b"\xff" * len(self._head % 0)
        low = b"%%0%d%b" % (_LOW_DIGITS, kind)
        self._blank_block = b"".join(
            wire.pack(SUBMIT_SM_RESP, 0, self._blank + low % number + b"\0") for number in range(self._block)
        )
        self._high = -1
        self._prepared: list[kernel.Frame] = []

    def next(self) -> bytes:
        """The next message_id, without terminator."""
        self.last = self.last % self._limit + 1
        return self._template % self.last

    def issued(self, message_id: bytes) -> bool:
        """True for an id this object has given out."""
        try:
            number = int(message_id.rpartition(b"-")[2], self._base)
        except ValueError:
            return False
        return 1 <= number <= self.last and self._template % number == message_id

    def responses(self, sequence_numbers: list[int]) -> list[bytes]:
        """Positive submit_sm_resp PDUs for these requests, each with the next id, in a few joined pieces."""
        pieces = []
        done = 0
        while done < len(sequence_numbers):
            high, low = divmod(self.last % self._limit + 1, self._block)
            if high != self._high:
                self._high = high
                octets = self._blank_block.replace(self._blank, self._head % high)
                self._prepared = kernel.cut(octets, _MAX_PDU)[0]
            part = self._prepared[low : low + len(sequence_numbers) - done]
            pieces.append(kernel.gather(part, sequence_numbers[done : done + len(part)]))
            done += len(part)
            self.last = high * self._block + low + len(part) - 1
        return pieces
