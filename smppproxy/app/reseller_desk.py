"""Answers resellers' questions for the admin address: tokens from the store, messages from the trace, in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

from smppproxy.loggers import get_logger
from smppproxy.state.errors import BusyError, StateError
from smppproxy.state.protocol import result_of
from smppproxy.state.trace import TraceRow
from smppproxy.state.trace_query import TraceQuestion, search

THREADS: Final = 2  # searches at once; each reads files and holds up to some 50 MB of rows
WAITING: Final = 16  # searches that may wait besides; more are told to come again

log = get_logger(__name__)


class ResellerDesk:
    """A :class:`smppproxy.admin.resellers.Desk`. Lives in control."""

    def __init__(
        self,
        state_dir: Path,
        database: str,
        answer: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]],
        known: Callable[[str], bool] = lambda account: True,
    ) -> None:
        """``answer`` is that of the service over the store; ``known`` tells whether there is (still) an account."""
        self._state_dir = state_dir
        self._database = database
        self._answer = answer
        self._known = known
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="look-up")
        self._under_way = 0

    async def account_of(self, token: str) -> str | None:
        """Return the account a token may read, None where it or the account is gone. Raises StateError."""
        found = result_of(await self._answer({"do": "tokens.check", "token": token}))
        account: str | None = found["account"]
        return account if account is not None and self._known(account) else None

    async def search(self, question: TraceQuestion) -> list[TraceRow]:
        """Return rows of the trace. Raises StateError; BusyError where too many ask at once."""
        if self._under_way >= THREADS + WAITING:
            raise BusyError("too many look-ups are under way; try again in some seconds")
        self._under_way += 1
        done = asyncio.get_running_loop().run_in_executor(
            self._threads, partial(search, self._state_dir, question, self._database)
        )
        done.add_done_callback(self._ended)  # a client that goes away does not end its search
        try:
            return await asyncio.shield(done)
        except StateError as error:
            log.warning("look_up_failed", reason=str(error))
            raise

    def close(self) -> None:
        """Begin no more searches. Calling it twice does no harm."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ended(self, done: asyncio.Future[list[TraceRow]]) -> None:
        self._under_way -= 1
        if not done.cancelled():
            done.exception()  # the one who asked may be gone: nobody else looks at it
