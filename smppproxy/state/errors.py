"""What can go wrong in the state: one flat family, each with the word that names it on the control socket.

The message of each is written for a person: what, where, what was expected, what to do.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec


class RowFault(msgspec.Struct, frozen=True):
    """One thing wrong with one row of a file. ``row`` is the line of the file, counted from 1."""

    row: int
    column: str
    value: str
    expected: str

    def __str__(self) -> str:
        where = f"row {self.row}" + (f", {self.column}" if self.column else "")
        return f"{where}: {self.value!r}: {self.expected}" if self.value else f"{where}: {self.expected}"


class StateError(Exception):
    """Anything the state refuses or fails at."""

    kind: ClassVar[str] = "failed"


class NotFoundError(StateError):
    """The thing named is not registered."""

    kind = "not_found"


class ConflictError(StateError):
    """The registry holds something that contradicts the request."""

    kind = "conflict"


class InputError(StateError):
    """The request or the file is wrong; nothing was changed. ``faults`` names each row."""

    kind = "bad_input"

    def __init__(self, message: str, faults: tuple[RowFault, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


class StoreError(StateError):
    """The database cannot be opened, read or written."""

    kind = "store"


class CorruptStoreError(StoreError):
    """The database is damaged. It was copied aside and left as it is."""

    kind = "corrupt"


class NewerSchemaError(StoreError):
    """The database was written by a newer smppproxy."""

    kind = "newer_schema"


class StaleError(StoreError):
    """Another node changed the store while a change was prepared; nothing was changed, doing it again may succeed."""

    kind = "stale"


class BooksError(StateError):
    """The workers' books cannot be opened or written."""

    kind = "books"


class BusyError(StateError):
    """Another process holds the state and does not answer."""

    kind = "busy"


class ProtocolError(StateError):
    """The other end of the control socket sent something that is no request or no answer."""

    kind = "protocol"


_ALL = (
    StateError,
    NotFoundError,
    ConflictError,
    InputError,
    StoreError,
    CorruptStoreError,
    NewerSchemaError,
    StaleError,
    BooksError,
    BusyError,
    ProtocolError,
)

KINDS: dict[str, type[StateError]] = {each.kind: each for each in _ALL}
"""Every kind of error by the word that names it on the wire."""
