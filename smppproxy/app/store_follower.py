"""Control's eye on the store: accounts are told to the parent, and changes of other nodes taken over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from smppproxy.app.metrics import Metrics
from smppproxy.app.settings import Settings, stored
from smppproxy.app.tasks import Tasks
from smppproxy.loggers import get_logger
from smppproxy.state.account_registry import RECORDS
from smppproxy.state.accounts import StoredAccount
from smppproxy.state.authority import Authority
from smppproxy.state.errors import StateError
from smppproxy.state.ledger import Head

POLL: Final = 0.5  # s between looks for changes of other nodes: half of what a change may take to be in force there

log = get_logger(__name__)


class StoreFollower:
    """Lives beside the authority. ``tell`` hands all accounts of the store on; it is called in the event loop."""

    def __init__(self, authority: Authority, tasks: Tasks, tell: Callable[[Sequence[StoredAccount]], None]) -> None:
        self._authority = authority
        self._tasks = tasks
        self._tell = tell
        self._told: list[StoredAccount] | None = None
        self._fault = ""
        self._head: Head | None = None  # of the ledger when the accounts were last looked at
        self._loop = asyncio.get_running_loop()
        authority.accounts.changed = self._changed

    def rules_are(self, settings: Settings) -> None:
        """Take the configuration as the file says, which tells what an account may be."""
        self._authority.accounts.rules = stored.Rules(settings)

    async def tell_accounts(self) -> None:
        """Hand the accounts on where they are not those handed on last. Raises StateError."""
        found = await self._authority.service.run(lambda: list(RECORDS.everything(self._authority.store)))
        if found != self._told:
            self._told = found
            self._tell(found)

    def collect(self, metrics: Metrics) -> None:
        """Copy what is known of the server; see :meth:`Metrics.collect`. Without one there is nothing to tell."""
        if self._authority.store.shared:
            metrics.gauge("store_away").value = float(bool(self._fault))

    def _changed(self) -> None:
        """Called in the store's thread."""
        self._loop.call_soon_threadsafe(lambda: self._tasks.spawn(self._follow(self.tell_accounts), "accounts"))

    async def run(self) -> None:
        """Follow the other nodes until cancelled; a store of one node has nobody to follow."""
        while self._authority.store.shared:
            await asyncio.sleep(POLL)
            await self._follow(self._look)

    async def _look(self) -> None:
        publisher = self._authority.publisher
        await self._authority.service.run(publisher.catch_up)
        head = publisher.known  # others catch up as well, before each work: whether there was news, only they hear
        if head != self._head:
            await self.tell_accounts()
            self._head = head

    async def _follow(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do work that the next look does again where the store is away now."""
        fault = ""
        try:
            await work()
        except StateError as error:
            fault = str(error)
        self._notice(fault)

    def _notice(self, fault: str) -> None:
        """Tell that the store is away once, and that it is back."""
        if fault and not self._fault:
            log.error("store_away", reason=fault)
        elif self._fault and not fault:
            log.info("store_back")
        self._fault = fault
