"""What workers left comes into the trace and its counts by a command alone, while the proxy does not run."""

from __future__ import annotations

from pathlib import Path

from smppproxy.state.client import Client
from smppproxy.state.spool import Spool
from smppproxy.state.trace_query import TraceQuestion, search
from smppproxy.state.trace_store import days

NOON = 1_800_014_400.0


def _left(state_dir: Path, number: int) -> None:
    spool = Spool(state_dir / "spool", 0, NOON + number)
    spool.write([(NOON, f"t{number}", "acme", "smsc", 4, "301150232", "15881234", bytes(16), b"", "forward", "", "", "",
                  0.0, 0, f"{number}", 0.1)])  # fmt: skip
    spool.cut(NOON + number)


def test_it_is_moved_and_counted_once(state_dir: Path, database: str) -> None:
    client = Client(state_dir, database=database, clock=lambda: NOON)
    _left(state_dir, 1)
    _left(state_dir, 2)
    assert client.request("trace.settle", utc_offset=9.0) | {"ok": True} == {"ok": True, "waiting": 0, "silent": 0}
    client.request("trace.settle")
    assert {row.trace_id for row in search(state_dir, TraceQuestion(), database)} == {"t1", "t2"}
    assert not list((state_dir / "spool").iterdir())
    report = client.request("stats.report", kind="day", first="2027-01-15", last="2027-01-15")
    (relay,) = (table for table in report["tables"] if table["name"] == "relay")
    assert relay["total"]["now"]["messages"] == 2


def test_old_days_stay(state_dir: Path) -> None:
    """How long they are kept is the proxy's to say."""
    _left(state_dir, 1)
    Client(state_dir, clock=lambda: NOON + 400 * 86_400).request("trace.settle")
    assert list(days(state_dir)) == ["2027-01-15"]
