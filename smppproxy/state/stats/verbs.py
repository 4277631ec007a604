"""The request for a report, and what answers it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec

from smppproxy.state import ledger
from smppproxy.state.book_layout import CODES
from smppproxy.state.book_writer import Changes
from smppproxy.state.codes import check_text
from smppproxy.state.errors import InputError
from smppproxy.state.ledger import Draft, Head
from smppproxy.state.publishing import Publisher
from smppproxy.state.registry import Progress
from smppproxy.state.requests import Request
from smppproxy.state.service import Service
from smppproxy.state.stats import recount
from smppproxy.state.stats.counting import Heading
from smppproxy.state.stats.periods import Span
from smppproxy.state.stats.query import report
from smppproxy.state.stats.report import TOP
from smppproxy.state.store import Cursor

TOP_LIMIT = 10_000  # rows of one table
SPOOL = "spool"


class AskReport(Request, frozen=True):
    """The report of a span of days; ``utc_offset`` is in hours, as in ``[stats]``."""

    kind: str
    first: date
    last: date
    utc_offset: Annotated[float, msgspec.Meta(ge=-12, le=14)] = 9.0
    top: Annotated[int, msgspec.Meta(ge=1, le=TOP_LIMIT)] = TOP


class Recount(Request, frozen=True, kw_only=True):
    """The counts of a day as the trace has them; ``text`` is JSON of :data:`Given`. ``dry_run``: only compare."""

    day: date
    text: str
    upload: str = ""  # name of the pieces uploaded ahead of ``text``
    dry_run: bool = False


class Recounted(msgspec.Struct, frozen=True):
    """What became of a day: messages before and now."""

    day: date
    before: int
    after: int
    changed: bool


Given = list[tuple[str, str, str, str, str, str, str, int, int]]
"""A heading without its day, messages, segments."""


def add(service: Service, publisher: Publisher, state_dir: Path, clock: Callable[[], float] = time.time) -> None:
    """Let a service answer ``stats.report`` and ``stats.recount``."""
    store = publisher.store

    def answer(r: AskReport, _: Progress) -> Any:
        if r.last < r.first:
            raise InputError(f"the range ends on {r.last}, before it begins on {r.first}")
        span = Span(r.kind, r.first, r.last)
        return report(store, state_dir / SPOOL, span, now=clock(), utc_offset=r.utc_offset, top=r.top)

    def recounted(r: Recount, _: Progress) -> Recounted:
        if wrong := check_text("who or why", r.who) or check_text("who or why", r.why):
            raise InputError(wrong)
        try:
            given = msgspec.json.decode(service.uploaded(r.upload, r.text), type=Given)
        except msgspec.MsgspecError as error:
            raise InputError(f"text: {error}") from error
        new = {Heading(r.day.isoformat(), *row[:7]): list(row[7:]) for row in given}
        told: list[Recounted] = []

        def write(cursor: Cursor) -> tuple[Head, Changes] | None:
            old = recount.stored(cursor, r.day)
            said = Recounted(r.day, recount.total(old), recount.total(new), old != new)
            told[:] = [said]
            if r.dry_run or not said.changed:
                return None
            recount.replace(cursor, r.day, old, new)
            content = {"messages_before": said.before, "messages": said.after}
            draft = Draft("stats.recount", f"stats:{r.day}", content, r.why)
            return ledger.append(cursor, [draft], who=r.who, at=int(clock() * 1000)), ()

        publisher.commit(CODES, write)
        return told[0]

    service.add_verb("stats.report", AskReport, answer)
    service.add_verb("stats.recount", Recount, recounted)
