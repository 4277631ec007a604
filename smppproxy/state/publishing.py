"""How a change comes about: durable in the store with the ledger's word for it, then shown to the workers.

Where several nodes share the store, each change is prepared from what the store held when this node last looked
(:meth:`Publisher.attempt`), and given up where another node has changed something since.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from smppproxy.state import ledger, publications
from smppproxy.state.book_layout import Table
from smppproxy.state.book_writer import BookWriter, Changes, Sources
from smppproxy.state.errors import BooksError, StaleError, StoreError
from smppproxy.state.ledger import Head
from smppproxy.state.store import Cursor, Store

LATER: Final = "the next change or a restart brings it"
ATTEMPTS: Final = 5  # at a change that other nodes cross; each begins with what they did

R = TypeVar("R")


class Publisher:
    """Store and books as one. All methods run in the process that holds the control lock, in one thread at a time."""

    def __init__(
        self, store: Store, books: BookWriter, sources: Sources, clock: Callable[[], float] = time.time
    ) -> None:
        """``sources`` gives all records of the store, for books that have to be written anew."""
        self.store = store
        self.books = books
        self._sources = sources
        self._clock = clock
        self._known: Head | None = None  # the store as this node last saw it

    def commit(self, table: Table, write: Callable[[Cursor], tuple[Head, Changes] | None]) -> Head | None:
        """Make a change, all or nothing; durable and in the books on return. None from ``write``: nothing to do.

        ``write`` gives the ledger's new head, and what differs in ``table``. Raises StoreError, StaleError (another
        node was faster: see :meth:`attempt`); BooksError says that the change is recorded but not in force yet.
        """
        with self.store.transaction() as cursor:
            before = ledger.head_in(cursor)
            if self.store.shared and before != self._known:
                raise StaleError(f"{self.store.name}: another node changed the store at this moment; try again")
            done = write(cursor)
            if done is not None and self.store.shared:
                publications.publish(cursor, before, done[0], table, done[1], int(self._clock() * 1000))
        if done is None:
            return None
        head, changes = done
        self._known = head
        try:
            if self.books.head() == before:
                self.books.apply(changes, head, table)
            else:
                self.rebuild(head)  # they missed an earlier change
        except BooksError as error:
            raise BooksError(f"recorded, but not in force yet: {error}; {LATER}") from error
        return head

    def attempt(self, work: Callable[[], R]) -> R:
        """Read and change the store as of now; where another node crosses the change, read anew and do it again.

        ``work`` makes one change at most. Raises what it raises, StaleError after several attempts.
        """
        if not self.store.shared:
            return work()
        for _ in range(ATTEMPTS - 1):
            try:
                return self._now(work)
            except StaleError:
                continue
        return self._now(work)

    def _now(self, work: Callable[[], R]) -> R:
        try:
            self.catch_up()
        except BooksError:
            pass  # the change will say so; whoever only reads need not know
        return work()

    def catch_up(self) -> bool:
        """Take over what other nodes changed, or what the books missed; whether there was any.

        Raises StoreError, BooksError: then the books serve on as they are.
        """
        true, shown = ledger.head(self.store), self.books.head()
        self._refuse_loss(true, shown)
        self._known = true
        if shown == true:
            return False
        steps = publications.between(self.store, shown, true) if self.store.shared and shown is not None else None
        if steps is None:
            self.rebuild(true)
        else:
            for step in steps:
                self.books.apply(step.changes, step.head, step.table)
        return True

    @property
    def known(self) -> Head | None:
        """The head of the ledger when somebody last looked; a change of any node moves it on."""
        return self._known

    def rebuild(self, head: Head) -> None:
        """Write the books anew from the store. Raises BooksError."""
        self.books.rebuild(self._sources, head)

    def _refuse_loss(self, true: Head, shown: Head | None) -> None:
        if true.revision == 0 and shown is not None and shown.revision > 0:
            raise StoreError(
                f"{self.store.name}: the database is empty, but the books beside it stand for {shown.revision} changes:"
                " it was lost. Restore a backup to this name; to begin with an empty registry instead, "
                f"move {self.books.path.name} away"
            )
