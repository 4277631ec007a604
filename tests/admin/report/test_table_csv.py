"""The tables as CSV: one line for each of theirs, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import msgspec

from smppproxy.admin.report.table_csv import COLUMNS, as_csv
from smppproxy.state.stats.report import Report


def test_every_line_of_the_tables_asked_for(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(report, ["relay", "class"]))))
    assert tuple(rows[0]) == COLUMNS
    tables = [row for row in rows if row["table"] in ("relay", "class")]
    assert {row["table"] for row in rows} <= {"relay", "class", "sanctions", "reported"}
    relay = report.table("relay")
    assert len([row for row in tables if row["table"] == "relay"]) == len(relay.lines) + 1 + (relay.rest is not None)
    assert next(row for row in tables if row["key"] == "(total)")["messages"] == str(relay.total.now.messages)


def test_no_cell_is_a_formula(report: Report) -> None:
    table = report.tables[0]
    line = msgspec.structs.replace(table.lines[0], key="=1+1", name="@x")
    bad = msgspec.structs.replace(report, tables=(msgspec.structs.replace(table, lines=(line,)),))
    (first, *_) = csv.DictReader(io.StringIO(as_csv(bad, [table.name])))
    assert not first["key"].startswith("=")
    assert not first["name"].startswith("@")
