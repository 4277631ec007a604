"""What a reseller may know of its own messages: never the recipient, never the text, and each refusal in words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from filters.contract import Reason
from filters.reasons import MEANINGS
from smppproxy.smpp.constants import STATUSES
from smppproxy.state.cells import plain_cell
from smppproxy.state.trace import TraceRow

#: All a message can fail for: what is looked for in a report of refusals.
REASONS: Final = tuple(reason.value for reason in Reason)
COLUMNS: Final = (
    "time", "trace_id", "message_id", "code", "sender", "outcome", "reason", "what_was_seen", "what_to_do", "status",
    "status_name", "segment", "route",
)  # fmt: skip
_KNOWN: Final[Mapping[str, Reason]] = {reason.value: reason for reason in Reason}
_TAKEN: Final = "The carrier accepted it."
_CARRIER: Final = "The carrier answered with a status of its own."


def told(row: TraceRow) -> dict[str, str]:
    """Return a row as its reseller sees it."""
    reason = _KNOWN.get(row.reason)
    if reason is not None:
        what, remedy = MEANINGS[reason]
    else:
        what, remedy = (_CARRIER if row.status else _TAKEN, "")
    status = STATUSES.get(row.status)
    name = (status.name34 or status.name50) if status is not None else ""
    return {
        "time": datetime.fromtimestamp(row.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "trace_id": row.trace_id,
        "message_id": row.message_id,
        "code": row.code,
        "sender": row.sender,
        "outcome": row.action,
        "reason": row.reason,
        "what_was_seen": what,
        "what_to_do": remedy,
        "status": f"0x{row.status:08X}",
        "status_name": name,
        "segment": row.segment,
        "route": row.route,
    }


def as_csv(rows: Iterable[TraceRow]) -> Iterator[str]:
    """Yield a report as CSV, some thousand lines at a time."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows, start=1):
        writer.writerow([plain_cell(cell) for cell in told(row).values()])
        if number % 5000 == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()
