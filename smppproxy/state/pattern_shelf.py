"""The patterns of the books as a :class:`filters.ports.PatternBook`: all at once, with a version of their own."""

from __future__ import annotations

from typing import Any, Final

import lmdb

from filters.ports import Pattern
from smppproxy.state.book_layout import PATTERNS, pattern_row

_NEVER: Final = float("inf")


class PatternShelf:
    """The patterns in force. Compiling them is dear, so ``version`` changes with them and with nothing else."""

    def __init__(self) -> None:
        self.version = 0
        self._patterns: list[Pattern] = []
        self._mark: bytes | None = None
        self._since, self._turn = _NEVER, _NEVER  # between these instants what was read holds

    def patterns(self) -> tuple[int, list[Pattern]]:
        """Return the version and all patterns of it."""
        return self.version, self._patterns

    def look(self, txn: lmdb.Transaction, database: Any, meta: Any, now: float) -> None:
        """Read the patterns again where they changed or one expired."""
        mark: Any = txn.get(PATTERNS.name, db=meta)
        if mark == self._mark and self._since <= now < self._turn:
            return
        found, turn = [], _NEVER
        cursor: Any = txn.cursor(database)
        for key, value in cursor:
            row = pattern_row(value)
            if row.expires is None or row.expires > now:
                found.append(Pattern(key.decode(errors="replace"), row.kind, row.text, row.reason))
                turn = min(turn, _NEVER if row.expires is None else row.expires)
        self._mark, self._since, self._turn = mark, now, turn
        if found != self._patterns or not self.version:
            self._patterns = found
            self.version += 1
