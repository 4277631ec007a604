"""Several segments, one text: what has been seen of each text, and what was decided about it.

Each segment is judged with all the text seen so far. The one that completes a bad text is refused, and all after
it; the handset then cannot put the text together. An identical retry keeps its verdict, a part number that comes
again with other content begins a new text (8-bit references wrap), and an incomplete text is forgotten in time.
"""

from __future__ import annotations

from collections import OrderedDict

from filters.contract import Finding
from smppproxy.smpp import text
from smppproxy.smpp.segments import Segment

Key = tuple[str, bytes, tuple[bytes, ...], str, int, int]


class Part:
    """One segment's text and the verdict it got; ``verdict`` is unset while the judge has not spoken."""

    __slots__ = ("finding", "octets", "settled")

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.settled = False
        self.finding: Finding | None = None


class Text:
    """A text in several segments."""

    __slots__ = ("_readings", "_seen", "began", "data_coding", "finding", "parts", "total")

    def __init__(self, total: int, data_coding: int, began: float) -> None:
        self.total = total
        self.data_coding = data_coding
        self.began = began
        self.parts: dict[int, Part] = {}
        self.finding: Finding | None = None  # what refuses this text from now on
        self._readings: tuple[str, ...] = ()
        self._seen = 0

    @property
    def complete(self) -> bool:
        """Whether every part has been seen."""
        return len(self.parts) >= self.total

    def readings(self) -> tuple[str, ...]:
        """Every plausible reading of what has been seen so far, in the order of the parts.

        Neighbouring parts are joined as octets, so that an escape or a letter cut in two is whole again; a gap
        stays a gap.
        """
        if self._seen != len(self.parts):
            self._seen = len(self.parts)
            runs: list[bytearray] = []
            last = -1
            for number in sorted(self.parts):
                if number != last + 1 or not runs:
                    runs.append(bytearray())
                runs[-1] += self.parts[number].octets
                last = number
            read = [text.readings(bytes(run), self.data_coding) for run in runs]
            widest = max(len(r) for r in read)
            self._readings = tuple("\n".join(r[min(i, len(r) - 1)] for r in read) for i in range(widest))
        return self._readings


class Assembly:
    """The unfinished and lately finished texts of one worker, oldest first, bounded in number and time."""

    __slots__ = ("_limit", "_texts", "_wait", "dropped")

    def __init__(self, limit: int, wait: float) -> None:
        self._limit = limit
        self._wait = wait
        self._texts: OrderedDict[Key, Text] = OrderedDict()
        self.dropped = 0  # incomplete texts forgotten: by time, or for room

    def __len__(self) -> int:
        return len(self._texts)

    def add(
        self, account: str, source: bytes, recipients: tuple[bytes, ...], segment: Segment, data_coding: int, now: float
    ) -> tuple[Text, Part]:
        """Take in a segment; return its text and its part, an old part where this is an identical retry."""
        key = (account, source, recipients, segment.kind, segment.reference, segment.total)
        known = self._texts.get(key)
        if known is not None:
            part = known.parts.get(segment.number)
            if part is not None and part.octets == segment.octets:
                return known, part
            if part is not None or now - known.began > self._wait:
                known = None
        if known is None:
            known = Text(segment.total, data_coding, now)
            self._texts[key] = known
            self._texts.move_to_end(key)
            if len(self._texts) > self._limit:
                self._forget_oldest()
        part = known.parts[segment.number] = Part(segment.octets)
        return known, part

    def sweep(self, now: float) -> None:
        """Forget the texts that began too long ago."""
        while self._texts and now - next(iter(self._texts.values())).began > self._wait:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        _, oldest = self._texts.popitem(last=False)
        if not oldest.complete:
            self.dropped += 1
