"""A candidate judges the same texts as the model in use, beside the traffic: what they differ in is counted and kept.

Nothing waits for it. A text that was judged is put on a queue of its own, which is bounded; the worker compares what is
there when its own tray is empty, a few texts at a time and for a tenth of its time at most. What does not fit is
dropped and counted.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from filters.text.memo import Memo
from smppproxy.app.recorder import FINGERPRINT
from smppproxy.app.shadow_tally import Compared, Difference, Outcome, Tally
from smppproxy.relay.judging import Batch

if TYPE_CHECKING:
    from filters.text.filter import TextFilter, Verdict
    from filters.text.normalise import Prepared

QUEUE: Final = 4096  # messages waiting to be compared; some 2 MB, and a second's worth at a tenth of a core
CHUNK: Final = 12  # messages compared in one go: both models take some 0.2 ms for them, less than a turn of judging
TIME_SHARE: Final = 0.1  # of a worker's time
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
        self._memo: Memo[Compared] = Memo(REMEMBERED)
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

    def work(self, unix: float) -> bool:
        """Compare a few texts where there is time for it. Returns whether to come again at once.

        ``unix`` is Unix time in seconds.
        """
        started = self._clock()
        self._credit = min(self._credit + (started - self._seen) * TIME_SHARE, TIME_SAVED)
        self._seen = started
        if not self._waiting or self._credit <= 0.0:
            return False
        some = [self._waiting.popleft() for _ in range(min(CHUNK, len(self._waiting)))]
        try:
            self._compare(some, unix)
        except Exception:  # a model that fails in the shadow harms nobody
            self.tally.failed += len(some)
        self._credit -= self._clock() - started
        return bool(self._waiting) and self._credit > 0.0

    def give_up(self) -> None:
        """Forget what waits."""
        self.tally.dropped += len(self._waiting)
        self._waiting.clear()

    def _compare(self, some: Sequence[tuple[str, tuple[str, ...]]], unix: float) -> None:
        prepared = [self._candidate.prepare_many(texts) for _, texts in some]
        keys = [b"\0".join(each.key for each in readings) for readings in prepared]
        known = [self._memo.get(key) for key in keys]
        unseen = {
            each.key: each for readings, found in zip(prepared, known, strict=True) if not found for each in readings
        }
        before, after = (_verdicts(judge, unseen) for judge in (self._current, self._candidate))
        for (account, _), readings, key, found in zip(some, prepared, keys, known, strict=True):
            compared = found or self._memo.get(key)
            first = compared is None
            if compared is None:
                compared = self._compared([before[e.key] for e in readings], [after[e.key] for e in readings])
                self._memo.put(key, compared)
            self.tally.count(account, compared, first=first)
            self.counts[compared.outcome.value, compared.label] += 1
            if first and compared.outcome is not Outcome.AGREE:
                text = blake2b(readings[0].key, digest_size=FINGERPRINT).hexdigest()
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


def _verdicts(judge: TextFilter, unseen: dict[bytes, Prepared]) -> dict[bytes, Verdict]:
    """What a model says of texts, or has said of them."""
    found = {key: judge.recall(key) for key in unseen}
    asked = [unseen[key] for key, verdict in found.items() if verdict is None]
    said = {key: verdict for key, verdict in found.items() if verdict is not None}
    for start in range(0, len(asked), judge.chunk):
        some = asked[start : start + judge.chunk]
        said.update(zip((each.key for each in some), judge.judge(some), strict=True))
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
