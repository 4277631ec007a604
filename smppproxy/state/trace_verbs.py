"""The request that brings what workers left into the trace, and what answers it while the proxy does not run.

While it runs, :mod:`smppproxy.app.trace_settle` answers in its place.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import msgspec

from smppproxy.state.registry import Progress
from smppproxy.state.requests import Request
from smppproxy.state.service import Service
from smppproxy.state.stats.tally import Tally
from smppproxy.state.store import Store
from smppproxy.state.trace_days import node_of
from smppproxy.state.trace_mover import ABANDONED, TraceMover


class Settle(Request, frozen=True):
    """Bring what was sent until now into the trace and its counts; ``utc_offset`` is in hours, as in ``[stats]``."""

    utc_offset: Annotated[float, msgspec.Meta(ge=-12, le=14)] = 9.0


def add(service: Service, state_dir: Path, database: str, clock: Callable[[], float] = time.time) -> None:
    """Let a service answer ``trace.settle``."""

    def settle(r: Settle, progress: Progress) -> dict[str, Any]:
        store = Store.open(database or state_dir, thorough=False)
        tally = Tally(store, round(r.utc_offset * 3600), node_of(state_dir) if store.shared else "")
        with closing(TraceMover(state_dir, database=database, tally=tally)) as mover:
            # Whoever wrote what is still open is gone, or holds its lock: nobody needs to wait for the former.
            while mover.move(clock() + ABANDONED):
                if progress is not None:
                    progress(mover.moved.files, 0)
        return {"waiting": 0, "silent": 0}

    service.add_verb("trace.settle", Settle, settle)
