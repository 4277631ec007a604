"""The request for a report, and what answers it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec

from smppproxy.state.errors import InputError
from smppproxy.state.registry import Progress
from smppproxy.state.requests import Request
from smppproxy.state.service import Service
from smppproxy.state.stats.periods import Span
from smppproxy.state.stats.query import report
from smppproxy.state.stats.report import TOP
from smppproxy.state.store import Store

TOP_LIMIT = 10_000  # rows of one table
SPOOL = "spool"


class AskReport(Request, frozen=True):
    """The report of a span of days; ``utc_offset`` is in hours, as in ``[stats]``."""

    kind: str
    first: date
    last: date
    utc_offset: Annotated[float, msgspec.Meta(ge=-12, le=14)] = 9.0
    top: Annotated[int, msgspec.Meta(ge=1, le=TOP_LIMIT)] = TOP


def add(service: Service, store: Store, state_dir: Path, clock: Callable[[], float] = time.time) -> None:
    """Let a service answer ``stats.report``."""

    def answer(r: AskReport, _: Progress) -> Any:
        if r.last < r.first:
            raise InputError(f"the range ends on {r.last}, before it begins on {r.first}")
        span = Span(r.kind, r.first, r.last)
        return report(store, state_dir / SPOOL, span, now=clock(), utc_offset=r.utc_offset, top=r.top)

    service.add_verb("stats.report", AskReport, answer)
