"""Forgets reports whose time is over, beside control's other work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from smppproxy.loggers import get_logger
from smppproxy.state.errors import StateError
from smppproxy.state.publishing import Publisher
from smppproxy.state.reports.forgetting import forget

INTERVAL: Final = 3600.0  # s between looks
PAUSE: Final = 0.2  # s between two pieces: others want the store as well
DAY: Final = 86_400_000  # ms

log = get_logger(__name__)


class ReportKeeper:
    """Lives in the process that holds the control lock. ``run_in_store`` does work in the store's thread."""

    def __init__(
        self,
        publisher: Publisher,
        run_in_store: Callable[[Callable[[], Any]], Awaitable[Any]],
        retention: Callable[[], int],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``retention`` tells the days reports are kept, as of the newest configuration."""
        self._publisher, self._run, self._retention, self._clock = publisher, run_in_store, retention, clock

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                more = await self.turn()
            except StateError as error:
                more = False
                log.error("reports_not_forgotten", reason=str(error))  # noqa: TRY400  the text is for the operator
            await asyncio.sleep(PAUSE if more else INTERVAL)

    async def turn(self) -> bool:
        """Forget a piece; True when there may be more. Raises StateError."""
        now = int(self._clock() * 1000)
        more: bool = await self._run(partial(forget, self._publisher, now - self._retention() * DAY, now))
        return more
