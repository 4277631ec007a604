"""How a change comes about: durable in the store with the ledger's word for it, then shown to the workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from smppproxy.state import ledger
from smppproxy.state.book_layout import Table
from smppproxy.state.book_writer import BookWriter, Changes, Sources
from smppproxy.state.errors import BooksError
from smppproxy.state.ledger import Head
from smppproxy.state.store import Cursor, Store

LATER: Final = "the next change or a restart brings it"


class Publisher:
    """Store and books as one. All methods run in the one process that holds the control lock."""

    def __init__(self, store: Store, books: BookWriter, sources: Sources) -> None:
        """``sources`` gives all records of the store, for books that have to be written anew."""
        self.store = store
        self.books = books
        self._sources = sources

    def commit(self, table: Table, write: Callable[[Cursor], tuple[Head, Changes] | None]) -> Head | None:
        """Make a change, all or nothing; durable and in the books on return. None from ``write``: nothing to do.

        ``write`` gives the ledger's new head, and what differs in ``table``. Raises StoreError; BooksError says that
        the change is recorded but not in force yet.
        """
        before = ledger.head(self.store)
        with self.store.transaction() as cursor:
            done = write(cursor)
        if done is None:
            return None
        head, changes = done
        try:
            if self.books.head() == before:
                self.books.apply(changes, head, table)
            else:
                self.rebuild(head)  # they missed an earlier change
        except BooksError as error:
            raise BooksError(f"recorded, but not in force yet: {error}; {LATER}") from error
        return head

    def rebuild(self, head: Head) -> None:
        """Write the books anew from the store. Raises BooksError."""
        self.books.rebuild(self._sources, head)
