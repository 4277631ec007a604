"""A candidate judges the same texts as the model in use, beside the traffic: what they differ in is counted and kept.

Nothing waits for it. A text that was judged is put on a queue of its own, which is bounded; the worker compares what is
there when its own tray is empty, a few texts at a time and for a tenth of its time at most; a worker whose tray is
never empty spends a fiftieth. What does not fit is dropped and counted.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Final

from filters.text.memo import Memo
from smppproxy.app.recorder import FINGERPRINT
from smppproxy.app.shadow_tally import Compared, Difference, Outcome, Tally
from smppproxy.relay.chunk import Batch

if TYPE_CHECKING:
    from filters.text.filter import TextFilter, Verdict

QUEUE: Final = 4096  # messages waiting to be compared; some 2 MB, and a second's worth at a tenth of a core
CHUNK: Final = 12  # messages compared in one go: both models take some 0.2 ms for them, less than a turn of judging
TIME_SHARE: Final = 0.1  # of a worker's time, while nothing waits for its judge
BUSY_SHARE: Final = 0.02  # of its time while something does: a sample of what a busy worker sees, at a small price
TIME_SAVED: Final = 0.005  # s of it that an idle worker may save up
REMEMBERED: Final = 65_536  # comparisons, so that a text sent again costs nothing and counts once


class Shadow:
    """One comparison in one worker. ``tap`` is called on the data path, ``work`` between two turns."""

    def __init__(
        self,
        current: TextFilter,
        candidate: TextFilter,
        share: float,
        tally: Tally,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """``share`` of the texts are compared; a text is in or out, however often it is sent."""
        self.tally = tally
        self.counts: Counter[tuple[str, str]] = Counter()  # by outcome and class, since this began
        self._current = current
        self._candidate = candidate
        self._bound = int(share * 65_536)
        self._clock = clock
        self._waiting: deque[tuple[str, tuple[str, ...]]] = deque()
        self._memo: Memo[bytes, Compared] = Memo(REMEMBERED)
        self._credit = 0.0  # s of work
        self._seen = clock()

    def __len__(self) -> int:
        return len(self._waiting)

    def tap(self, batch: Batch) -> None:
        """Take note of what is about to be judged."""
        waiting, bound = self._waiting, self._bound
        room = QUEUE - len(waiting)
        for ticket, texts in batch:
            # a string's hash is another in each process, so no sender can choose texts that are left out
            if not texts or hash(texts[0]) & 0xFFFF >= bound:
                continue
            if room <= 0:
                self.tally.dropped += 1
                continue
            room -= 1
            waiting.append((ticket.link.account.name, texts))

    def work(self, unix: float, *, busy: bool = False) -> bool:
        """Compare a few texts where there is time for it. Returns whether to come again at once.

        ``unix`` is Unix time in seconds; ``busy`` says that texts wait for the worker's own judge.
        """
        started = self._clock()
        self._credit = min(self._credit + (started - self._seen) * TIME_SHARE, TIME_SAVED)
        self._seen = started
        if not self._waiting or self._credit <= 0.0:
            return False
        price = TIME_SHARE / BUSY_SHARE if busy else 1.0
        some = [self._waiting.popleft() for _ in range(min(CHUNK, len(self._waiting)))]
        try:
            self._compare(some, unix)
        except Exception:  # a model that fails in the shadow harms nobody
            self.tally.failed += len(some)
        self._credit -= (self._clock() - started) * price
        return not busy and bool(self._waiting) and self._credit > 0.0

    def give_up(self) -> None:
        """Forget what waits."""
        self.tally.dropped += len(self._waiting)
        self._waiting.clear()

    def forget(self) -> None:
        """Forget what was compared, slowly: for a thread of its own, when this comparison has ended."""
        self._memo.empty()

    def _compare(self, some: Sequence[tuple[str, tuple[str, ...]]], unix: float) -> None:
        texts = [reading for _, readings in some for reading in readings]
        old, new = (iter(_said(judge, texts)) for judge in (self._current, self._candidate))
        for account, readings in some:
            before, after = (list(islice(said, len(readings))) for said in (old, new))
            key = b"\0".join(verdict.key for verdict in after)
            compared = self._memo.get(key)
            first = compared is None
            if compared is None:
                compared = self._compared(before, after)
                self._memo.put(key, compared)
            self.tally.count(account, compared, first=first)
            self.counts[compared.outcome.value, compared.label] += 1
            if first and compared.outcome is not Outcome.AGREE:
                text = blake2b(after[0].key, digest_size=FINGERPRINT).hexdigest()
                self.tally.keep(Difference(unix, account, text, *_told(compared)))

    def _compared(self, before: Sequence[Verdict], after: Sequence[Verdict]) -> Compared:
        old, new = _flagged(self._current, before), _flagged(self._candidate, after)
        label = new or old
        if not label:
            return Compared(Outcome.AGREE)
        outcome = Outcome.NEWLY_FLAGGED if not old else Outcome.NO_LONGER_FLAGGED if not new else Outcome.OTHER_CLASS
        return Compared(
            Outcome.AGREE if old == new else outcome,
            label,
            _highest(self._current, before, label),
            _highest(self._candidate, after, label),
        )


def _said(judge: TextFilter, texts: list[str]) -> list[Verdict]:
    """What a model says of texts, no more of them at a time than it takes."""
    said: list[Verdict] = []
    while len(said) < len(texts):
        said += judge.said(texts[len(said) : len(said) + judge.chunk])[0]
    return said


def _flagged(judge: TextFilter, verdicts: Sequence[Verdict]) -> str:
    """The class a message is flagged for, by its worst reading; "" for none."""
    over = {each.over for each in verdicts if each.over and each.known_language}
    return max(over, key=lambda name: _highest(judge, verdicts, name), default="")


def _highest(judge: TextFilter, verdicts: Sequence[Verdict], name: str) -> float:
    if name not in judge.classes:
        return 0.0
    column = judge.classes.index(name)
    return max(each.probabilities[column] for each in verdicts)


def _told(compared: Compared) -> tuple[Outcome, str, float, float]:
    return compared.outcome, compared.label, round(compared.before, 4), round(compared.after, 4)
