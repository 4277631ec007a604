"""What the desk is made of: whom its pages ask. Lives in control; nothing of it may hold the event loop."""

from __future__ import annotations

from typing import Any, Protocol

from smppproxy.state.trace import TraceRow
from smppproxy.state.trace_query import TraceQuestion


class Backend(Protocol):
    """The verbs of the control socket, the trace, passwords, and how the node is."""

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """Return what a verb answers. Raises StateError as the verb does."""

    async def search(self, question: TraceQuestion) -> list[TraceRow]:
        """Return rows of the trace. Raises StateError; BusyError where too many ask at once."""

    def recipient_keys(self, number: str) -> tuple[bytes, ...]:
        """Return what the trace knows a recipient by, in each spelling of the number. Raises StateError."""

    async def matches(self, password: str, kept: str) -> bool:
        """Tell whether a password is that of a hash; as slow for "", so that names cannot be probed.

        Raises BusyError where too many sign in at once.
        """

    async def hashed(self, password: str) -> str:
        """Return the hash of a password. Raises BusyError."""

    async def health(self) -> tuple[list[str], dict[str, Any]]:
        """Return why the node is not ready, and its status as `/status` has it."""

    @property
    def utc_offset(self) -> float:
        """When the days of the statistics begin: hours before midnight UTC."""
