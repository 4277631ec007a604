"""The tables of a report as CSV, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from typing import Final

from smppproxy.state.cells import plain_cell
from smppproxy.state.stats.report import Line, Report, Table, change, share

COLUMNS: Final = (
    "table", "rank", "key", "name", "measure", "count", "share", "count_before", "change",
    "messages", "segments", "spam", "malignant", "blocked",
)  # fmt: skip


def as_csv(report: Report, wanted: Collection[str]) -> str:
    """Return the tables named in ``wanted``, then sanctions and reports, one line for each of their lines."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)

    def write(table: Table, rank: str, line: Line, key: str, name: str) -> None:
        now, before = getattr(line.now, table.measure), getattr(line.before, table.measure)
        by = change(now, before)
        part = share(now, getattr(table.total.now, table.measure))
        figures = [now, f"{part:.6f}", before, "" if by is None else f"{by:.6f}"]
        counted = [line.now.messages, line.now.segments, line.now.spam, line.now.malignant, line.now.blocked]
        writer.writerow([table.name, rank, plain_cell(key), plain_cell(name), table.measure, *figures, *counted])

    for table in report.tables:
        if table.name in wanted:
            for rank, line in enumerate(table.lines, start=1):
                write(table, str(rank), line, line.key, line.name)
            if table.rest is not None:
                write(table, "", table.rest, "(others)", f"{table.rest.members} others")
            write(table, "", table.total, "(total)", "")
    for name, counts in (("sanctions", report.sanctions), ("reported", report.reported)):
        for rank, each in enumerate(counts, start=1):
            by = change(each.now, each.before)
            writer.writerow([name, rank, each.name, "", "count", each.now, "", each.before,
                             "" if by is None else f"{by:.6f}", *[""] * 5])  # fmt: skip
    return out.getvalue()
