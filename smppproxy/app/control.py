"""What control knows of the whole: asks the workers, and tells the admin address."""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from smppproxy import __version__
from smppproxy.app.handoff import Workers
from smppproxy.app.metrics import Metrics, Snapshot, render
from smppproxy.app.metrics.sources import Collector
from smppproxy.app.rpc import RpcError, ask
from smppproxy.app.settings import Settings
from smppproxy.smpp import kernel
from smppproxy.state.quarantine_files import FOLDER, read_usage

RECOUNT = 15.0  # s a count of the registry serves; a million codes take a good part of a second to count
PATIENCE = 1.0  # s for a worker's answer; a worker that is busy for longer is what the asker should hear of


class Overview:
    """The proxy as seen from control. The parent says which workers are ready, the workers say the rest."""

    def __init__(self, settings: Settings, workers: int, codes: Callable[[], Awaitable[dict[str, int]]]) -> None:
        """`codes` counts the registry, by state."""
        self.settings = settings
        self.parent = Workers(())
        self.collectors: list[Collector] = []  # of what else control counts
        self._codes = codes
        self._counted: tuple[float, dict[str, int]] = (0.0, {})
        self._workers = workers
        self._since = time.time()
        self._silent = 0

    async def not_ready(self) -> list[str]:
        """Why traffic should not be sent here.

        Empty when every worker is ready and every account has a usable upstream.
        """
        if self.parent.draining:
            return ["draining"]
        reasons = [
            f"worker {number} is not ready" for number in range(self._workers) if number not in self.parent.ready
        ]
        answers = await self._ask_all("status")
        reasons += [f"worker {number} does not answer" for number in self.parent.ready if answers.get(number) is None]
        usable = {
            name
            for answer in answers.values()
            if answer is not None
            for name, upstream in answer["status"].get("upstreams", {}).items()
            if _is_usable(upstream)
        }
        needed = sorted({account.upstream for account in self.settings.accounts})
        return reasons + [f"upstream {name} is not usable" for name in needed if name not in usable]

    async def metrics(self) -> str:
        """The workers' metrics, merged; a worker that does not answer is missing and counted."""
        answers = await self._ask_all("metrics")
        return render(
            [await self._own(), *(answer["metrics"] for answer in answers.values() if answer is not None)],
            {
                "workers": self._workers,
                "workers_ready": len(self.parent.ready),
                "workers_silent": self._silent,
                "draining": int(self.parent.draining),
            },
        )

    async def status(self) -> dict[str, Any]:
        """Everything a person asks first when something is wrong."""
        answers = await self._ask_all("status")
        return {
            "version": __version__,
            "control_since": int(self._since),
            "draining": self.parent.draining,
            "workers": [
                {"worker": number, "ready": number in self.parent.ready} | (_without_ok(answers.get(number)))
                for number in range(self._workers)
            ],
        }

    async def _own(self) -> Snapshot:
        """What parent and control count themselves."""
        own = Metrics()
        own.gauge("build_info", version=__version__, kernel=kernel.NAME, python=platform.python_version()).value = 1
        for result, count in self.parent.reloads.items():
            own.counter("reloads_total", result=result).value = count
        for reason, count in self.parent.dropped.items():
            own.counter("sessions_closed_total", side="reseller", reason=f"lobby: {reason}").value = count
        if time.monotonic() - self._counted[0] > RECOUNT or not self._counted[1]:
            self._counted = time.monotonic(), await self._codes()
        for state, count in self._counted[1].items():
            own.gauge("codes", state=state).value = count
        for collect in self.collectors:
            collect(own)
        held = read_usage(self.settings.proxy.state_path / FOLDER)
        own.gauge("quarantine_messages").value = held.messages
        own.gauge("quarantine_octets").value = held.octets
        return own.snapshot()

    async def _ask_all(self, what: str) -> dict[int, dict[str, Any] | None]:
        """The answer of each ready worker; None for those that have none."""
        numbers = list(self.parent.ready)
        directory = self.settings.proxy.state_path
        found = await asyncio.gather(*(_ask(directory / f"worker-{number}.sock", what) for number in numbers))
        self._silent += found.count(None)
        return dict(zip(numbers, found, strict=True))


async def _ask(path: Path, what: str) -> dict[str, Any] | None:
    try:
        return await ask(path, {"do": what}, PATIENCE)
    except (OSError, TimeoutError, RpcError):
        return None


def _is_usable(upstream: dict[str, Any]) -> bool:
    """Whether submits could be sent: shared links must be bound; a link per reseller is made when one binds."""
    usable = upstream.get("usable")
    return bool(upstream.get("mode") == "paired" or upstream.get("links")) if usable is None else bool(usable)


def _without_ok(answer: dict[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (answer or {}).items() if key not in ("ok", "worker")}
