"""How many texts one run of the judge takes: as many as it has time for, which only the clock can tell.

What a text costs depends on its letters, on what is found in it, and on how fast the processor is at that moment. So a
run looks at the clock between some texts and the next, and ends early where they are dearer than the last ones were.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Final

from filters.text import normalise

#: How long one run may hold the loop, with what is done about its texts, seconds: half of the millisecond a message
#: may take.
HOLD: Final = 0.0005
#: When the last verdict is to be there, after the run began: the rest is for what follows from verdicts, and because
#: the model takes longer than the last time now and then.
_JUDGED: Final = 0.70 * HOLD
#: The same where keys were made that would have to be thrown away.
_JUDGED_LATE: Final = 0.80 * HOLD
TYPICAL_OCTETS: Final = 120  # of a text and of its key: 50 syllables or 110 Latin letters
_CHUNK_MIN: Final = 4
_CHUNK_FIRST: Final = 24
_CHUNK_MAX: Final = 128
#: A remembered text costs at most a fourth of one that is judged: so many times more of them may come at a time.
_REMEMBERED: Final = 4
#: Texts, and their letters, that are normalised between two looks at the clock.
_SLICE: Final = 8
_SLICE_LETTERS: Final = 1000
#: Letters of a text whose key, once made, is kept until it is judged, and how many such are.
_LONG: Final = 400
_KEPT: Final = 16
#: Octets of keys that the model would judge in the time that a call of it takes besides.
_CALL_OCTETS: Final = 2500
#: A run that begins later has had another one before it in the same turn, and tells nothing of how many may be taken.
_FIRST: Final = 0.3 * HOLD
#: How much of the difference a dearer run adds to the price of an octet, and a cheaper one takes off it.
_RISE: Final = 0.5
_EASE: Final = 0.125


class Pace:
    """The size of runs. ``timer`` tells the processor time of this thread, s: not what others did meanwhile."""

    __slots__ = (
        *("_began", "_cut", "_kept", "_new", "_octet", "_second", "_times"),
        *("chunk", "chunk_octets", "follows", "octets", "texts", "timer"),
    )

    def __init__(self, timer: Callable[[], float]) -> None:
        self.timer = timer
        self.follows = True  # whether it goes by what runs take
        self._times = 1
        self._began = 0.0  # the run, by the timer
        self._cut = False  # whether it was
        self._second = False  # whether another run in the same turn has left it little time
        self._new = 1.0  # share of the last texts that the model was asked about
        self._octet = 0.0  # seconds that the model takes for an octet of a key
        self._kept: dict[str, bytes] = {}  # long texts and their keys, the last ones
        self._set(_CHUNK_FIRST)

    def begin(self, spent: float) -> None:
        """A call of the judge begins, in a run that has held the loop for ``spent`` s by now."""
        if self.follows:
            self._began = self.timer() - spent
            self._cut, self._second = False, spent > _FIRST

    def keys(self, texts: list[str]) -> list[bytes]:
        """The keys of the first texts: as many as there is time for, if they are like the last.

        None where the first is so long that there is no time left to judge it: its key is made then for the next run.
        """
        longest = max(map(len, texts), default=0)
        step = max(1, min(_SLICE, _SLICE_LETTERS // (1 + longest)))
        if not self.follows or (len(texts) <= step and longest <= _LONG):
            return normalise.keys(texts)
        timer, latest = self.timer, self._began + _JUDGED
        known = texts[0] in self._kept
        keys: list[bytes] = []
        octet, now = self._octet * self._new, timer()
        model = octet * _CALL_OCTETS
        for start in range(0, len(texts), step):
            some = texts[start : start + step]
            some_keys = self._kept_keys(some) if longest > _LONG else normalise.keys(some)
            keys += some_keys
            each = octet * sum(map(len, some_keys))
            model += each
            before, now = now, timer()
            if 2 * now - before + model + each > latest:  # the next ones are as dear as these
                break
        self._cut = len(keys) < len(texts)
        late = now + self._octet * (_CALL_OCTETS + len(keys[0])) > self._began + HOLD
        return [] if late and not known and len(texts[0]) > _LONG else keys

    def _kept_keys(self, texts: list[str]) -> list[bytes]:
        """The keys of texts, those of long ones kept: they are too dear to be made twice."""
        keys = []
        for text in texts:
            key = self._kept.get(text)
            if key is None:
                [key] = normalise.keys([text])
                if len(text) > _LONG:
                    self._kept[text] = key
                    if len(self._kept) > _KEPT:
                        del self._kept[next(iter(self._kept))]
            keys.append(key)
        return keys

    def room(self, keys: list[bytes]) -> int:
        """How many of the keys one run of the model has room and time for; at least one."""
        octets = self.octets
        if self.follows and self._octet:
            left = self._began + _JUDGED_LATE - self.timer()
            octets = min(octets, int(left / self._octet) - _CALL_OCTETS)
        if len(keys) <= self.texts and sum(map(len, keys)) <= octets:
            return len(keys)
        self._cut = self._cut or octets < self.octets
        return max(1, sum(end <= octets for end in accumulate(map(len, keys[: self.texts]))))

    def judged(self, seconds: float, octets: int) -> None:
        """Learn what the model took for keys."""
        each = seconds / (octets + _CALL_OCTETS)
        if not self._octet:
            self._octet = each
        self._octet += (_RISE if each > self._octet else _EASE) * (each - self._octet)

    def expect(self, given: list[str], said: int, asked: int) -> None:
        """Learn from a call that was given texts, said something of the first, and asked the model of some of those.

        The next time as many are taken as there is time for, if they are like these.
        """
        if not said or self._second:
            return
        self._new = asked / max(said, 1)
        self._times = _REMEMBERED if asked * _REMEMBERED <= said else 1
        texts = self.texts
        if self.follows:
            if self._cut:
                texts = max(texts * said // len(given), _CHUNK_MIN)
            elif 2 * len(given) > self.chunk or 4 * sum(map(len, given)) > self.chunk_octets:  # two octets each
                texts = min(texts + texts // 8 + 1, _CHUNK_MAX)
        self._set(texts)

    def limit(self, texts: int) -> None:
        """Take so many texts of usual length in one call, whatever they cost."""
        self.follows = False
        self._set(texts)

    def _set(self, texts: int) -> None:
        #: Texts for one run of the model, and the octets of all their keys together.
        self.texts, self.octets = texts, texts * TYPICAL_OCTETS
        #: Texts for one call of the judge, and the octets they may have: more of them while most are remembered.
        self.chunk = min(texts * self._times, max(_CHUNK_MAX, texts))
        self.chunk_octets = self.octets * self._times
