"""Requests that are to be held: each waits here until it is safe on the disk, and only then gets its answer.

The owner of the disk empties ``tray``, writes what it took off the loop, and says how that ended through
:meth:`~smppproxy.relay.acting.Acting.held`. Requests that wait are in flight like any other.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from filters.contract import Finding
from smppproxy.relay.ticket import Cause, Ticket
from smppproxy.smpp.kernel import Frame

#: Requests that may wait for the disk at once; a disk that is slower than that is answered for with 0x58.
LIMIT = 10_000


class Held(msgspec.Struct, gc=False, eq=False):
    """A request on its way into the quarantine."""

    ticket: Ticket
    frame: Frame  # what is to be sent when it is released, but for its sequence_number and the code's TLV
    message_id: str  # ours: what the client is told and what people call it by
    text_id: str  # the same for all segments of one text
    finding: Finding
    cause: Cause
    since: float  # monotonic seconds


class Quarantine:
    """The tray, and what was taken from it and is not safe yet. ``enabled`` says that somebody empties it."""

    __slots__ = ("_open", "enabled", "tray")

    def __init__(self) -> None:
        self.enabled = False
        self.tray: list[Held] = []
        self._open: dict[Held, None] = {}  # oldest first

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Held]:
        return iter(self._open)

    def __bool__(self) -> bool:
        return bool(self._open)

    @property
    def room(self) -> bool:
        """Whether one more can wait."""
        return self.enabled and len(self._open) < LIMIT

    def put(self, held: Held) -> None:
        """Have a request written."""
        self._open[held] = None
        self.tray.append(held)

    def take(self) -> list[Held]:
        """Empty the tray: these are to be written now."""
        taken, self.tray = self.tray, []
        return taken

    def settle(self, held: Held) -> bool:
        """The fate of a request is known; False where it was known already."""
        return self._open.pop(held, self) is not self

    def overdue(self, before: float) -> list[Held]:
        """Those that have waited since before a time."""
        late = []
        for held in self._open:
            if held.since >= before:
                break
            late.append(held)
        return late
