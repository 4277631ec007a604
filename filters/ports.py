"""The books a rule may ask. They answer from memory, without waiting; ``smppproxy.state`` provides them."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec


class CodeState(StrEnum):
    """``inactive``: expired or not yet valid. ``suspended`` and ``struck`` are sanctions."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"
    STRUCK = "struck"


class CodeEntry(msgspec.Struct, frozen=True, gc=False):
    """What the registry knows of a code."""

    state: CodeState
    owner: str = ""


class CodeBook(Protocol):
    """The registry of first senders' codes."""

    def code(self, code: str) -> CodeEntry | None:
        """Return the entry of a code, or None when it is not registered."""
        ...

    @property
    def version(self) -> int:
        """A number that changes with every change of the book: what was remembered under another is stale."""
        ...
