"""How a simulated SMSC behaves: the options of ``smppproxy smsc`` as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from smppproxy.smpp.constants import ESME_RTHROTTLED

DROP: Final = -1
"""Verdict "no answer at all", beside the command_status values (which are never negative)."""

IdStyle = Literal["hex", "decimal", "uuid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What the simulator does with what it receives. Times are seconds, shares are probabilities from 0 to 1.

    Faults by count (``*_every``: each Nth submit, counted over all links) and by share can be combined; a drop
    wins over an error, an error over a throttle.
    """

    password: str | None = None  # None accepts any
    delay: tuple[float, float] = (0.0, 0.0)  # of answers to submits, uniform between the two
    throttle_every: int = 0
    throttle_share: float = 0.0
    error_every: int = 0
    error_share: float = 0.0
    error_status: int = 0x45  # ESME_RSUBMITFAIL
    drop_every: int = 0
    drop_share: float = 0.0
    seed: int = 0  # of every random choice
    receipts: bool = False
    receipt_delay: float = 0.0  # after the answer
    message_id: IdStyle = "hex"
    disconnect_after: int = 0  # submits on one link, then its socket is closed; 0 = never
    mo_rate: float = 0.0  # mobile-originated messages per second over all receiving links
    mo_source: str = "01000000000"
    mo_destination: str = "15880000"
    mo_text: str = "Reply STOP 1234"
    max_pdu: int = 70_000  # octets; a longer command_length loses the stream (0x02, then close)

    @property
    def faultless(self) -> bool:
        """True when every submit is accepted: the short way of the hot path."""
        return not (
            self.throttle_every
            or self.throttle_share
            or self.error_every
            or self.error_share
            or self.drop_every
            or self.drop_share
        )


class Faults:
    """Deals out the verdicts a :class:`Behaviour` asks for, one per submit."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._random = Random(behaviour.seed)
        self._count = 0

    def verdict(self) -> int:
        """command_status of the next answer, or :data:`DROP`."""
        wanted = self._behaviour
        self._count += 1
        if self._due(wanted.drop_every, wanted.drop_share):
            return DROP
        if self._due(wanted.error_every, wanted.error_share):
            return wanted.error_status
        if self._due(wanted.throttle_every, wanted.throttle_share):
            return ESME_RTHROTTLED
        return 0

    def delay(self) -> float:
        """Seconds the next answer is held back."""
        least, most = self._behaviour.delay
        return least if least == most else self._random.uniform(least, most)

    def _due(self, every: int, share: float) -> bool:
        return bool(every and self._count % every == 0) or bool(share and self._random.random() < share)
