"""What a run has seen so far: statuses by kind, latencies, what stayed unanswered."""

from __future__ import annotations

import time
from collections import Counter

from smppproxy.load import wire
from smppproxy.load.generator.histogram import Histogram
from smppproxy.load.generator.plan import Plan
from smppproxy.load.generator.samples import kinds_of


class Tally:
    """Counters every engine fills. Times are ``time.perf_counter_ns()``.

    ``latency`` and the rate count only what was answered after :meth:`mark` (the end of the warm-up); statuses,
    expectations and the checksum count everything.
    """

    def __init__(self, plan: Plan) -> None:
        self.kinds = kinds_of(plan)
        self.expected = [plan.expected(kind) for kind in self.kinds]
        self.sent = 0
        self.answers: Counter[tuple[int, int]] = Counter()  # (kind, command_status)
        self.answered = 0
        self.latency = Histogram()
        self.lateness = Histogram()  # open loop: how long after its intended time a message was handed to its socket
        self.timeouts = 0
        self.lost = 0  # in flight when their link closed, or at the end
        self.strays = 0  # responses that matched nothing
        self.nacks = 0
        self.delivered = 0  # deliver_sm received
        self.receipts = 0  # of these, receipts
        self.connect_errors = 0
        self.bind_errors: Counter[int] = Counter()
        self.disconnects = 0
        self.bound = 0
        self.notes: list[str] = []  # why a session failed, for people; at most a few
        self.began = self.ended = time.perf_counter_ns()
        self._marked = 0  # answers before the mark
        self._hashes = 0

    def sending(self, number: int, hashes: int) -> None:
        """``number`` messages leave, their body hashes add up to ``hashes``."""
        self.sent += number
        self._hashes = (self._hashes + hashes) & wire.CHECKSUM_MASK

    def answer(self, kind: int, status: int, times: int = 1) -> None:
        """Count answers of one kind and status; latencies are added by the engine."""
        self.answers[kind, status] += times
        self.answered += times

    def mark(self) -> None:
        """The warm-up is over."""
        self.began = time.perf_counter_ns()
        self._marked = self.answered
        self.latency = Histogram()
        self.lateness = Histogram()

    def note(self, text: str) -> None:
        """Keep a reason for people; the first few say enough."""
        if len(self.notes) < 5 and text not in self.notes:
            self.notes.append(text)

    @property
    def counted(self) -> int:
        """Answers since the mark."""
        return self.answered - self._marked

    @property
    def unanswered(self) -> int:
        """Messages that never got an answer."""
        return self.timeouts + self.lost

    @property
    def unexpected(self) -> int:
        """Answers with a status their kind was not expected to get."""
        total = 0
        for (kind, status), times in self.answers.items():
            allowed = self.expected[kind]
            if allowed is not None and status not in allowed:
                total += times
        return total

    @property
    def checksum(self) -> str:
        """Over the octets 16..end of everything sent; see :func:`smppproxy.load.wire.body_hash`."""
        return wire.checksum_text(self._hashes)

    @property
    def failed(self) -> bool:
        """True when the run was not what it should have been: the exit code."""
        return self.troubled or not self.answered

    @property
    def troubled(self) -> bool:
        """True when something went wrong; a run that was ended before its first answer is not."""
        return bool(
            self.unanswered
            or self.unexpected
            or self.connect_errors
            or self.bind_errors
            or self.disconnects
            or self.strays
            or self.nacks
        )
