"""The latest accepted messages of paired links: what a replace_sm inherits from the message it replaces."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from smppproxy.relay.ticket import Judgement, Route, code_in
from smppproxy.smpp import kernel

#: Octets of answers that are kept however few they are: an answer is some 30, but an SMSC may send long ones.
OCTETS: Final = 1 << 23


class Recent:
    """Batches of answers as they went on: octets. Hardly anybody replaces messages: they are only cut when one does.

    Bounded by messages and octets; the oldest are forgotten first.
    """

    __slots__ = ("_batches", "_held", "_index", "_limit", "_octets")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._octets = 0
        self._batches: deque[tuple[str, bytes, Sequence[object], Sequence[int]]] = deque()
        self._index: dict[tuple[str, bytes], Route] = {}

    def __len__(self) -> int:
        return self._held + len(self._index)

    def add(self, account: str, answers: bytes, notes: Sequence[object], codings: Sequence[int] = (0,)) -> None:
        """Remember answers, whole PDUs joined, beside what is noted of their requests: codes, judgements, routes.

        ``codings`` are the requests' data_coding, where a note does not say it.
        """
        if notes and isinstance(notes[0], Judgement):  # each would keep its text alive; nearly always all or none are
            notes = [note.code if isinstance(note, Judgement) else note for note in notes]
        # As tuples of nothing but octets they are not walked by the garbage collector again and again.
        self._batches.append((account, answers, tuple(notes), codings))
        self._held += len(notes)
        self._octets += len(answers)
        while self._held > self._limit or self._octets > OCTETS:
            _, octets, noted, _ = self._batches.popleft()
            self._held -= len(noted)
            self._octets -= len(octets)

    def find(self, account: str, message_id: bytes) -> Route | None:
        """Return what is known of an account's message, None for nothing."""
        index = self._index
        for name, answers, notes, codings in self._batches:
            frames, _, _ = kernel.cut(answers, len(answers))
            for answer, note, coding in zip(frames, notes, codings, strict=True):
                if answer.message_id:
                    key = (name, answer.message_id)
                    index.pop(key, None)  # an id that comes again is the newer message's, and young again
                    index[key] = note if isinstance(note, Route) else Route(name, code_in(note), coding)
        self._batches.clear()
        self._held = self._octets = 0
        while len(index) > self._limit:
            del index[next(iter(index))]
        return index.get((account, message_id))
