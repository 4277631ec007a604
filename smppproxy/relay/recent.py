"""The latest accepted messages of paired links: what a replace_sm inherits from the message it replaces."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from smppproxy.relay.ticket import Route, code_in
from smppproxy.smpp.kernel import Frame


class Recent:
    """Batches of answers as they came. Hardly anybody replaces messages, so they are only looked into when one does.

    Bounded by messages; the oldest are forgotten first.
    """

    __slots__ = ("_batches", "_held", "_index", "_limit")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._batches: deque[tuple[str, Sequence[Frame], Sequence[object], Sequence[int]]] = deque()
        self._index: dict[tuple[str, bytes], Route] = {}

    def __len__(self) -> int:
        return self._held + len(self._index)

    def add(
        self, account: str, answers: Sequence[Frame], notes: Sequence[object], codings: Sequence[int] = (0,)
    ) -> None:
        """Remember the answers of a read beside what is noted of their requests: codes, judgements, routes.

        ``codings`` are the requests' data_coding, where a note does not say it.
        """
        self._batches.append((account, answers, notes, codings))
        self._held += len(answers)
        while self._held > self._limit:
            self._held -= len(self._batches.popleft()[1])

    def find(self, account: str, message_id: bytes) -> Route | None:
        """Return what is known of an account's message, None for nothing."""
        index = self._index
        for name, answers, notes, codings in self._batches:
            for answer, note, coding in zip(answers, notes, codings, strict=True):
                if answer.message_id:
                    key = (name, answer.message_id)
                    index.pop(key, None)  # an id that comes again is the newer message's, and young again
                    index[key] = note if isinstance(note, Route) else Route(name, code_in(note), coding)
        self._batches.clear()
        self._held = 0
        while len(index) > self._limit:
            del index[next(iter(index))]
        return index.get((account, message_id))
