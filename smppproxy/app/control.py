"""What control knows of the whole: asks the workers, and tells the admin address."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from smppproxy import __version__
from smppproxy.app import metrics
from smppproxy.app.rpc import RpcError, ask
from smppproxy.app.settings import Settings

PATIENCE = 1.0  # s for a worker's answer; a worker that is busy for longer is what the asker should hear of


class Overview:
    """The proxy as seen from control. The parent says which workers are ready, the workers say the rest."""

    def __init__(self, settings: Settings, workers: int) -> None:
        self.settings = settings
        self.ready: Sequence[int] = ()
        self.draining = False
        self._workers = workers
        self._since = time.time()
        self._silent = 0

    async def not_ready(self) -> list[str]:
        """Why traffic should not be sent here.

        Empty when every worker is ready and every account has a usable upstream.
        """
        if self.draining:
            return ["draining"]
        reasons = [f"worker {number} is not ready" for number in range(self._workers) if number not in self.ready]
        answers = await self._ask_all("status")
        reasons += [f"worker {number} does not answer" for number in self.ready if answers.get(number) is None]
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
        return metrics.render(
            [answer["metrics"] for answer in answers.values() if answer is not None],
            {
                "workers": self._workers,
                "workers_ready": len(self.ready),
                "workers_silent": self._silent,
                "draining": int(self.draining),
            },
        )

    async def status(self) -> dict[str, Any]:
        """Everything a person asks first when something is wrong."""
        answers = await self._ask_all("status")
        return {
            "version": __version__,
            "control_since": int(self._since),
            "draining": self.draining,
            "workers": [
                {"worker": number, "ready": number in self.ready} | (_without_ok(answers.get(number)))
                for number in range(self._workers)
            ],
        }

    async def _ask_all(self, what: str) -> dict[int, dict[str, Any] | None]:
        """The answer of each ready worker; None for those that have none."""
        numbers = list(self.ready)
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
