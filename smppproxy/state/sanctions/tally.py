"""All that is counted of one subject: a window for each gauge, and the recipients for each score."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from smppproxy.state.sanctions.recipients import Recipients
from smppproxy.state.sanctions.rings import Column, Ring
from smppproxy.state.sanctions.rules import Gauge

_encode: Final = msgspec.msgpack.Encoder().encode


class Figures(msgspec.Struct, frozen=True):
    """What a window held at an instant."""

    verdicts: int = 0
    messages: int = 0  # 0: not known
    recipients: int = 0
    recipients_error: float = 0.0  # relative standard error, 0: exact

    @property
    def share(self) -> float:
        """The verdicts' part of the messages; volume that is not reported yet cannot make it more than all."""
        return self.verdicts / max(self.messages, self.verdicts, 1)


class Pardon(msgspec.Struct, frozen=True):
    """From when on verdicts count again, and what each gauge's bucket of that moment held by then."""

    since: float
    counted: tuple[tuple[int, float, tuple[int, ...]], ...] = ()  # window, score, counts by column

    def held(self, gauge: Gauge) -> tuple[int, ...]:
        """Return what the bucket of a gauge held, by column."""
        return next((counts for span, score, counts in self.counted if (span, score) == gauge), (0, 0, 0))


class Tally:
    """The counters of one subject. Times are on the time line."""

    __slots__ = ("_recipients", "_rings", "seen")

    def __init__(self) -> None:
        self.seen = 0.0
        self._rings: dict[Gauge, Ring] = {}
        self._recipients: dict[float, Recipients] = {}

    def fit(self, gauges: Iterable[Gauge]) -> None:
        """Count for these gauges and for no others."""
        wanted = set(gauges)
        self._rings = {gauge: self._rings.get(gauge) or Ring(gauge.span) for gauge in wanted}
        spans: dict[float, int] = {}
        for gauge in wanted:
            spans[gauge.score] = max(gauge.span, spans.get(gauge.score, 0))
        self._recipients = {score: self._recipients.get(score) or Recipients(span) for score, span in spans.items()}
        for score, span in spans.items():
            self._recipients[score].span = span

    def verdict(self, score: float, recipient: bytes, enforced: bool, at: float, now: float) -> None:
        """Count a malignant verdict."""
        self.seen = now
        column = Column.ENFORCED if enforced else Column.OBSERVED
        for gauge, ring in self._rings.items():
            if score >= gauge.score:
                ring.add(column, at, 1, now)
        for least, recipients in self._recipients.items():
            if score >= least:
                recipients.add(recipient, at, enforced, now)

    def volume(self, messages: int, at: float, now: float) -> None:
        """Count messages."""
        self.seen = now
        for ring in self._rings.values():
            ring.add(Column.MESSAGES, at, messages, now)

    def take(self, score: float, enforced: bool, at: float, now: float) -> None:
        """Take a verdict back; of its recipient :meth:`last_seen` tells."""
        self.seen = now
        column = Column.ENFORCED if enforced else Column.OBSERVED
        for gauge, ring in self._rings.items():
            if score >= gauge.score:
                ring.take(column, at, 1, now)

    def last_seen(self, least: float, recipient: bytes, last_enforced: float, last: float) -> None:
        """Say anew when a recipient was last seen among the verdicts of at least a score."""
        if least in self._recipients:
            self._recipients[least].set(recipient, last_enforced, last)

    @property
    def scores(self) -> list[float]:
        """The least scores recipients are kept for."""
        return list(self._recipients)

    def pardoned(self, now: float) -> Pardon:
        """Return the pardon of this moment."""
        return Pardon(now, tuple((*gauge, ring.newest(now)) for gauge, ring in self._rings.items()))

    def figures(self, gauge: Gauge, now: float, *, enforced: bool, pardon: Pardon | None = None) -> Figures:
        """Return what a window holds; ``enforced``: leaving out what was only observed; ``pardon``: and what was."""
        ring = self._rings.get(gauge)
        if ring is None:
            return Figures()
        since = pardon.since if pardon is not None else None
        held = pardon.held(gauge) if pardon is not None else (0, 0, 0)
        verdicts = ring.sum(Column.ENFORCED, now, since, held[Column.ENFORCED])
        if not enforced:
            verdicts += ring.sum(Column.OBSERVED, now, since, held[Column.OBSERVED])
        begin = now - gauge.span if since is None else max(since, now - gauge.span)
        recipients = self._recipients[gauge.score]
        return Figures(
            verdicts=verdicts,
            messages=ring.sum(Column.MESSAGES, now, since, held[Column.MESSAGES]),
            recipients=recipients.count(begin, enforced=enforced),
            recipients_error=round(recipients.error(begin, enforced=enforced), 4),
        )

    def packed(self) -> tuple[bytes, bytes]:
        """Return windows and recipients as octets."""
        rings = [[*gauge, ring.packed()] for gauge, ring in self._rings.items()]
        recipients = [[score, each.packed()] for score, each in self._recipients.items()]
        return _encode(rings), _encode(recipients)

    @classmethod
    def unpacked(cls, seen: float, rings: bytes, recipients: bytes) -> Tally:
        """Return the tally that gave these octets."""
        found = cls()
        found.seen = seen
        for span, score, data in _decoded(rings):
            found._rings[Gauge(span, score)] = Ring.unpacked(span, data)
        for score, data in _decoded(recipients):
            span = max((gauge.span for gauge in found._rings if gauge.score == score), default=0)
            found._recipients[score] = Recipients.unpacked(span, data)
        return found


def _decoded(octets: bytes) -> list[Any]:
    found: list[Any] = msgspec.msgpack.decode(octets)
    return found
