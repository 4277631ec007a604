"""Which worker an account lives in. Pure: time is an argument.

Windows, rates, segments and receipts belong to an account, so all its binds go to one worker: the least busy one at its
first bind, the same one while it has binds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LINGER = (
    10.0  # s a home is kept after its last use: a bind on its way through a slow worker must not end up in another one
)
ACCOUNTS_PER_CORE = (
    20  # idle accounts that weigh as much as one wholly busy core when the least busy worker is looked for
)


@dataclass(slots=True)
class _Home:
    worker: int
    handed: int = 0  # sockets given to the worker; it counts the same ones
    used: float = 0.0  # when the last bind went there
    released: bool = False  # the worker said that no bind is left


class Homes:
    """Places accounts on workers. Only known accounts get a home: names are free to invent, memory is not."""

    def __init__(self, accounts: Iterable[str]) -> None:
        self._accounts = frozenset(accounts)
        self._homes: dict[str, _Home] = {}
        self._loads: dict[int, float] = {}  # the workers that can be given binds, and the share of a core each one uses
        self._turn = 0

    @property
    def workers(self) -> list[int]:
        """The workers that can be given connections."""
        return sorted(self._loads)

    def accounts_are(self, accounts: Iterable[str]) -> None:
        """Takes the account names of a new configuration; homes of accounts that are gone stay until released."""
        self._accounts = frozenset(accounts)

    def worker_up(self, worker: int) -> None:
        """A worker is ready for connections."""
        self._loads[worker] = 0.0

    def worker_down(self, worker: int) -> None:
        """A worker is gone, and every bind it had with it."""
        self._loads.pop(worker, None)
        self._homes = {name: home for name, home in self._homes.items() if home.worker != worker}

    def load(self, worker: int, share: float) -> None:
        """What a worker used of its core lately, 0 to 1."""
        if worker in self._loads:
            self._loads[worker] = share

    def knows(self, account: str) -> bool:
        """Whether the account can have a home."""
        return account in self._accounts

    def any(self) -> int | None:
        """The next worker in turn, for connections that belong to no account; None while there is no worker."""
        workers = self.workers
        if not workers:
            return None
        self._turn += 1
        return workers[self._turn % len(workers)]

    def home(self, account: str, now: float, *, handed: bool) -> int | None:
        """The worker for a bind of `account`, or None while there is no worker.

        `handed` says that the caller gives the worker a socket over its channel, which both sides count.
        """
        if account not in self._accounts:
            return self.any()
        self._forget(now)
        home = self._homes.get(account)
        if home is None:
            worker = self._least_busy()
            if worker is None:
                return None
            home = self._homes[account] = _Home(worker)
        home.handed += handed
        home.used = now
        home.released = False
        return home.worker

    def released(self, account: str, worker: int, adopted: int) -> None:
        """A worker says that the account's last bind is gone, after it had adopted so many of its sockets.

        If it has not seen all that were handed to it, another bind is on its way there and the home stays.
        """
        home = self._homes.get(account)
        if home is not None and home.worker == worker and home.handed == adopted:
            home.released = True

    def _forget(self, now: float) -> None:
        for name in [n for n, home in self._homes.items() if home.released and now - home.used >= LINGER]:
            del self._homes[name]

    def _least_busy(self) -> int | None:
        if not self._loads:
            return None
        weight = {worker: share * ACCOUNTS_PER_CORE for worker, share in self._loads.items()}
        for home in self._homes.values():
            if home.worker in weight and not home.released:
                weight[home.worker] += 1
        return min(weight, key=lambda worker: (weight[worker], worker))
