"""Brings what was sent until now into the trace, for a report: workers finish their files, the keeper moves them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from smppproxy.app.model_news import sockets
from smppproxy.app.rpc import Request, ask
from smppproxy.state.trace_mover import SPOOL

ANSWER: Final = 5.0  # s for a worker to finish its file, which is one rename
PATIENCE: Final = 30.0  # s for the files to be moved; the largest, of 64 MiB, takes some 10
LOOK: Final = 0.05  # s between two looks


async def settle(folder: Path, request: Request, *, patience: float = PATIENCE) -> Request:
    """Answer ``trace.settle``: ``waiting`` files are not moved yet, ``silent`` workers did not answer."""
    del request  # nothing of it matters while the keeper runs
    asked = (ask(path, {"do": "cut_spool"}, ANSWER) for _, path in sockets(folder))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    waiting = set((folder / SPOOL).glob("*.spool"))
    for _ in range(int(patience / LOOK)):
        if not (waiting := {path for path in waiting if path.exists()}):
            break
        await asyncio.sleep(LOOK)
    silent = sum(isinstance(answer, BaseException) for answer in answers)
    return {"ok": True, "waiting": len(waiting), "silent": silent}
