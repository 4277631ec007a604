"""What the abuse desk's page is made of, in control: the verbs of the control socket, the trace, passwords."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from smppproxy.app.control import Overview
from smppproxy.app.reseller_desk import ResellerDesk
from smppproxy.app.rpc import Handler, Request
from smppproxy.app.settings.passwords import Verifier, hash_password, octets_of
from smppproxy.state.errors import BusyError
from smppproxy.state.protocol import result_of
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.trace import TraceRow
from smppproxy.state.trace_query import TraceQuestion, pseudonyms_of

WAITING: Final = 8  # passwords compared at once; each takes some 10 ms of a thread

T = TypeVar("T")


class AbuseDesk:
    """A :class:`smppproxy.admin.desk.backend.Backend`."""

    def __init__(self, handlers: Mapping[str, Handler], overview: Overview, resellers: ResellerDesk) -> None:
        """``handlers`` are those of the control socket; ``resellers`` searches the trace."""
        self._handlers = handlers
        self._overview = overview
        self._resellers = resellers
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="password")
        self._waiting = 0
        self._nobody = hash_password("")  # compared where there is nobody, so that it takes as long

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """Return what a verb answers. Raises StateError as the verb does."""
        request: Request = {"do": do, **fields}
        handler = self._handlers.get(do) or self._handlers[""]
        return result_of(dict(await handler(request)))

    async def search(self, question: TraceQuestion) -> list[TraceRow]:
        """Return rows of the trace. Raises StateError; BusyError where too many ask at once."""
        return await self._resellers.search(question)

    def recipient_keys(self, number: str) -> tuple[bytes, ...]:
        """Return what the trace knows a recipient by, in each spelling of the number. Raises StateError."""
        return pseudonyms_of(number, Pseudonymiser.load(self._overview.settings.proxy.state_path))

    async def matches(self, password: str, kept: str) -> bool:
        """Tell whether a password is that of a hash; as slow for "", where it is none."""

        def compare() -> bool:
            return Verifier(password_hash=kept or self._nobody).verify(octets_of(password)) and bool(kept)

        return await self._slowly(compare)

    async def hashed(self, password: str) -> str:
        """Return the hash of a password."""
        return await self._slowly(lambda: hash_password(password))

    async def health(self) -> tuple[list[str], dict[str, Any]]:
        """Return why the node is not ready, and its status as `/status` has it."""
        return await self._overview.not_ready(), await self._overview.status()

    @property
    def utc_offset(self) -> float:
        """When the days of the statistics begin: hours before midnight UTC."""
        return self._overview.settings.stats.utc_offset

    def close(self) -> None:
        """Compare no more passwords. Calling it twice does no harm."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _slowly(self, work: Callable[[], T]) -> T:
        """Do what takes milliseconds in a thread. Raises BusyError where too much waits for it."""
        if self._waiting >= WAITING:
            raise BusyError("too many people sign in at this moment; try again in a second")
        self._waiting += 1
        try:
            done: Awaitable[T] = asyncio.get_running_loop().run_in_executor(self._thread, work)
            return await done
        finally:
            self._waiting -= 1
