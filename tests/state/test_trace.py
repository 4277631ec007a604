"""The trace row: its order is a promise, new fields have defaults."""

from __future__ import annotations

from smppproxy.state.trace import FIELDS, TraceRow


def test_the_order_of_the_fields() -> None:
    assert FIELDS[:17] == (
        "at", "trace_id", "account", "upstream", "operation", "code", "sender", "recipient", "text",
        "action", "reason", "observed", "label", "score", "status", "message_id", "duration",
    )  # fmt: skip
    assert set(FIELDS[17:]) == set(TraceRow._field_defaults)
