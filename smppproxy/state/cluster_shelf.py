"""The clusters of near-identical texts under sanction, as a :class:`filters.ports.ClusterBook`: all at once."""

from __future__ import annotations

from typing import Any, Final

import lmdb

from smppproxy.state.book_layout import CLUSTERS, list_row

_NEVER: Final = float("inf")


class ClusterShelf:
    """The names in force. ``version`` changes with them and with nothing else."""

    def __init__(self) -> None:
        self.version = 0
        self._names: list[bytes] = []
        self._mark: bytes | None = None
        self._since, self._turn = _NEVER, _NEVER  # between these instants what was read holds

    def clusters(self) -> tuple[int, list[bytes]]:
        """Return the version and the names of all clusters of it."""
        return self.version, self._names

    def look(self, txn: lmdb.Transaction, database: Any, meta: Any, now: float) -> None:
        """Read the names again where they changed or one expired."""
        mark: Any = txn.get(CLUSTERS.name, db=meta)
        if mark == self._mark and self._since <= now < self._turn:
            return
        found, turn = [], _NEVER
        cursor: Any = txn.cursor(database)
        for key, value in cursor:
            expires = list_row(value).expires
            if expires is None or expires > now:
                found.append(bytes.fromhex(key.decode()))
                turn = min(turn, _NEVER if expires is None else expires)
        self._mark, self._since, self._turn = mark, now, turn
        if found != self._names or not self.version:
            self._names = found
            self.version += 1
