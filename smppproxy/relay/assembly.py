"""Several segments, one text: what has been seen of each text, and what was decided about it.

Each segment is judged with all the text seen so far. The one that completes a bad text is refused, and all after
it; the handset then cannot put the text together. An identical retry keeps its verdict. A part number that comes
again with other content begins a new text (8-bit references wrap); what the handset already holds of an unfinished
old one is read with it, so that a refused part cannot be sent again in other words. An incomplete text is forgotten
in time.
"""

from __future__ import annotations

from collections import OrderedDict

from filters.contract import Finding, Reason
from smppproxy.relay.ticket import Ticket
from smppproxy.smpp import text
from smppproxy.smpp.segments import Segment

Key = tuple[str, bytes, tuple[bytes, ...], str, int, int]

#: Octets of one text that are read together. 255 parts of 140 octets are 35,700; SAR parts may be longer.
TEXT_LIMIT = 65_536


class Part:
    """One segment's text and the verdict it got; ``settled`` is unset while the judge has not spoken."""

    __slots__ = ("carried", "coding", "finding", "octets", "settled")

    def __init__(self, segment: Segment, data_coding: int) -> None:
        self.octets = segment.octets
        self.coding = (data_coding, segment.locking, segment.single)
        self.settled = False
        self.carried = False  # the carrier was given it: the handset may hold it
        self.finding: Finding | None = None


class Text:
    """A text in several segments."""

    __slots__ = ("_readings", "_seen", "began", "finding", "held", "name", "parts", "size", "told", "total")

    def __init__(self, total: int, began: float) -> None:
        self.total = total
        self.began = began
        self.parts: dict[int, Part] = {}
        self.size = 0  # octets of all parts
        self.finding: Finding | None = None  # what refuses this text from now on
        self.told = False  # the sanctions know what was found: they count texts, not segments
        self.held: list[Ticket] = []  # found good so far, kept back until the whole is judged
        self.name = ""  # what the quarantine calls it, once a part of it was held there
        self._readings: tuple[str, ...] = ()
        self._seen = 0

    def put(self, number: int, part: Part) -> None:
        """Add a part that was not there."""
        self.parts[number] = part
        self.size += len(part.octets)

    @property
    def complete(self) -> bool:
        """Whether every part has been seen."""
        return len(self.parts) >= self.total

    @property
    def judged(self) -> bool:
        """Whether every part has been seen and has its verdict."""
        return self.complete and all(part.settled for part in self.parts.values())

    def settle(self, part: Part, finding: Finding | None) -> Finding | None:
        """Keep the judge's verdict of a segment; return what counts: that, or what refuses its text already."""
        if finding is not None and finding.reason is Reason.RULE_FAILED:
            return finding  # says nothing of the text: a retry is judged again
        part.settled = True
        if finding is not None and finding.enforce:
            self.finding = finding
        elif self.finding is not None:
            finding = self.finding
        if finding is not None and finding.enforce:
            part.finding = finding
        return finding

    def at_the_handset(self) -> dict[int, Part]:
        """The parts a handset keeps while it waits for the others; none where it has them all."""
        carried = {number: part for number, part in self.parts.items() if part.carried}
        return carried if len(carried) < self.total else {}

    def readings(self) -> tuple[str, ...]:
        """Every plausible reading of what has been seen so far, in the order of the parts.

        Neighbouring parts of one data_coding are joined as octets, so that an escape or a letter cut in two is whole
        again; a gap stays a gap.
        """
        if self._seen != len(self.parts):
            self._seen = len(self.parts)
            runs: list[tuple[tuple[int, int, int], bytearray]] = []
            last = -1
            for number in sorted(self.parts):
                part = self.parts[number]
                if number != last + 1 or part.coding != runs[-1][0]:
                    runs.append((part.coding, bytearray()))
                runs[-1][1].extend(part.octets)
                last = number
            read = [
                text.readings(bytes(octets), data_coding, locking=locking, single=single)
                for (data_coding, locking, single), octets in runs
            ]
            if len(read) == 1:  # no gap, one data_coding: as nearly always
                self._readings = read[0]
            else:
                widest = max(len(r) for r in read)
                self._readings = tuple("\n".join(r[min(i, len(r) - 1)] for r in read) for i in range(widest))
        return self._readings


class Assembly:
    """The unfinished and lately finished texts of one worker, oldest first, bounded in number, octets and time."""

    __slots__ = ("_limit", "_octets", "_texts", "_wait", "dropped", "size")

    def __init__(self, limit: int, octets: int, wait: float) -> None:
        """``limit`` is a number of texts, ``octets`` that of all their parts, ``wait`` seconds."""
        self._limit = limit
        self._octets = octets
        self._wait = wait
        self._texts: OrderedDict[Key, Text] = OrderedDict()
        self.size = 0  # octets of all texts
        self.dropped = 0  # incomplete texts forgotten: by time, or for room

    def __len__(self) -> int:
        return len(self._texts)

    def add(
        self, account: str, source: bytes, recipients: tuple[bytes, ...], segment: Segment, data_coding: int, now: float
    ) -> tuple[Text, Part]:
        """Take in a segment; return its text and its part, an old part where this is an identical retry."""
        key = (account, source, recipients, segment.kind, segment.reference, segment.total)
        part = Part(segment, data_coding)
        known = self._texts.get(key)
        if known is not None and now - known.began > self._wait:
            known = None
        if known is not None:
            same = known.parts.get(segment.number)
            if same is not None and same.octets == part.octets and same.coding == part.coding:
                return known, same
            if same is not None or known.size + len(part.octets) > TEXT_LIMIT:
                known = self._begin(key, segment, now, known.at_the_handset() if same is not None else {})
        if known is None:
            known = self._begin(key, segment, now, {})
        known.put(segment.number, part)
        self.size += len(part.octets)
        while len(self._texts) > self._limit or (self.size > self._octets and len(self._texts) > 1):
            self._forget_oldest()
        return known, part

    def _begin(self, key: Key, segment: Segment, now: float, kept: dict[int, Part]) -> Text:
        old = self._texts.get(key)
        if old is not None:
            self._forget(key, old)
        begun = self._texts[key] = Text(segment.total, now)
        for number, part in kept.items():
            if number != segment.number:
                begun.put(number, part)
        self.size += begun.size
        return begun

    def sweep(self, now: float) -> None:
        """Forget the texts that began too long ago."""
        while self._texts and now - next(iter(self._texts.values())).began > self._wait:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        self._forget(*next(iter(self._texts.items())))

    def _forget(self, key: Key, old: Text) -> None:
        del self._texts[key]
        self.size -= old.size
        if not old.complete:
            self.dropped += 1
